/** Commands about policies of neighbour domains. */
import type { PolicyApplied, PolicyTest } from '../../api/contract/policies.ts';
import { ExitCode } from '../exit-codes.ts';
import { explainFailure } from '../failures.ts';
import { formatJson } from '../format/json.ts';
import { type Outcome, said } from '../outcome.ts';
import type { Session } from '../session.ts';
import { viewPolicies, viewPolicyTests } from '../views/policies.ts';
import { domainOf, type GivenPolicy, type PolicyPlace, placesOf } from './policy-places.ts';

/** What each neighbour whose policy the file is would gain, lose and see changed. */
export async function testPolicy(session: Session, said: Partial<PolicyPlace>, policy: GivenPolicy): Promise<Outcome> {
  const found = await placesOf(session, said, policy, 'test');
  if (!found.ok) return found.refused;
  const { done, failures } = await testAt(session, found.places, policy);
  const code = failures[0]?.code ?? ExitCode.Ok;
  const err = [warned(done), ...failures.map((failure) => failure.err)].join('');
  if (session.json) return { code, out: formatJson(done, false), err: failures.map((failure) => failure.err).join('') };
  return { code, out: viewPolicyTests(done, session.paint), err };
}

/** Lets it hold for each neighbour whose policy the file is, or for none of them where one would refuse it. */
export async function applyPolicy(session: Session, said: Partial<PolicyPlace>, policy: GivenPolicy): Promise<Outcome> {
  const found = await placesOf(session, said, policy, 'apply');
  if (!found.ok) return found.refused;
  const { places } = found;
  const { failures } = places.length > 1 ? await testAt(session, places, policy) : { failures: [] };
  const [refused] = failures;
  if (refused !== undefined) {
    const err = `${failures.map((failure) => failure.err).join('')}nvactl: nothing was applied\n`;
    return { code: refused.code, out: '', err };
  }
  return applyAt(session, places, policy);
}

interface Tested {
  readonly done: readonly PolicyTest[];
  readonly failures: readonly Outcome[];
}

/** What is refused at one place is no reason not to ask about the next. */
async function testAt(session: Session, places: readonly PolicyPlace[], { file, text }: GivenPolicy): Promise<Tested> {
  const done: PolicyTest[] = [];
  const failures: Outcome[] = [];
  for (const { domain, direction } of places) {
    const result = await session.client.call('testPolicy', { params: { domain, direction }, body: { file, text } });
    if (result.ok) done.push(result.body);
    else failures.push(explainFailure(result, session.api, aboutOf(places, { domain, direction })));
  }
  return { done, failures };
}

async function applyAt(
  session: Session,
  places: readonly PolicyPlace[],
  { file, text }: GivenPolicy,
): Promise<Outcome> {
  const done: PolicyApplied[] = [];
  const failures: Outcome[] = [];
  const unchanged: Outcome[] = [];
  for (const { domain, direction } of places) {
    const result = await session.client.call('applyPolicy', { params: { domain, direction }, body: { file, text } });
    if (result.ok) {
      done.push(result.body);
      continue;
    }
    const outcome = explainFailure(result, session.api, aboutOf(places, { domain, direction }));
    (result.kind === 'problem' && result.problem.code === 'unchanged' ? unchanged : failures).push(outcome);
  }
  // Where others have it now, one that says the same already is as it should be.
  const wrong = failures[0] ?? (done.length === 0 ? unchanged[0] : undefined);
  const told = [...failures, ...unchanged].map((outcome) => outcome.err).join('');
  const code = wrong?.code ?? ExitCode.Ok;
  if (session.json) return { code, out: done.length === 0 ? '' : formatJson(done, false), err: told };
  return { code, out: viewApplied(done), err: `${warned(done)}${told}` };
}

/** In front of what is refused, where several are asked about. */
const aboutOf = (places: readonly PolicyPlace[], { domain, direction }: PolicyPlace): string =>
  places.length > 1 ? `${direction} policy of ${domain}` : '';

/** What holds now of each domain; both directions of one are two versions. */
function viewApplied(applied: readonly PolicyApplied[]): string {
  const domains = [...new Set(applied.map(({ domain }) => domain))];
  return domains
    .map((domain) => {
      const [first, ...others] = applied.filter((one) => one.domain === domain);
      const inForce = (others.at(-1) ?? first)?.inForce;
      const to = others.length > 0 ? ` --to ${first?.versions[1]?.version}` : '';
      return `version ${inForce} of the policies for ${domain} holds; nvactl policy rollback --domain ${domain}${to} takes it back\n`;
    })
    .join('');
}

export async function rollBackPolicies(
  session: Session,
  given: string | undefined,
  version: number | undefined,
): Promise<Outcome> {
  const found = await domainOf(session, given, `rollback${version === undefined ? '' : ` --to ${version}`}`);
  if (!found.ok) return found.refused;
  const { domain } = found;
  const body = version === undefined ? {} : { version };
  const result = await session.client.call('rollBackPolicies', { params: { domain }, body });
  if (!result.ok) return explainFailure(result, session.api);
  if (session.json) return said(formatJson(result.body, false));
  const { inForce, versions, warnings } = result.body;
  const out = `version ${inForce} of the policies for ${domain} holds, which says what version ${versions[0]?.rollbackTo} did\n`;
  return { code: ExitCode.Ok, out, err: warned([{ warnings }]) };
}

export async function showPolicies(session: Session, given: string | undefined): Promise<Outcome> {
  const found = await domainOf(session, given, 'show');
  if (!found.ok) return found.refused;
  const { client, api, json, paint, now } = session;
  const result = await client.call('listPolicyVersions', { params: { domain: found.domain } });
  if (!result.ok) return explainFailure(result, api);
  return said(json ? formatJson(result.body, false) : viewPolicies(result.body, now(), paint));
}

/** Each once. */
const warned = (of: readonly { readonly warnings: readonly string[] }[]): string =>
  [...new Set(of.flatMap(({ warnings }) => warnings))].map((warning) => `nvactl: warning: ${warning}\n`).join('');
