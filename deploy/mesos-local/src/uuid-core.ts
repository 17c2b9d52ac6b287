const UUID_BYTES = 16;

/** 16 bytes, base64, whose version is one of RFC 4122's five. The variant is not looked at, as a real Mesos does not. */
export function isUuid(base64: string): boolean {
  const bytes = Buffer.from(base64, 'base64');
  const version = (bytes[6] ?? 0) >> 4;
  return bytes.length === UUID_BYTES && version >= 1 && version <= 5;
}
