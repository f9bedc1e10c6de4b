/** nvad of this checkout, with nothing configured but who may connect. */
import { readFileSync } from 'node:fs';
import { Nvad } from '../../test/system/support/nvad.ts';
import { asn, clusterId, routerId } from '../model/addresses.ts';
import { ApiClient } from './api-client.ts';
import type { LoopDelay, Reflector } from './reflector.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** Takes next to nothing to answer, and does not read the event loop's delay, which begins anew with each reading. */
const QUESTION = '/v1/log-levels';
const API = { host: '127.0.0.1', port: 8080 } as const;

const configFor = (clients: string, derives: boolean) => `
domain: bench
asn: ${asn}
routerId: ${routerId}
clusterId: ${clusterId}
nves:
  - { prefix: "${clients}", interest: ${derives ? 'derived' : 'all'} }
api: { listen: "${API.host}:${API.port}" }
`;

export const nvad: Reflector = {
  name: 'nvad',
  title: `nvad ${version}`,
  missing: undefined,
  leniency: { echoes: false, sendsEverything: false, addsMed: false },
  rtConstrain: true,
  derivesInterest: true,
  settles: 0.5,
  start: async ({ reflector, underlay }, folder, stack, derives) => {
    const process = new Nvad({ folder, config: configFor(underlay.clients, derives) }, reflector);
    stack.defer(() => process.kill());
    await process.up();
    const client = new ApiClient(reflector, API, QUESTION);
    stack.defer(() => client.close());
    return {
      pid: process.pid,
      ask: () => client.ask(),
      loopDelay: async () => (await process.get<{ eventLoopDelay: LoopDelay }>('/v1/health')).eventLoopDelay,
      log: () => `${process.messages().slice(-20).join('\n')}\n${process.stderr}`,
    };
  },
};
