import { Registry } from '@prometheus-io/client';
import type { ApiLimits } from '../../../src/api/limits.ts';
import { defaultLimits } from '../../../src/api/limits.ts';
import { registerSourceMetrics } from '../../../src/api/metrics.ts';
import { createApiServer } from '../../../src/api/server.ts';
import { createMemorySource, type MemorySource } from './memory-source.ts';

export interface RunningServer {
  readonly source: MemorySource;
  readonly url: string;
  readonly port: number;
  readonly logged: { readonly fields: object; readonly message: string }[];
  readonly close: () => Promise<void>;
}

/** The real server on a free port of loopback, over a {@link MemorySource}. */
export async function startServer(limits: Partial<ApiLimits> = {}): Promise<RunningServer> {
  const source = createMemorySource();
  const registry = new Registry();
  const logged: { fields: object; message: string }[] = [];
  registerSourceMetrics(registry, source);
  const server = createApiServer(
    {
      source,
      registry,
      readEventLoopDelay: () => ({ meanMs: 0.1, p99Ms: 1.5, maxMs: 2 }),
      log: { debug: () => undefined, error: (fields, message) => logged.push({ fields, message }) },
    },
    { ...defaultLimits, ...limits },
  );
  const outcome = await server.listen({ kind: 'tcp', host: '127.0.0.1', port: 0 });
  if (!outcome.ok || outcome.address.kind !== 'tcp') throw new Error('the test server does not listen');
  const { port } = outcome.address;
  return { source, url: `http://127.0.0.1:${port}`, port, logged, close: () => server.close() };
}
