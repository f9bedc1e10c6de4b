import { refuse } from '../refusal.ts';
import { noSuchDomain } from './domains.ts';
import type { Handler, HandlerModules } from './handler.ts';
import { noSuchNetwork } from './virtual-networks.ts';

export const explain =
  ({ explain: source }: HandlerModules): Handler<'explain'> =>
  async ({ query }) => {
    const answer = await source.explain(query);
    if (answer === 'no-such-network') return noSuchNetwork(query.vn);
    if (answer === 'no-such-nve') return refuse(404, answer, `there is no NVE ${query.nve}; GET /v1/nves lists them`);
    if (answer === 'no-such-domain') return noSuchDomain(query.at ?? '');
    return { status: 200, body: answer };
  };

export const explainAcross =
  ({ explain: source }: HandlerModules): Handler<'explainAcross'> =>
  async ({ params: { domain }, query: { wireVni, ...address } }, { actor, roles }) => {
    // Whoever has this role alone is another domain, and is told of itself alone.
    if (roles.every((role) => role === 'federation') && actor.name !== domain) {
      return refuse(403, 'not-allowed', `${actor.name} may ask for itself, and not for ${domain}`);
    }
    const answer = await source.across(domain, wireVni, address);
    if (answer === 'no-such-domain') return noSuchDomain(domain);
    if (answer === 'not-shared') return refuse(404, answer, `no network is shared with ${domain} as VNI ${wireVni}`);
    return { status: 200, body: answer };
  };
