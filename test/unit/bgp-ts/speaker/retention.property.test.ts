import fc from 'fast-check';
import { expect, it } from 'vitest';
import { endOfRib } from '../../../../src/bgp-ts/speaker/end-of-rib.ts';
import { defaultGracefulRestart } from '../../../../src/bgp-ts/speaker/graceful-restart.ts';
import type { Capability } from '../../../../src/bgp-ts/wire/capability/registry.ts';
import { Family } from '../../../../src/bgp-ts/wire/constants.ts';
import { encodeRouteRefresh, RefreshSubtype } from '../../../../src/bgp-ts/wire/message/route-refresh.ts';
import { Lab, type Router } from './kit.ts';

const address = '10.0.0.2';
/** Seconds. */
const RESTART = 60;
const STALE = 100;

const offer = (forwardingPreserved: boolean) => {
  const families = [{ family: Family.Evpn, forwardingPreserved }];
  const value = { restarted: false, notification: false, restartTime: RESTART, families };
  const more: Capability[] = [
    { kind: 'gracefulRestart', value },
    { kind: 'enhancedRouteRefresh', value: true },
  ];
  return { holdTime: 0, more };
};

type Phase = 'none' | 'restarting' | 'resynchronising' | 'refreshing';

/** The rules of RFC 4724 §4.2, RFC 8538 §4.1 and RFC 7313 §4 on plain values; times in seconds. */
class Model {
  now = 0;
  up = true;
  #said = false;
  #phase: Phase = 'none';
  #lostAt = 0;
  #until = Number.POSITIVE_INFINITY;
  #spent = false;
  /** Whether stale, by route. */
  readonly routes = new Map<number, boolean>();

  say(key: number): void {
    this.routes.set(key, false);
  }

  endOfRib(): void {
    if (!this.#said && this.#phase === 'resynchronising') this.#confirm();
    this.#said = true;
  }

  lose(): void {
    const unconfirmed = this.#phase === 'resynchronising';
    this.up = false;
    if (!unconfirmed) this.#lostAt = this.now;
    const until = Math.min(this.now + RESTART, this.#lostAt + STALE);
    if (this.routes.size === 0 || until <= this.now || (unconfirmed && this.#spent)) {
      this.#drop();
      return;
    }
    this.#spent = false;
    this.#unsettle('restarting', until);
  }

  comeBack(kept: boolean): void {
    if (this.up) this.lose();
    this.up = true;
    this.#said = false;
    if (this.#phase !== 'restarting') return;
    if (!kept) this.#drop();
    else [this.#phase, this.#until] = ['resynchronising', this.#lostAt + STALE];
  }

  begin(): void {
    if (this.#said) this.#unsettle('refreshing', this.now + STALE);
  }

  end(): void {
    if (this.#phase === 'refreshing') this.#confirm();
  }

  pass(seconds: number): void {
    const then = this.now + seconds;
    while (this.#until <= then) {
      this.now = this.#until;
      if (this.#phase === 'restarting') this.#drop();
      else if (this.#phase === 'refreshing') this.#confirm();
      else {
        this.#confirm();
        [this.#phase, this.#spent] = ['resynchronising', true];
      }
    }
    this.now = then;
  }

  #unsettle(phase: Phase, until: number): void {
    for (const key of this.routes.keys()) this.routes.set(key, true);
    [this.#phase, this.#until] = [phase, until];
  }

  #confirm(): void {
    for (const [key, stale] of this.routes) if (stale) this.routes.delete(key);
    this.#settle();
  }

  #drop(): void {
    this.routes.clear();
    this.#settle();
  }

  #settle(): void {
    [this.#phase, this.#until, this.#spent] = ['none', Number.POSITIVE_INFINITY, false];
  }
}

const refresh = (subtype: number) => encodeRouteRefresh({ family: Family.Evpn, subtype });

it('whatever a neighbour does, others hold of it what the rules say', async () => {
  const operation = fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('announce' as const), n: fc.nat(7) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('withdraw' as const), n: fc.nat(7) }) },
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('wait' as const), n: fc.integer({ min: 1, max: 70 }) }) },
    {
      weight: 8,
      arbitrary: fc.record({
        kind: fc.constantFrom(...(['end-of-rib', 'lose', 'lose', 'return', 'return', 'begin', 'end'] as const)),
        n: fc.nat(7),
      }),
    },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { minLength: 40, maxLength: 80 }), async (operations) => {
      const lab = await Lab.listening();
      const gracefulRestart = { ...defaultGracefulRestart, staleTime: STALE };
      lab.speaker.addDynamic({ prefix: '10.0.0.0/16', reflection: 'client', gracefulRestart });
      let router: Router = lab.join(address, offer(true));
      const other = lab.join('10.0.0.3', { holdTime: 0 });
      const model = new Model();
      const held = new Set<number>();
      const check = () => {
        for (const event of other.read()) {
          if (event.startsWith('+')) held.add(Number(event.slice(1)));
          if (event.startsWith('-')) held.delete(Number(event.slice(1)));
        }
        expect([...held].sort()).toEqual([...model.routes.keys()].sort());
        const stale = [...model.routes.values()].filter(Boolean).length;
        const index = lab.speaker.neighbour(address)?.holding?.index;
        expect(index === undefined ? 0 : lab.speaker.table.staleOf(index)).toBe(stale);
      };
      for (const { kind, n } of operations) {
        if (kind === 'wait') {
          lab.clock.advance(1000 * n);
          model.pass(n);
        } else if (kind === 'return') {
          router = lab.join(address, offer(n > 0));
          model.comeBack(n > 0);
        } else if (model.up) {
          switch (kind) {
            case 'announce':
              router.announce(n);
              model.say(n);
              break;
            case 'withdraw':
              router.withdraw(n);
              model.routes.delete(n);
              break;
            case 'end-of-rib':
              router.say(endOfRib(Family.Evpn));
              model.endOfRib();
              break;
            case 'lose':
              router.near.lose('ECONNRESET');
              lab.settle();
              model.lose();
              break;
            case 'begin':
              router.say(refresh(RefreshSubtype.BeginningOfRib));
              model.begin();
              break;
            case 'end':
              router.say(refresh(RefreshSubtype.EndOfRib));
              model.end();
          }
        }
        check();
      }
      if (model.up) {
        router.near.lose('ECONNRESET');
        lab.settle();
        model.lose();
      }
      lab.clock.advance(1000 * STALE);
      model.pass(STALE);
      check();
      // The one set is that of our own default route target (RFC 4684 §4).
      expect([held.size, lab.speaker.table.paths, lab.speaker.attributes.size]).toEqual([0, 0, 1]);
    }),
    { numRuns: 60 },
  );
});
