import { describe, expect, it } from 'vitest';
import { Explanation, explainStages } from '../../../../src/api/contract/explain.ts';
import { crossingStates } from '../../../../src/api/explain/crossing-steps.ts';
import { nveReasons } from '../../../../src/api/explain/told-steps.ts';
import { ineligible, untold } from '../../../../src/api/speaker/route-view.ts';
import { unanswered } from '../../../../src/daemon/ask-neighbour.ts';
import { gatewayChoices } from '../../../../src/federation/gateway-choice.ts';
import { refusals } from '../../../../src/federation/refusals.ts';
import { Refusal, refusalText } from '../../../../src/nva/refusals.ts';

/** All that an explanation can end in. */
const lists: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'what keeps a route from crossing': refusals,
  'where a route is on its way': crossingStates,
  'why traffic goes by a gateway, or does not': gatewayChoices,
  'why a path may not be used': ineligible,
  'why a BGP neighbour is not told': untold,
  'why an NVE has an address, or has not': nveReasons,
  'why another domain gives no answer': unanswered,
  'what an admission has against a route': Object.fromEntries(
    Object.values(Refusal).flatMap((number) =>
      [undefined, 3].map((type) => [`${number} ${type}`, refusalText(number, type)?.reason ?? '']),
    ),
  ),
};

describe('an explanation ends in a reason:', () => {
  it.each(Object.entries(lists))('%s is a sentence each time, and never that it is not known', (_what, list) => {
    expect(Object.keys(list).length).toBeGreaterThan(3);
    for (const [code, reason] of Object.entries(list)) {
      expect(reason.split(' ').length, code).toBeGreaterThan(2);
      expect(reason, code).not.toMatch(/unknown|not known why|for some reason/i);
      expect(reason, code).not.toMatch(/\.$/);
    }
    expect(new Set(Object.values(list)).size).toBeGreaterThan(1);
  });

  it('steps are of stages that the contract names', () => {
    const one = { outcome: 'no', code: 'x', about: 'y', reason: 'z', domain: null, direction: null, asked: null };
    const steps = explainStages.map((stage) => ({ stage, ...one }));
    expect(Explanation.safeParse({ steps, more: 0, conclusion: { has: false, reason: 'z' } }).success).toBe(true);
  });
});
