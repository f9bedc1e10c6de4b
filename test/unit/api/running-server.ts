import { Registry } from '@prometheus-io/client';
import type { AccessList } from '../../../src/api/access/access-list.ts';
import type { DoorModules } from '../../../src/api/access/door.ts';
import { createGate } from '../../../src/api/access/gate.ts';
import type { AuditEntry } from '../../../src/api/audit.ts';
import type { ApiLimits } from '../../../src/api/limits.ts';
import { defaultLimits } from '../../../src/api/limits.ts';
import type { ListenAddress } from '../../../src/api/listen-address.ts';
import { registerFederationMetrics, registerSourceMetrics } from '../../../src/api/metrics.ts';
import { type ApiServerModules, type ApiTls, createApiServer } from '../../../src/api/server.ts';
import { createMemoryFederation, type MemoryFederation } from './memory-federation.ts';
import { createMemoryNva, type MemoryNva } from './memory-nva.ts';
import { createMemorySource, type MemorySource } from './memory-source.ts';

export interface RunningServer {
  readonly source: MemorySource;
  readonly nva: MemoryNva;
  readonly federation: MemoryFederation;
  readonly url: string;
  readonly port: number;
  readonly logged: { readonly fields: object; readonly message: string }[];
  /** What was written into the audit log that is no event. */
  readonly audited: AuditEntry[];
  readonly close: () => Promise<void>;
}

export interface ServerSetting {
  readonly limits?: Partial<ApiLimits>;
  readonly nva?: MemoryNva;
  readonly policies?: ApiServerModules['policies'];
  /** As the file of tokens is now. */
  readonly list?: () => AccessList | undefined;
  readonly tls?: ApiTls;
  readonly address?: ListenAddress;
  readonly peerUser?: DoorModules['peerUser'];
}

/** Where there are no neighbour domains. */
const noPolicies: ApiServerModules['policies'] = {
  list: () => [],
  test: async () => ({ refused: 'no-such-domain' }),
  apply: () => ({ refused: 'no-such-domain' }),
  rollBack: () => ({ refused: 'no-such-domain' }),
  versions: () => ({ refused: 'no-such-domain' }),
};

const nothingToExplain: ApiServerModules['explain'] = {
  explain: async () => 'no-such-network',
  across: async () => 'no-such-domain',
};

/** All that a server is made of, over `source`, with everybody let in. */
export function modulesFor(source: MemorySource, registry = new Registry()): ApiServerModules {
  return {
    source,
    nva: createMemoryNva(),
    federation: createMemoryFederation(),
    policies: noPolicies,
    explain: nothingToExplain,
    gate: createGate({ clientCertificates: false, uid: 4711 }, { list: () => undefined }),
    peerUser: () => undefined,
    now: () => performance.now(),
    registry,
    readEventLoopDelay: () => ({ meanMs: 0.1, p99Ms: 1.5, maxMs: 2 }),
    log: { info: () => undefined, debug: () => undefined, error: () => undefined },
  };
}

/** The real server on a free port of loopback, over a {@link MemorySource} and a {@link MemoryNva}. */
export async function startServer(
  limits: Partial<ApiLimits> = {},
  setting: ServerSetting = {},
): Promise<RunningServer> {
  const source = createMemorySource();
  const registry = new Registry();
  const logged: { fields: object; message: string }[] = [];
  const audited: AuditEntry[] = [];
  const { nva = createMemoryNva(), list = () => undefined, tls, peerUser = () => undefined } = setting;
  const federation = createMemoryFederation();
  registerSourceMetrics(registry, source);
  registerFederationMetrics(registry, federation);
  const server = createApiServer(
    {
      ...modulesFor(source, registry),
      nva,
      federation,
      ...(setting.policies && { policies: setting.policies }),
      gate: createGate({ clientCertificates: tls?.clientCa !== undefined, uid: 4711 }, { list }),
      peerUser,
      audit: (entry) => audited.push(entry),
      log: {
        info: () => undefined,
        debug: () => undefined,
        error: (fields, message) => logged.push({ fields, message }),
      },
    },
    { ...defaultLimits, ...limits, ...setting.limits },
    tls,
  );
  const outcome = await server.listen(setting.address ?? { kind: 'tcp', host: '127.0.0.1', port: 0 });
  if (!outcome.ok) throw new Error(`the test server does not listen: ${outcome.reason}`);
  const port = outcome.address.kind === 'tcp' ? outcome.address.port : 0;
  const scheme = tls === undefined ? 'http' : 'https';
  return {
    source,
    nva,
    federation,
    url: `${scheme}://127.0.0.1:${port}`,
    port,
    logged,
    audited,
    close: () => server.close(),
  };
}
