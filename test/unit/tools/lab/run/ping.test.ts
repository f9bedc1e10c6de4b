import { expect, test } from 'vitest';
import { countPings } from '../../../../../tools/lab/run/ping.ts';

const answer = (at: string, sequence: number) =>
  `[${at}] 64 bytes from 192.168.100.1: icmp_seq=${sequence} ttl=64 time=0.1 ms`;

test('holes and the longest gap are counted; what is under way at the end is not lost', () => {
  const text = [
    'PING 192.168.100.1 (192.168.100.1) 56(84) bytes of data.',
    answer('100.000000', 1),
    answer('100.050000', 2),
    '[100.100000] From 192.168.100.2 icmp_seq=3 Destination Host Unreachable',
    answer('100.350000', 5),
    answer('100.400000', 6),
    '',
    '--- 192.168.100.1 ping statistics ---',
    '7 packets transmitted, 4 received, +1 errors, 42.8571% packet loss, time 400ms',
  ].join('\n');
  expect(countPings(text)).toEqual({ sent: 7, received: 4, lost: 2, longestGapMs: 300 });
});

test('no answer at all', () => {
  expect(countPings('3 packets transmitted, 0 received')).toEqual({ sent: 3, received: 0, lost: 0, longestGapMs: 0 });
});
