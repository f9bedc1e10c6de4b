import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  dueAt,
  type Session,
  type SessionAction,
  type SessionEvent,
  startSession,
  stepSession,
} from '../../../src/bfd/session.ts';
import { type ControlPacket, diagnostics, type SessionState, sessionStates } from '../../../src/bfd/wire.ts';

const options = { discriminator: 7, interval: 100, multiplier: 3, passive: false };

/** What a neighbour sends that wants the same. */
const from = (state: SessionState, more: Partial<ControlPacket> = {}): ControlPacket => ({
  diagnostic: 0,
  state,
  poll: false,
  final: false,
  controlPlaneIndependent: false,
  demand: false,
  detectMult: 3,
  myDiscriminator: 9,
  yourDiscriminator: 7,
  desiredMinTx: 100_000,
  requiredMinRx: 100_000,
  requiredMinEchoRx: 0,
  ...more,
});

/** A session at a time that the test says. */
class Stage {
  session: Session;
  now = 0;

  constructor(more: Partial<typeof options> = {}, jitter = 0) {
    this.session = startSession({ ...options, ...more }, { now: 0, jitter });
  }

  step(event: SessionEvent, jitter = 0): readonly SessionAction[] {
    const { session, actions } = stepSession(this.session, event, { now: this.now, jitter });
    this.session = session;
    return actions;
  }

  hear(state: SessionState, more: Partial<ControlPacket> = {}): readonly SessionAction[] {
    return this.step({ kind: 'packet', packet: from(state, more) });
  }

  /** Time passes to when something is due. */
  pass(jitter = 0): readonly SessionAction[] {
    this.now = dueAt(this.session) ?? Number.NaN;
    return this.step({ kind: 'due' }, jitter);
  }

  /** Time passes until something is told. */
  passUntilTold(): readonly SessionAction[] {
    for (let turns = 0; turns < 100; turns++) {
      const actions = this.pass();
      if (told(actions).length > 0) return actions;
    }
    throw new Error('nothing was told');
  }

  /** Up, with nothing left to negotiate. */
  up(more: Partial<ControlPacket> = {}): this {
    this.hear('Down', { yourDiscriminator: 0 });
    this.hear('Init');
    this.hear('Up', { final: true, ...more });
    expect(this.session).toMatchObject({ state: 'Up', polling: false });
    return this;
  }
}

const sent = (actions: readonly SessionAction[]) =>
  actions.flatMap((action) => (action.kind === 'send' ? [action.packet] : []));
const told = (actions: readonly SessionAction[]) => actions.filter(({ kind }) => kind !== 'send');

