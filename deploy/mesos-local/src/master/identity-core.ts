import { decode, MasterInfo } from '@murmur/engine';

/** An IPv4 address as MasterInfo has it: the bytes in network order, read as little-endian (127.0.0.1 is 16777343). */
export function addressNumber(ip: string): number {
  const bytes = ip.split('.').map(Number);
  if (bytes.length !== 4 || bytes.some((byte) => !Number.isInteger(byte) || byte < 0 || byte > 255))
    throw new Error(`address "${ip}" is not allowed; allowed is IPv4 such as 127.0.0.1`);
  return bytes.reduceRight((sum, byte) => sum * 256 + byte, 0);
}

/** The label of a master's node in ZooKeeper. */
export const MASTER_LABEL = 'json.info';

/** What a master wrote into its node, or null for another form (Mesos before 0.24 wrote protobuf). */
export function readMasterInfo(label: string | null, text: string): MasterInfo | null {
  if (label !== MASTER_LABEL) return null;
  try {
    return decode(MasterInfo, JSON.parse(text));
  } catch {
    return null;
  }
}
