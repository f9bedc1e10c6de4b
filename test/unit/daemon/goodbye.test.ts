import { expect, it } from 'vitest';
import { saidGoodbye } from '../../../src/daemon/goodbye.ts';

it.each([
  ['Administrative Shutdown', 6, 2, [], true],
  ['Peer De-configured', 6, 3, [], true],
  ['the same as a Hard Reset (RFC 8538)', 6, 9, [6, 3], true],
  ['Administrative Reset', 6, 4, [], false],
  ['a Hard Reset for a reset', 6, 9, [6, 4], false],
  ['Hold Timer Expired', 4, 0, [], false],
  ['a code of which the subcode means something else', 2, 3, [], false],
] as const)('%s', (_, code, subcode, data, expected) => {
  const received = { code, subcode, data: Uint8Array.from(data) };
  expect(saidGoodbye({ cause: 'notification-received', received })).toBe(expected);
});

it('is not said by a lost connection', () => {
  expect(saidGoodbye({ cause: 'connection-failed' })).toBe(false);
});