describe('a BFD session', () => {
  it('begins with a packet each second, that knows nothing of the other side', () => {
    const stage = new Stage();
    const first = sent(stage.pass());
    expect(first).toMatchObject([{ state: 'Down', myDiscriminator: 7, yourDiscriminator: 0, desiredMinTx: 1_000_000 }]);
    expect(first).toMatchObject([{ requiredMinRx: 100_000, detectMult: 3, poll: false, requiredMinEchoRx: 0 }]);
    expect(dueAt(stage.session)).toBe(stage.now + 1000);
    stage.pass(0.999);
    expect(dueAt(stage.session)! - stage.now).toBeCloseTo(750, 0);
  });

  it('comes up in three steps that are answered at once, and announces its interval by a Poll Sequence', () => {
    const stage = new Stage();
    expect(stage.hear('Down', { yourDiscriminator: 0 })).toMatchObject([
      { kind: 'send', packet: { state: 'Init', yourDiscriminator: 9, desiredMinTx: 1_000_000 } },
    ]);
    const up = stage.hear('Init');
    expect(told(up)).toEqual([{ kind: 'up' }]);
    expect(sent(up)).toMatchObject([{ state: 'Up', poll: true, desiredMinTx: 100_000 }]);
    expect(sent(stage.pass())).toMatchObject([{ poll: true }]);
    stage.hear('Up', { final: true });
    expect(sent(stage.pass())).toMatchObject([{ poll: false }]);
  });

  it('goes where RFC 5880 §6.8.6 says from every state by every state', () => {
    const next: Record<SessionState, Record<SessionState, SessionState>> = {
      AdminDown: { AdminDown: 'AdminDown', Down: 'AdminDown', Init: 'AdminDown', Up: 'AdminDown' },
      Down: { AdminDown: 'Down', Down: 'Init', Init: 'Up', Up: 'Down' },
      Init: { AdminDown: 'Down', Down: 'Init', Init: 'Up', Up: 'Up' },
      Up: { AdminDown: 'Down', Down: 'Down', Init: 'Up', Up: 'Up' },
    };
    for (const state of sessionStates) {
      for (const heard of sessionStates) {
        const stage = new Stage();
        stage.session = { ...stage.session, state };
        stage.hear(heard);
        expect([state, heard, stage.session.state]).toEqual([state, heard, next[state][heard]]);
        const signalled = stage.session.state === 'Down' && state !== 'Down';
        expect(stage.session.diagnostic).toBe(signalled ? diagnostics.neighbourSignalledDown : diagnostics.none);
      }
    }
  });

  it('is down when nothing was heard for the Detection Time, and not before', () => {
    const stage = new Stage().up();
    const heardAt = stage.now;
    const actions = stage.passUntilTold();
    expect(stage.now).toBe(heardAt + 300);
    expect(told(actions)).toEqual([{ kind: 'down', diagnostic: diagnostics.detectionTimeExpired }]);
    expect(sent(actions)).toMatchObject([{ state: 'Down', diagnostic: 1, yourDiscriminator: 0 }]);
    expect(stage.session.expiresAt).toBeUndefined();
  });

  it('takes the Detection Time from what the other side announces', () => {
    const stage = new Stage().up({ desiredMinTx: 400_000, detectMult: 5 });
    expect(stage.session.expiresAt).toBe(2000);
    stage.hear('Up', { desiredMinTx: 10_000, detectMult: 5 });
    expect(stage.session.expiresAt).toBe(500);
  });

  it('sends as slowly as the other side asks, and follows a change at once from its last packet on', () => {
    const stage = new Stage().up({ requiredMinRx: 2_000_000, detectMult: 255 });
    stage.pass();
    expect(stage.session.sendAt).toBe(stage.now + 2000);
    const last = stage.now;
    stage.now += 50;
    stage.hear('Up', { requiredMinRx: 200_000, detectMult: 255 });
    expect(stage.session.sendAt).toBe(last + 200);
    stage.now = last + 190;
    stage.hear('Up', { requiredMinRx: 1000, detectMult: 255 });
    expect(stage.session.sendAt).toBe(stage.now);
  });

  it('keeps 10 to 25 % off its interval with a multiplier of 1', () => {
    const stage = new Stage({ multiplier: 1 }).up();
    stage.pass(0);
    expect(stage.session.sendAt! - stage.now).toBeCloseTo(90, 6);
    stage.pass(0.999);
    expect(stage.session.sendAt! - stage.now).toBeCloseTo(75, 0);
  });

  it('answers a Poll at once, in every state, and while the other side wants nothing periodic', () => {
    for (const state of sessionStates) {
      const stage = new Stage();
      stage.session = { ...stage.session, state };
      expect(sent(stage.hear('Down', { poll: true, requiredMinRx: 0 }))).toMatchObject([{ final: true, poll: false }]);
      expect(stage.session.sendAt).toBeUndefined();
    }
  });

  it('is silent while the other side has Demand mode, but for a Poll Sequence', () => {
    const stage = new Stage();
    stage.hear('Down', { yourDiscriminator: 0 });
    stage.hear('Init');
    stage.hear('Up', { demand: true });
    expect(stage.session.sendAt).toBeDefined();
    stage.hear('Up', { demand: true, final: true });
    expect(stage.session.sendAt).toBeUndefined();
    expect(told(stage.pass())).toMatchObject([{ kind: 'down' }]);
    expect(stage.session.sendAt).toBeDefined();
  });

  it('says nothing in the passive role until it hears somebody, nor after it has lost them', () => {
    const stage = new Stage({ passive: true });
    expect(dueAt(stage.session)).toBeUndefined();
    stage.up();
    stage.passUntilTold();
    expect(stage.session).toMatchObject({ state: 'Down', sendAt: undefined });
    expect(dueAt(stage.session)).toBeUndefined();
    expect(sent(stage.hear('Down', { yourDiscriminator: 0 }))).toMatchObject([{ state: 'Init' }]);
  });

  it('is taken down by hand, says so, and stays down', () => {
    const stage = new Stage().up();
    const actions = stage.step({ kind: 'disable' });
    expect(told(actions)).toEqual([{ kind: 'down', diagnostic: diagnostics.administrativelyDown }]);
    expect(sent(actions)).toMatchObject([{ state: 'AdminDown', diagnostic: 7, desiredMinTx: 1_000_000 }]);
    expect(stage.hear('Down')).toEqual([]);
    expect(stage.session.state).toBe('AdminDown');
  });

  it('keeps its senses whatever it is sent', () => {
    const packets = fc.record({
      state: fc.constantFrom(...sessionStates),
      poll: fc.boolean(),
      final: fc.boolean(),
      demand: fc.boolean(),
      detectMult: fc.integer({ min: 1, max: 255 }),
      myDiscriminator: fc.integer({ min: 1, max: 0xffff_ffff }),
      desiredMinTx: fc.integer({ min: 0, max: 0xffff_ffff }),
      requiredMinRx: fc.integer({ min: 0, max: 0xffff_ffff }),
    });
    fc.assert(
      fc.property(fc.array(fc.option(packets), { maxLength: 40 }), (events) => {
        const stage = new Stage();
        let up = false;
        for (const packet of events) {
          const before = stage.session.sendAt;
          const actions = packet === null ? stage.pass() : stage.hear(packet.state, packet);
          for (const { kind } of told(actions)) {
            expect(kind).toBe(up ? 'down' : 'up');
            up = !up;
          }
          expect(stage.session.state === 'Up').toBe(up);
          // Each packet costs one at most, and periodic ones are never closer than the fastest jitter has them.
          expect(sent(actions).length).toBeLessThanOrEqual(1);
          const { sendAt } = stage.session;
          if (packet === null && sendAt !== undefined && sendAt !== before)
            expect(sendAt - stage.now).toBeGreaterThanOrEqual(75);
          if (Number.isNaN(stage.now) || dueAt(stage.session) === undefined) break;
        }
      }),
    );
  });

  it('meets another over a way that loses, comes up, and tells up and down in turns', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 60 }), fc.boolean(), (losses, passive) => {
        const lost = [...losses];
        const sides = [new Stage(), new Stage({ discriminator: 9, passive })] as const;
        const history: string[][] = [[], []];
        const take = (from: number, first: readonly SessionAction[]): void => {
          const queue = first.map((action) => ({ side: from, action }));
          for (const { side, action } of queue) {
            if (action.kind !== 'send') history[side]!.push(action.kind);
            else if (lost.shift() !== true) {
              const answer = sides[1 - side]!.step({ kind: 'packet', packet: action.packet }, 0.5);
              queue.push(...answer.map((next) => ({ side: 1 - side, action: next })));
            }
          }
        };
        const isUp = () => sides.every(({ session }) => session.state === 'Up' && !session.polling);
        for (let turns = 0; turns < 400 && !(lost.length === 0 && isUp()); turns++) {
          const next = sides.reduce((a, b) => ((dueAt(b.session) ?? 1e9) < (dueAt(a.session) ?? 1e9) ? b : a));
          const now = dueAt(next.session)!;
          for (const side of sides) side.now = now;
          take(sides.indexOf(next), next.step({ kind: 'due' }, 0.5));
        }
        expect(isUp()).toBe(true);
        for (const side of history) {
          expect(side.at(-1)).toBe('up');
          expect(side.every((kind, index) => kind === (index % 2 === 0 ? 'up' : 'down'))).toBe(true);
        }
      }),
    );
  });
});
