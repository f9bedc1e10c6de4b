import { describe, expect, it } from 'vitest';
import { type CollisionInput, type Initiator, resolveCollision } from '../../../../src/bgp-ts/fsm/collision.ts';
import { type FsmStateName, stateNames } from '../../../../src/bgp-ts/fsm/state.ts';

const low = 0x0a000001;
/** Above 2^31: identifiers compare as unsigned. */
const high = 0xc0000201;

const existing = (initiator: Initiator, state: FsmStateName, replaceable = false) => ({
  initiator,
  state,
  replaceable,
});
const input = (patch: Partial<CollisionInput>): CollisionInput => ({
  localId: low,
  remoteId: high,
  localAsn: 65000,
  remoteAsn: 65000,
  opened: { initiator: 'remote' },
  existing: existing('local', 'OpenConfirm'),
  detectEstablished: false,
  ...patch,
});

describe('resolveCollision (RFC 4271 §6.8)', () => {
  it.each([
    // local, remote, initiator of the connection with the new OPEN, verdict
    [low, high, 'remote', 'close-existing'],
    [low, high, 'local', 'close-opened'],
    [high, low, 'remote', 'close-opened'],
    [high, low, 'local', 'close-existing'],
  ] as const)(
    'local %i, remote %i, OPEN on the connection of the %s side: %s',
    (localId, remoteId, initiator, verdict) => {
      const other = initiator === 'local' ? 'remote' : 'local';
      expect(
        resolveCollision(input({ localId, remoteId, opened: { initiator }, existing: existing(other, 'OpenConfirm') })),
      ).toBe(verdict);
    },
  );

  it.each([
    [65001, 65000, 'close-opened'],
    [65000, 65001, 'close-existing'],
  ] as const)(
    'identical identifiers: the larger AS keeps its connection (RFC 6286 §2.3), %i and %i',
    (localAsn, remoteAsn, verdict) => {
      expect(resolveCollision(input({ localId: low, remoteId: low, localAsn, remoteAsn }))).toBe(verdict);
    },
  );

  it('sees no collision with a connection before OpenConfirm', () => {
    const verdicts = stateNames.map((state) => resolveCollision(input({ existing: existing('local', state) })));
    expect(verdicts).toEqual(['none', 'none', 'none', 'none', 'close-existing', 'close-opened']);
  });

  it('compares with an established session only when configured', () => {
    const established = existing('local', 'Established');
    expect(resolveCollision(input({ existing: established }))).toBe('close-opened');
    expect(resolveCollision(input({ existing: established, detectEstablished: true }))).toBe('close-existing');
  });

  it('takes the new connection of a peer that may have restarted for the end of the old one (RFC 4724 §4.2)', () => {
    const verdicts = stateNames.map((state) => resolveCollision(input({ existing: existing('local', state, true) })));
    expect(verdicts).toEqual(['none', 'none', 'none', 'none', 'close-existing', 'replace-existing']);
  });

  it('keeps the newer of two connections that the peer dialled', () => {
    expect(resolveCollision(input({ existing: existing('remote', 'OpenConfirm') }))).toBe('close-existing');
  });
});
