import { describe, expect, it } from 'vitest';
import { roleMismatch } from '../../../../src/bgp-ts/session/roles.ts';
import { BgpRole } from '../../../../src/bgp-ts/wire/capability/role.ts';
import type { Open } from '../../../../src/bgp-ts/wire/message/open.ts';

const open = (...roles: readonly number[]): Open => ({
  myAs: 65000,
  holdTime: 90,
  bgpId: '10.0.0.1',
  capabilities: [{ kind: 'routeRefresh', value: true }, ...roles.map((value) => ({ kind: 'role', value }) as const)],
});

describe('roleMismatch (RFC 9234 §4.2)', () => {
  const { Provider, Customer, RouteServer, RouteServerClient, Peer } = BgpRole;
  const allowed = [
    [Provider, Customer],
    [Customer, Provider],
    [RouteServer, RouteServerClient],
    [RouteServerClient, RouteServer],
    [Peer, Peer],
  ];

  const names = ['provider', 'route-server', 'route-server-client', 'customer', 'peer'];

  it('allows the pairs of Table 2 and no other', () => {
    for (const ours of Object.values(BgpRole)) {
      for (const theirs of Object.values(BgpRole)) {
        const expected = allowed.some(([a, b]) => a === ours && b === theirs)
          ? undefined
          : `its role, ${names[theirs]}, does not go with ours, ${names[ours]}`;
        expect(roleMismatch(open(ours), open(theirs), true)).toBe(expected);
      }
    }
  });

  it('goes on without the other side’s role, unless it is strict', () => {
    expect(roleMismatch(open(Customer), open(), false)).toBeUndefined();
    expect(roleMismatch(open(Customer), open(), true)).toBe('it announces no role, where one is asked for');
    expect(roleMismatch(open(), open(Customer), true)).toBeUndefined();
  });

  it('counts a role that is announced twice once, and refuses two different ones', () => {
    expect(roleMismatch(open(Customer), open(Provider, Provider), false)).toBeUndefined();
    expect(roleMismatch(open(Customer), open(Provider, Peer), false)).toBe(
      'it announces several roles: provider and peer',
    );
  });

  it('refuses a role that nobody has defined', () => {
    expect(roleMismatch(open(Peer), open(9), false)).toBe('its role, 9, does not go with ours, peer');
  });
});
