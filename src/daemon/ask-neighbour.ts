/** The question that one domain's nvad asks another's: what has become of our route there? */
import { readFileSync } from 'node:fs';
import { createClient } from '../api/client.ts';
import type { Asked } from '../api/explain/explain-source.ts';
import type { Address } from '../api/explain-source.ts';
import { createHttpTransport, parseApiLocation } from '../api/http-transport.ts';
import { readProblem } from '../config/load.ts';
import type { NeighbourDomain } from '../federation/model.ts';

/** Milliseconds, connecting and answering together. */
const PATIENCE = 2000;

/** Why there is no answer. */
export const unanswered = {
  'no-api': 'its entry in the configuration has no api, so that its nvad cannot be asked',
  'no-token': 'the token with which its nvad is to be asked cannot be read',
  unreachable: 'its nvad gives no answer',
  refused: 'its nvad refuses to answer',
  unexpected: 'what answers is no nvad, or one of another version',
} as const;

const no = (code: keyof typeof unanswered, detail = ''): Asked => ({
  ok: false,
  code,
  reason: detail === '' ? unanswered[code] : `${unanswered[code]}: ${detail}`,
});

/** `domain` is ours, as the neighbour's configuration calls it. */
export async function askNeighbour(
  { api }: Pick<NeighbourDomain, 'api'>,
  domain: string,
  wireVni: number,
  address: Address,
): Promise<Asked> {
  if (api === undefined) return no('no-api');
  let token: string;
  try {
    token = readFileSync(api.token, 'utf8').trim();
  } catch (error) {
    return no('no-token', readProblem(error));
  }
  const location = parseApiLocation(api.url);
  if (location === undefined) return no('unreachable', `${api.url} is no address of an API`);
  const client = createClient(createHttpTransport(location, PATIENCE, { token }));
  const given = Object.fromEntries(Object.entries(address).filter(([, value]) => value !== undefined));
  const late = new Promise<'late'>((resolve) => setTimeout(resolve, PATIENCE, 'late').unref());
  const asked = client.call('explainAcross', { params: { domain }, query: { wireVni, ...given } });
  const result = await Promise.race([asked, late]);
  if (result === 'late') return no('unreachable', `nothing within ${PATIENCE / 1000} s`);
  if (result.ok) return { ok: true, steps: result.body.steps };
  if (result.kind === 'problem') return no('refused', result.problem.detail);
  return no(result.kind, result.reason);
}
