/** Journal records made by hand, from Kestrel's description of its format. */
const TIME = 1_700_000_000_000;

const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
};
const int64 = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt(value));
  return bytes;
};
const record = (op: number, ...parts: readonly Buffer[]): Buffer => Buffer.concat([Buffer.of(op), ...parts]);
const timed = (data: string, expiry: number): Buffer =>
  Buffer.concat([int32(16 + data.length), int64(TIME), int64(expiry), Buffer.from(data)]);

/** Opcode 0, of Kestrel 1: expiry in seconds. */
export const oldAdd = (data: string, expirySeconds = 0): Buffer =>
  record(0, int32(4 + data.length), int32(expirySeconds), Buffer.from(data));
export const remove = record(1);
export const addx = (data: string, expiry = 0): Buffer => record(2, timed(data, expiry));
/** Opcode 3, of Kestrel 1: opens the head. */
export const oldOpen = record(3);
export const saveXid = (xid: number): Buffer => record(4, int32(xid));
export const unremove = (xid: number): Buffer => record(5, int32(xid));
export const confirm = (xid: number): Buffer => record(6, int32(xid));
export const addXid = (xid: number, data: string): Buffer => record(7, int32(xid), timed(data, 0));
export const continueWith = (xid: number, data: string): Buffer => record(8, int32(xid), timed(data, 0));
export const open = (xid: number): Buffer => record(9, int32(xid));
