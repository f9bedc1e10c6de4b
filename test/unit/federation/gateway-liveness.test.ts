import { describe, expect, it } from 'vitest';
import { type GatewayFacts, judgeGateway, usableGateways } from '../../../src/federation/gateway-liveness.ts';

const allUp: GatewayFacts = { bgpSessionUp: true, nveProtocolUp: true, probe: 'up', declaredAlive: true };

describe('a gateway', () => {
  it('is alive when nothing fails, and at once the first time', () => {
    expect(judgeGateway(undefined, allUp, 0)).toEqual({
      state: 'alive',
      reason: 'nothing that is watched fails: BGP session, NVE protocol session, BFD, declaration',
      wasAlive: true,
    });
    const notYet = judgeGateway(undefined, { nveProtocolUp: false }, 0);
    expect(notYet.state).toBe('dead');
    expect(judgeGateway(notYet, { nveProtocolUp: true }, 10).state).toBe('alive');
  });

  it('that nobody watches is taken to be alive', () => {
    const reason = 'nobody watches it, so it is taken to be alive';
    expect(judgeGateway(undefined, {}, 0)).toEqual({ state: 'alive', reason, wasAlive: true });
  });

  it.each<[GatewayFacts, string]>([
    [{ bgpSessionUp: false }, 'its BGP session is down'],
    [{ nveProtocolUp: false }, 'its NVE protocol session is down'],
    [{ probe: 'down' }, 'its tunnel address does not answer BFD'],
    [{ declaredAlive: false }, 'it is declared to be out of service'],
    [{ bgpSessionUp: false, probe: 'down' }, 'its BGP session is down, and its tunnel address does not answer BFD'],
  ])('is dead at once with %j, whatever else is up', (failing, reason) => {
    const alive = judgeGateway(undefined, allUp, 0);
    expect(judgeGateway(alive, { ...allUp, ...failing }, 0)).toEqual({ state: 'dead', reason, wasAlive: true });
  });

  it('that comes back is used when it has stayed, counted anew from each return', () => {
    const up = { probe: 'up' } as const;
    const down = { probe: 'down' } as const;
    let gateway = judgeGateway(judgeGateway(undefined, up, 0), down, 1000);
    gateway = judgeGateway(gateway, up, 2000);
    expect(gateway).toEqual({
      state: 'returning',
      reason: 'it is back, and is used again when it has stayed for 5 s, or at once where no other is alive',
      aliveAt: 7000,
      wasAlive: true,
    });
    gateway = judgeGateway(gateway, { ...up, bgpSessionUp: true }, 6999);
    expect([gateway.state, gateway.aliveAt]).toEqual(['returning', 7000]);
    gateway = judgeGateway(judgeGateway(gateway, down, 6999), up, 6999);
    expect([gateway.state, gateway.aliveAt]).toEqual(['returning', 11_999]);
    expect(judgeGateway(gateway, up, 11_999).state).toBe('alive');
  });

  it('is not held up where that is configured', () => {
    const dead = judgeGateway(judgeGateway(undefined, allUp, 0), { probe: 'down' }, 0, 0);
    expect(judgeGateway(dead, allUp, 0, 0).state).toBe('alive');
  });
});

describe('those to elect from', () => {
  const alive = judgeGateway(undefined, {}, 0);
  const dead = judgeGateway(alive, { probe: 'down' }, 0);
  const returning = judgeGateway(dead, { probe: 'up' }, 0);

  it('are those that are alive', () => {
    const gateways = new Map(Object.entries({ a: alive, b: returning, c: dead, d: alive }));
    expect([...usableGateways(gateways)]).toEqual(['a', 'd']);
  });

  it('are those that have come back where there is no other, and never a dead one', () => {
    expect([...usableGateways(new Map(Object.entries({ b: returning, c: dead })))]).toEqual(['b']);
    expect([...usableGateways(new Map([['c', dead]]))]).toEqual([]);
  });
});
