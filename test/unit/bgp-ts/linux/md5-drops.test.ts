import { describe, expect, it } from 'vitest';
import { parseMd5Drops, readMd5Drops } from '../../../../src/bgp-ts/linux/md5-drops.ts';

const text = `TcpExt: SyncookiesSent TCPMD5NotFound TCPMD5Unexpected TCPMD5Failure TCPSackShifted
TcpExt: 9 3 0 12 7
IpExt: InNoRoutes TCPMD5Failure
IpExt: 1 99
`;

describe('the segments dropped because of TCP-MD5', () => {
  it('are found by the names of their columns', () => {
    expect(parseMd5Drops(text)).toEqual({ missing: 3, unexpected: 0, wrong: 12 });
  });

  it.each([
    ['an empty file', ''],
    ['a kernel that does not count them', text.replace('TCPMD5Failure ', '')],
    ['a line without its values', 'TcpExt: TCPMD5NotFound TCPMD5Unexpected TCPMD5Failure\n'],
  ])('are unknown from %s', (_, from) => {
    expect(parseMd5Drops(from)).toBeUndefined();
  });

  it.runIf(process.platform === 'linux')('are counted by this machine, or not', () => {
    const drops = readMd5Drops();
    for (const count of Object.values(drops ?? {})) expect(count).toBeGreaterThanOrEqual(0);
  });
});
