/** Changes among our own NVEs while a neighbour domain behaves badly, against the same without it. */
import { type Behaviour, HostileNeighbour, hostileVni } from '../../../test/system/support/hostile-neighbour.ts';
import { asn, clusterId, routerId } from '../../model/addresses.ts';
import { everywhere } from '../../model/population.ts';
import { vniOf } from '../../model/routes.ts';
import { prepare } from '../../model/scenario.ts';
import { Daemon } from '../../nva/daemon.ts';
import type { Reflector } from '../../reflector/reflector.ts';
import { latencyAt, stepOf } from '../../report/summary.ts';
import { measure } from '../../run/measure.ts';

const NEIGHBOUR = '10.9.64.1';
const NEIGHBOUR_ASN = 65_001;
const NETWORKS = 10;

export interface HostileRun {
  /** Seconds from a change to its last reader that 99 of 100 do not exceed, and half of them. */
  readonly p99: number;
  readonly median: number;
  /** Octets that nvad had at most. */
  readonly peak: number;
}

export interface HostileOptions {
  readonly clients: number;
  readonly macs: number;
  /** Changes a second. */
  readonly rate: number;
  readonly changes: number;
}

const config = (router: string) => `
domain: bench
asn: ${asn}
routerId: ${routerId}
clusterId: ${clusterId}
listen: ["${router}:179"]
nves:
  - { prefix: 10.9.0.0/18, passive: true }
virtualNetworks:
  - { name: web, vni: ${hostileVni}, service: l2 }
${Array.from({ length: NETWORKS }, (_, i) => `  - { name: vn${i}, vni: ${vniOf(i)} }`).join('\n')}
federation:
  - domain: far
    address: ${NEIGHBOUR}
    asn: ${NEIGHBOUR_ASN}
    passive: true
    keepStale: 1
    virtualNetworks: all
api: { listen: "127.0.0.1:8080" }
`;

/** One run, in fresh namespaces; rejects when a session of ours was lost, or somebody holds what he should not. */
export async function churnBeside(
  behaviour: Behaviour | undefined,
  { clients, macs, rate, changes }: HostileOptions,
  signal: AbortSignal,
): Promise<HostileRun> {
  const population = {
    ...everywhere({ clients, networks: NETWORKS, macs }),
    interest: () => [...Array(NETWORKS).keys()],
  };
  const scenario = prepare({
    name: 'churn',
    title: 'churn',
    population,
    steps: [{ kind: 'announce' }, { kind: 'churn', rate, changes }],
    shown: ['churn'],
  });
  const run = await measure(scenario, nvadBeside(behaviour), {
    bound: 60,
    signal,
    progress: () => {},
  });
  const churn = stepOf(run, 'churn');
  const latency = churn?.latency ?? [];
  return { p99: latencyAt(latency, 0.99), median: latencyAt(latency, 0.5), peak: churn?.peak ?? 0 };
}

/** nvad with a neighbour domain, whose routes the clients hear and do not count. */
const nvadBeside = (behaviour: Behaviour | undefined): Reflector => ({
  name: 'nvad',
  title: behaviour === undefined ? 'nvad' : `nvad beside one that ${behaviour}`,
  missing: undefined,
  leniency: { echoes: false, sendsEverything: true, addsMed: false },
  rtConstrain: false,
  derivesInterest: false,
  settles: 0.5,
  start: async ({ reflector, generator, underlay }, folder, stack) => {
    const daemon = new Daemon(reflector, folder, config(underlay.reflector));
    stack.defer(() => daemon.stop());
    daemon.start();
    await daemon.ready();
    if (behaviour !== undefined) {
      const address = { host: underlay.reflector, localAddress: NEIGHBOUR, asn: NEIGHBOUR_ASN };
      const neighbour = HostileNeighbour.in(generator, { ...address, behaviour });
      stack.defer(() => neighbour.kill());
      await neighbour.reported(({ routes, cases }) => routes > 0 || cases > 0);
    }
    return { pid: daemon.pid, log: () => daemon.log() };
  },
});
