/** The plain data of a file of whatever form, for what looks at it before it is known to be valid. */
import type { ConfigPath, Finding } from './error.ts';

/** The keys that contradictions are about, at whatever level, with nothing known about their values. */
export type Raw = Readonly<
  Partial<
    Record<
      | 'asn'
      | 'routerId'
      | 'listen'
      | 'nves'
      | 'nvas'
      | 'api'
      | 'user'
      | 'group'
      | 'prefix'
      | 'address'
      | 'port'
      | 'passive'
      | 'role'
      | 'strictRole'
      | 'interest'
      | 'interestLost'
      | 'holdTime'
      | 'sendHoldTime'
      | 'description'
      | 'maxRoutes'
      | 'gracefulRestart'
      | 'password'
      | 'ttlSecurity'
      | 'addPath'
      | 'virtualNetworks'
      | 'admission'
      | 'macMobility'
      | 'nveProtocol'
      | 'tls'
      | 'clientCa'
      | 'tokens'
      | 'kind'
      | 'name'
      | 'tunnelAddress'
      | 'encapsulations'
      | 'routerMac'
      | 'vni'
      | 'service'
      | 'routeTargets'
      | 'l3'
      | 'flooding'
      | 'unknownUnicast'
      | 'acl'
      | 'protocol'
      | 'source'
      | 'destination'
      | 'destinationPorts'
      | 'gatewayRoles'
      | 'joins'
      | 'network'
      | 'networks'
      | 'outside'
      | 'ports'
      | 'from'
      | 'to'
      | 'federation'
      | 'domain'
      | 'domainId'
      | 'remote'
      | 'routeTarget'
      | 'gateways'
      | 'import'
      | 'export'
      | 'anycast'
      | 'members'
      | 'interconnectSegment',
      unknown
    >
  >
>;

export function contradiction(path: ConfigPath, reason: string, suggestion: string): Finding {
  return { code: 'contradiction', path, reason, suggestion };
}

export function asMap(value: unknown): Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}

export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Whether an entry of `nves` is of an NVE that does not speak BGP. */
export function isSessionless({ kind }: Raw): boolean {
  return kind === 'agent' || kind === 'static';
}

/** Something that only one may have, and where it is said. */
export interface Claim {
  readonly key: string;
  readonly path: ConfigPath;
}

/** A claim for each entry that has a key of its own. */
export function claims(
  entries: unknown,
  at: ConfigPath,
  field: keyof Raw,
  keyOf: (written: string) => string | undefined,
): Claim[] {
  return asList(entries).flatMap((entry, i) => {
    const written = asMap(entry)[field];
    const key = typeof written === 'string' ? keyOf(written) : undefined;
    return key === undefined ? [] : [{ key, path: [...at, i, field] }];
  });
}

/** Each claim to what was claimed before. `says` tells what is wrong of the two; nothing where it is not. */
export function takenTwice<T extends Claim>(
  all: readonly T[],
  says: (key: string, before: T, one: T) => string | undefined,
  suggestion: string,
): Finding[] {
  const first = new Map<string, T>();
  return all.flatMap((one) => {
    const before = first.get(one.key);
    if (before === undefined) first.set(one.key, one);
    const reason = before === undefined ? undefined : says(one.key, before, one);
    return reason === undefined ? [] : [contradiction(one.path, reason, suggestion)];
  });
}
