import type { PolicyVersions } from '../contract/policies.ts';
import type { PolicyRefusal } from '../policy-source.ts';
import { type Refusal, refuse } from '../refusal.ts';
import { noSuchDomain } from './domains.ts';
import type { Handler, HandlerModules } from './handler.ts';

/** Faults that the detail has; the errors beside it have them all. */
const SENTENCES = 5;

function refusalOf(domain: string, why: PolicyRefusal): Refusal {
  switch (why.refused) {
    case 'no-such-domain':
      return noSuchDomain(domain);
    case 'busy':
      return refuse(429, 'busy', 'as many policies are being tested as may be at a time; try again in a second');
    case 'invalid-policy': {
      const fields = why.reasons.map((reason) => ({ in: 'body' as const, field: 'text', reason }));
      const more = why.reasons.length - SENTENCES;
      const detail = why.reasons.slice(0, SENTENCES).join('; ') + (more > 0 ? `; and ${more} more` : '');
      return refuse(400, 'invalid-policy', detail, fields);
    }
    case 'no-such-version':
      return refuse(404, why.refused, why.reason);
    case 'unchanged':
      return refuse(409, why.refused, why.reason);
    case 'nothing-before': {
      const where = `GET /v1/federation/${domain}/policies/versions lists those that are`;
      return refuse(409, why.refused, `${why.reason}, so that there is nothing to go back to; ${where}`);
    }
  }
}

export const listPolicies =
  ({ policies }: HandlerModules): Handler<'listPolicies'> =>
  ({ query }) => {
    const answer = policies.list(query);
    if ('refused' in answer) return refusalOf(query.domain ?? '', answer);
    return { status: 200, body: { policies: [...answer] } };
  };

const inForceOf = ({ versions: [current] }: PolicyVersions) => current ?? null;

export const testPolicy =
  ({ policies }: HandlerModules): Handler<'testPolicy'> =>
  async ({ params: { domain, direction }, body }) => {
    const answer = await policies.test(domain, direction, body);
    return 'refused' in answer ? refusalOf(domain, answer) : { status: 200, body: answer };
  };

export const applyPolicy =
  ({ policies }: HandlerModules): Handler<'applyPolicy'> =>
  ({ params: { domain, direction }, body }, { record }) => {
    const before = policies.versions(domain);
    const after = policies.apply(domain, direction, body);
    if ('refused' in before) return refusalOf(domain, before);
    if ('refused' in after) return refusalOf(domain, after);
    record('apply policy', `${domain} ${direction}`, inForceOf(before), inForceOf(after));
    return { status: 200, body: { ...after, warnings: [...after.warnings] } };
  };

export const rollBackPolicies =
  ({ policies }: HandlerModules): Handler<'rollBackPolicies'> =>
  ({ params: { domain }, body: { version } }, { record }) => {
    const before = policies.versions(domain);
    const after = policies.rollBack(domain, version);
    if ('refused' in before) return refusalOf(domain, before);
    if ('refused' in after) return refusalOf(domain, after);
    record('roll back policies', domain, inForceOf(before), inForceOf(after));
    return { status: 200, body: { ...after, warnings: [...after.warnings] } };
  };

export const listPolicyVersions =
  ({ policies }: HandlerModules): Handler<'listPolicyVersions'> =>
  ({ params: { domain } }) => {
    const answer = policies.versions(domain);
    return 'refused' in answer ? refusalOf(domain, answer) : { status: 200, body: answer };
  };
