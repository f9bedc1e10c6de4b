/** Routes of a neighbour domain announced anew to our NVEs, against the same routes from an NVE, which are reflected. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeOpen, Family } from 'bgp-ts';
import { buildGenerator } from '../../load/build.ts';
import { Generator } from '../../load/generator.ts';
import { HOLD_TIME } from '../../load/plan.ts';
import { addressText, identifier, underlayOf } from '../../model/addresses.ts';
import { Daemon } from '../../nva/daemon.ts';
import { cpuSecondsOf, memoryOf } from '../../run/process-figures.ts';
import { buildSite } from '../../run/site.ts';
import { announceAll, type FarDomain, neighbourAsn, vniOf, withdrawAll } from '../neighbour.ts';

const asn = 65_000;
const NEIGHBOUR = '10.9.64.1';

/** How the routes come: from a neighbour domain, or from an NVE of ours. */
export type Way = 'translated' | 'reflected';

export interface ImportRun {
  /** Seconds from the first octet of the neighbour's to the last UPDATE at an NVE; and of CPU that nvad took. */
  readonly announced: Cost;
  readonly withdrawn: Cost;
  /** Octets that nvad has for it. */
  readonly resident: number;
  /** Things that were not told as often as they have to be. */
  readonly wrong: number;
}

export interface Cost {
  readonly seconds: number;
  readonly cpu: number;
}

export interface ImportOptions {
  readonly domain: FarDomain;
  readonly nves: number;
}

const configOf = ({ networks }: FarDomain, way: Way, router: string) => `
domain: bench
asn: ${asn}
routerId: 10.9.255.1
listen: ["${router}:179"]
nves:
  - { prefix: 10.9.0.0/18, passive: true }
virtualNetworks:
${Array.from({ length: networks }, (_, i) => `  - { name: vn${i}, vni: ${vniOf(i)}, service: l2 }`).join('\n')}
${
  way === 'reflected'
    ? ''
    : `federation:
  - { domain: far, address: ${NEIGHBOUR}, asn: ${neighbourAsn}, passive: true, virtualNetworks: all }
`
}
api: { listen: "127.0.0.1:8080" }
`;

/** Seconds without an UPDATE after which everybody has been told everything. */
const QUIET = 1.5;
const BOUND = 120;
/** Of a route, as an NVE is told it: memory that is touched for the first time while routes come in costs the generator time. */
const POOL_OCTETS = 40;

/** One run, in fresh namespaces. */
export async function importOnce(way: Way, { domain, nves }: ImportOptions): Promise<ImportRun> {
  await using stack = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'nvad-bench-'));
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  const ip = 4;
  const site = buildSite({ ip, clients: nves + 1, type: 2, groups: [] }, stack);
  const router = underlayOf({ ip }).reflector;
  const daemon = new Daemon(site.reflector, folder, configOf(domain, way, router));
  stack.defer(() => daemon.stop());
  daemon.start();
  await daemon.ready();

  const isTranslated = way === 'translated';
  // What a neighbour calls the networks when nothing else is agreed is by our own AS number.
  const teller = { asn: isTranslated ? neighbourAsn : 0, targetAsn: asn };
  const [announcements, withdrawals] = [announceAll(domain, teller), withdrawAll(domain)];
  const files = { streams: join(folder, 'streams'), plan: join(folder, 'plan') };
  writeFileSync(files.streams, Buffer.concat([announcements, withdrawals]));
  const own = isTranslated ? neighbourAsn : asn;
  const clients = [
    clientLine(isTranslated ? NEIGHBOUR : addressText(nves, ip), isTranslated ? NEIGHBOUR : idOf(nves), own),
    ...Array.from({ length: nves }, (_, i) => clientLine(addressText(i, ip), idOf(i), asn)),
  ];
  const plan = [
    `target ${router} 179`,
    `pool ${2 * POOL_OCTETS * domain.routes * nves}`,
    `streams ${files.streams}`,
    `hold ${HOLD_TIME}`,
  ];
  writeFileSync(files.plan, `${[...plan, ...clients].join('\n')}\n`);
  const generator = new Generator(buildGenerator(), files.plan, site.generator.prefix);
  stack.defer(() => generator.kill());

  const nothing = Array(nves + 1).fill({ reach: 0, unreach: 0 });
  const options = [`timeout ${BOUND}`, `quiet ${QUIET}`];
  await generator.step({ options: ['cold', 'connect 64', ...options], spans: [], expected: nothing });
  const before = memoryOf(daemon.pid).resident;
  const step = async (offset: number, length: number) => {
    const cpu = cpuSecondsOf(daemon.pid);
    const result = await generator.step({ options, spans: [{ offset, length }], expected: nothing });
    return { result, cost: { seconds: result.last, cpu: cpuSecondsOf(daemon.pid) - cpu } };
  };
  const all = domain.routes * nves;
  const announced = await step(0, announcements.length);
  const { resident } = memoryOf(daemon.pid);
  const withdrawn = await step(announcements.length, withdrawals.length);
  return {
    announced: announced.cost,
    withdrawn: withdrawn.cost,
    resident: resident - before,
    wrong: Math.abs(announced.result.announced - all) + Math.abs(withdrawn.result.withdrawn - all),
  };
}

const idOf = (client: number): string => identifier(client).join('.');

function clientLine(address: string, id: string, own: number): string {
  const open = encodeOpen({
    myAs: own,
    holdTime: HOLD_TIME,
    bgpId: id,
    capabilities: [
      { kind: 'multiprotocol', value: Family.Evpn },
      { kind: 'routeRefresh', value: true },
      { kind: 'fourOctetAs', value: own },
    ],
  });
  return `client ${address} ${id} 0 ${Buffer.from(open).toString('hex')}`;
}
