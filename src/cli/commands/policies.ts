/** Commands about policies of neighbour domains. */
import type { Direction, PolicyFile } from '../../api/policy-source.ts';
import { ExitCode } from '../exit-codes.ts';
import { explainFailure } from '../failures.ts';
import { formatJson } from '../format/json.ts';
import { type Outcome, said } from '../outcome.ts';
import type { Session } from '../session.ts';
import { viewPolicies, viewPolicyTest } from '../views/policies.ts';

/** Whose policy it is to be. */
export interface PolicyPlace {
  readonly domain: string;
  readonly direction: Direction;
}

export async function testPolicy(
  session: Session,
  { domain, direction }: PolicyPlace,
  body: PolicyFile,
): Promise<Outcome> {
  const { client, api, json, paint } = session;
  const result = await client.call('testPolicy', { params: { domain, direction }, body });
  if (!result.ok) return explainFailure(result, api);
  if (json) return said(formatJson(result.body, false));
  return { code: ExitCode.Ok, out: viewPolicyTest(result.body, paint), err: warned(result.body.warnings) };
}

export async function applyPolicy(
  session: Session,
  { domain, direction }: PolicyPlace,
  body: PolicyFile,
): Promise<Outcome> {
  const result = await session.client.call('applyPolicy', { params: { domain, direction }, body });
  if (!result.ok) return explainFailure(result, session.api);
  const { inForce, warnings } = result.body;
  if (session.json) return said(formatJson(result.body, false));
  const out = `version ${inForce} of the policies for ${domain} holds; nvactl policy rollback --domain ${domain} takes it back\n`;
  return { code: ExitCode.Ok, out, err: warned(warnings) };
}

export async function rollBackPolicies(
  session: Session,
  domain: string,
  version: number | undefined,
): Promise<Outcome> {
  const body = version === undefined ? {} : { version };
  const result = await session.client.call('rollBackPolicies', { params: { domain }, body });
  if (!result.ok) return explainFailure(result, session.api);
  if (session.json) return said(formatJson(result.body, false));
  const { inForce, versions, warnings } = result.body;
  const out = `version ${inForce} of the policies for ${domain} holds, which says what version ${versions[0]?.rollbackTo} did\n`;
  return { code: ExitCode.Ok, out, err: warned(warnings) };
}

export async function showPolicies({ client, api, json, paint, now }: Session, domain: string): Promise<Outcome> {
  const result = await client.call('listPolicyVersions', { params: { domain } });
  if (!result.ok) return explainFailure(result, api);
  return said(json ? formatJson(result.body, false) : viewPolicies(result.body, now(), paint));
}

const warned = (warnings: readonly string[]) => warnings.map((warning) => `nvactl: warning: ${warning}\n`).join('');
