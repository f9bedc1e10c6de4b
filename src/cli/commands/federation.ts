/** Commands about neighbour domains. */
import type { Domain, Drain } from '../../api/contract/domains.ts';
import { ExitCode } from '../exit-codes.ts';
import { explainFailure } from '../failures.ts';
import { formatJson } from '../format/json.ts';
import { failed, type Outcome, said } from '../outcome.ts';
import type { Session } from '../session.ts';
import { viewDomain, viewDomains, viewRegions } from '../views/domains.ts';

export const ALONE = 'there are no neighbour domains; federation in the configuration has them';

export async function showDomains(session: Session, compact: boolean): Promise<Outcome> {
  const { client, api, json, paint, now } = session;
  const result = await client.call('listRegions', {});
  if (!result.ok) return explainFailure(result, api);
  const { domains } = result.body;
  const code = domains.length === 0 ? ExitCode.NothingMatched : ExitCode.Ok;
  if (json) return said(formatJson(result.body, compact), code);
  return domains.length === 0 ? failed(code, ALONE) : said(viewDomains(domains, now(), paint));
}

export async function showDomain(session: Session, domain: string, compact: boolean): Promise<Outcome> {
  const { client, api, json, paint, now } = session;
  const result = await client.call('getDomain', { params: { domain } });
  if (!result.ok) return explainFailure(result, api);
  return said(json ? formatJson(result.body, compact) : viewDomain(result.body, now(), paint));
}

export async function showRegions(session: Session, compact: boolean): Promise<Outcome> {
  const { client, api, json, paint } = session;
  const result = await client.call('listRegions', {});
  if (!result.ok) return explainFailure(result, api);
  const { domains, regions } = result.body;
  const code = regions.length === 0 ? ExitCode.NothingMatched : ExitCode.Ok;
  if (json) return said(formatJson(result.body, compact), code);
  if (regions.length > 0) return said(viewRegions(regions, paint));
  return failed(code, domains.length === 0 ? ALONE : 'no network is shared with any of the neighbour domains');
}

export async function freeze(session: Session, domain: string): Promise<Outcome> {
  const result = await session.client.call('freezeDomain', { params: { domain } });
  if (!result.ok) return explainFailure(result, session.api);
  return steered(session, result.body, 'is frozen: nothing changes, in either direction, until it is released');
}

export async function drain(session: Session, domain: string, body: Drain): Promise<Outcome> {
  const result = await session.client.call('drainDomain', { params: { domain }, body });
  if (!result.ok) return explainFailure(result, session.api);
  return steered(
    session,
    result.body,
    result.body.state === 'drained'
      ? 'is drained: nothing crosses until it is released'
      : 'is being drained: it is told nothing any more, and its own routes are used only where there are no others, until they are withdrawn',
  );
}

export async function releaseDomain(session: Session, domain: string): Promise<Outcome> {
  const result = await session.client.call('releaseDomain', { params: { domain } });
  if (!result.ok) return explainFailure(result, session.api);
  return steered(session, result.body, `is released, and ${result.body.state}`);
}

const steered = ({ json }: Session, domain: Domain, text: string): Outcome =>
  said(json ? formatJson(domain, false) : `${domain.domain} ${text}\n`);
