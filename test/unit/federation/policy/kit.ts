/** Routes and policies for the tests of policies. */

import { formatConfigError } from '../../../../src/config/error.ts';
import { readPolicy } from '../../../../src/config/policy-file.ts';
import { type CompiledPolicy, compilePolicy } from '../../../../src/federation/policy/compile.ts';
import type { Policy } from '../../../../src/federation/policy/policy.ts';
import type { CrossingRoute } from '../../../../src/federation/policy/route.ts';

const plain: CrossingRoute = {
  network: 'web',
  type: 2,
  communities: [],
  routeTargets: ['65000:1217'],
  encapsulations: ['vxlan'],
  sequence: 0,
  sticky: false,
  dPath: [],
  mac: undefined,
  ip: undefined,
  prefix: undefined,
  since: 1000,
};

/** A type-2 route unless it says otherwise. */
export function route(fields: Partial<CrossingRoute> = {}): CrossingRoute {
  const mac = (fields.type ?? 2) === 2 ? '02:00:00:00:00:01' : undefined;
  return { ...plain, mac, ...fields };
}

function policyOf(text: string): Policy {
  const read = readPolicy('P', text);
  if (!read.ok) throw new Error(read.errors.map(formatConfigError).join('\n'));
  return read.policy;
}

export function compiled(text: string): CompiledPolicy {
  return compilePolicy(policyOf(text));
}
