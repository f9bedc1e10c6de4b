import type { Domain } from '../contract/domains.ts';
import { refuse } from '../refusal.ts';
import type { Handler, HandlerModules } from './handler.ts';

export const noSuchDomain = (domain: string) =>
  refuse(404, 'no-such-domain', `${domain} is no neighbour domain of the configuration; GET /v1/regions lists them`);

export const listRegions =
  ({ federation }: HandlerModules): Handler<'listRegions'> =>
  () => ({ status: 200, body: federation.regions() });

export const getDomain =
  ({ federation }: HandlerModules): Handler<'getDomain'> =>
  ({ params: { domain } }) => {
    const found = federation.domain(domain);
    return found === undefined ? noSuchDomain(domain) : { status: 200, body: found };
  };

export const freezeDomain =
  ({ federation }: HandlerModules): Handler<'freezeDomain'> =>
  ({ params: { domain } }, { record }) => {
    const before = federation.domain(domain);
    const after = federation.freeze(domain);
    if (before === undefined || after === undefined) return noSuchDomain(domain);
    if (after === 'drained') {
      return refuse(409, 'drained', `${domain} is ${before.state}, and nothing of it crosses; release it first`);
    }
    record('freeze domain', domain, stateOf(before), stateOf(after));
    return { status: 200, body: after };
  };

export const drainDomain =
  ({ federation }: HandlerModules): Handler<'drainDomain'> =>
  ({ params: { domain }, body: { seconds } }, { record }) => {
    const before = federation.domain(domain);
    const after = federation.drain(domain, 1000 * seconds);
    if (before === undefined || after === undefined) return noSuchDomain(domain);
    record('drain domain', domain, stateOf(before), { ...stateOf(after), seconds });
    return { status: 200, body: after };
  };

export const releaseDomain =
  ({ federation }: HandlerModules): Handler<'releaseDomain'> =>
  ({ params: { domain } }, { record }) => {
    const before = federation.domain(domain);
    const after = federation.release(domain);
    if (before === undefined || after === undefined) return noSuchDomain(domain);
    record('release domain', domain, stateOf(before), stateOf(after));
    return { status: 200, body: after };
  };

const stateOf = ({ state }: Domain) => ({ state });
