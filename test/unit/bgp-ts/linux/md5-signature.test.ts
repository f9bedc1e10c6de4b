import { endianness } from 'node:os';
import { describe, expect, it } from 'vitest';
import { encodeMd5Signature } from '../../../../src/bgp-ts/linux/md5-signature.ts';
import { parseIp } from '../../../../src/bgp-ts/wire/ip.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
/** A 16-bit number as this machine writes it. */
const own = (value: number) => {
  const octets = [value & 255, value >> 8];
  return hex(Uint8Array.from(endianness() === 'LE' ? octets : octets.reverse()));
};
const key = new TextEncoder().encode('secret');

describe('struct tcp_md5sig', () => {
  it.each([
    ['IPv4 on a socket for IPv4', '192.0.2.1', 4, undefined, `${own(2)}0000c0000201`, '0000'],
    ['an IPv4 prefix', '192.0.2.0', 4, 24, `${own(2)}0000c0000200`, '0118'],
    // sin6_port, sin6_flowinfo, sin6_addr
    ['IPv6', '2001:db8::1', 6, undefined, `${own(10)}000000000000${'20010db8'.padEnd(31, '0')}1`, '0000'],
    ['an IPv6 prefix', '2001:db8::', 6, 32, `${own(10)}000000000000${'20010db8'.padEnd(32, '0')}`, '0120'],
    [
      'IPv4 on a socket for IPv6',
      '192.0.2.1',
      6,
      undefined,
      `${own(10)}000000000000${'0'.repeat(20)}ffffc0000201`,
      '0000',
    ],
    ['an IPv4 prefix there', '192.0.2.0', 6, 24, `${own(10)}000000000000${'0'.repeat(20)}ffffc0000200`, '0118'],
  ] as const)('of %s', (_, address, family, length, start, flagsAndLength) => {
    const owner = { octets: parseIp(address) as Uint8Array, ...(length !== undefined && { length }) };
    const bytes = encodeMd5Signature(owner, key, family);
    expect(bytes).toHaveLength(216);
    expect(hex(bytes.subarray(0, 128))).toBe(start.padEnd(256, '0'));
    // tcpm_flags, tcpm_prefixlen, tcpm_keylen, tcpm_ifindex, tcpm_key
    expect(hex(bytes.subarray(128))).toBe(
      `${flagsAndLength}${own(6)}00000000${Buffer.from('secret').toString('hex').padEnd(160, '0')}`,
    );
  });

  it('takes keys of up to 80 octets, and none to take one away', () => {
    const owner = { octets: Uint8Array.of(192, 0, 2, 1) };
    const longest = encodeMd5Signature(owner, new Uint8Array(80).fill(0xab), 4);
    expect(hex(longest.subarray(136))).toBe('ab'.repeat(80));
    expect(hex(encodeMd5Signature(owner, new Uint8Array(0), 4).subarray(128))).toBe('00'.repeat(88));
    expect(() => encodeMd5Signature(owner, new Uint8Array(81), 4)).toThrow(RangeError);
  });
});
