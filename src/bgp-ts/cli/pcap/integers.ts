/** Integers in the byte order of a capture file's writer. */
export interface Integers {
  u16(bytes: Uint8Array, at: number): number;
  u32(bytes: Uint8Array, at: number): number;
}

function integers(little: boolean): Integers {
  const view = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    u16: (bytes, at) => view(bytes).getUint16(at, little),
    u32: (bytes, at) => view(bytes).getUint32(at, little),
  };
}

export const bigEndian = integers(false);
export const littleEndian = integers(true);
