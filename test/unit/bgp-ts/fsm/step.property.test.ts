/** What holds for every order of events. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { FsmTimer } from '../../../../src/bgp-ts/fsm/action.ts';
import { defaultFsmOptions, type FsmOptions } from '../../../../src/bgp-ts/fsm/options.ts';
import { initialState } from '../../../../src/bgp-ts/fsm/state.ts';
import { step } from '../../../../src/bgp-ts/fsm/step.ts';
import { eventNames, events } from './describe-step.ts';

const { damping, ...undamped } = defaultFsmOptions;
const anyOptions: fc.Arbitrary<FsmOptions> = fc.record({
  ...Object.fromEntries(Object.entries(undamped).map(([key, value]) => [key, fc.constant(value)])),
  automaticStart: fc.boolean(),
  passive: fc.boolean(),
  connectRetryTime: fc.constant(120),
  openHoldTime: fc.constant(240),
  delayOpenTime: fc.constantFrom(0, 10),
  notifyWithoutOpen: fc.boolean(),
  collisionDetectEstablished: fc.boolean(),
  damping: fc.constant(damping ?? { initialTime: 1, maximumTime: 60, stableTime: 60 }),
});

it('says established and down in turns, and leaves no timer of a session behind in Idle', () => {
  fc.assert(
    fc.property(anyOptions, fc.array(fc.constantFrom(...eventNames), { maxLength: 200 }), (options, names) => {
      let state = initialState;
      let up = false;
      const running = new Set<FsmTimer>();
      for (const name of names) {
        const { state: next, actions } = step(state, events[name], options);
        for (const action of actions) {
          if (action.type === 'start-timer') running.add(action.timer);
          if (action.type === 'stop-timer') running.delete(action.timer);
          if (action.type === 'release') {
            for (const timer of ['hold', 'keepalive', 'delay-open', 'send-hold', 'stable'] as const) {
              running.delete(timer);
            }
          }
          if (action.type === 'established') {
            expect(up).toBe(false);
            up = true;
          }
          if (action.type === 'down') {
            expect(up).toBe(true);
            up = false;
          }
          if (action.type === 'connect') expect(next.name).toBe('Connect');
        }
        expect(up).toBe(next.name === 'Established');
        expect(next.delayOpen).toBe(next.delayOpen && (next.name === 'Connect' || next.name === 'Active'));
        expect(next.idleHoldTime).toBeLessThanOrEqual(60);
        if (next.name === 'Idle') expect([...running].filter((timer) => timer !== 'idle-hold')).toEqual([]);
        if (next.name === 'OpenSent') expect(running.has('hold')).toBe(true);
        state = next;
      }
    }),
  );
});
