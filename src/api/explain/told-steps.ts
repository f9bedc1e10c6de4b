/** Which NVEs are told where an address is, or where flooded frames go, and why the others are not. */
import type { Mapping } from '../../nva/mapping.ts';
import type { Nve } from '../../nva/model.ts';
import type { Nva } from '../../nva/nva.ts';
import type { Peer } from '../contract/peers.ts';
import type { RouteDetail } from '../contract/routes.ts';
import { untold } from '../speaker/route-view.ts';
import { type Step, step } from './step.ts';

/** Why an NVE has it, or has it not, where no rule of BGP says so. */
export const nveReasons = {
  told: 'it is told by the NVE protocol',
  own: 'it is behind this NVE itself',
  'own-end': 'it is an end of this NVE itself',
  static: 'it is static: nvad tells it nothing, and whoever has set it up sees to that',
  'not-connected': 'it has no connection by the NVE protocol',
  'not-joined': 'it has not joined the network',
  'no-encapsulation': 'the two NVEs have no encapsulation in common that the network allows',
  'is-gateway': 'it is a gateway to that domain, and has it as an address of the far side',
  'no-mapping': 'nobody who is believed says to have it',
  'no-neighbour': 'it is no BGP neighbour, and nobody in a prefix of the configuration has come from its address',
  'session-down': 'it has no BGP session',
  'no-route': 'there is no route that it could be told',
} as const;

export interface ToldModules {
  readonly agents: Pick<Nva, 'isConnected' | 'isSubscribed' | 'mappings' | 'crossings'>;
  readonly peer: (address: string) => Peer | undefined;
}

/** Why an NVE is not told although nothing is amiss. */
const onPurpose: ReadonlySet<string> = new Set<keyof typeof nveReasons>(['static', 'is-gateway']);

/** How many NVEs have all of it, of those that are to be told. `it` is what they have. */
export function toldCount(steps: readonly Step[], it: string): string {
  const nves = [...Map.groupBy(steps, ({ about }) => about).values()];
  const lacks = ({ outcome, code }: Step) => outcome !== 'yes' && !onPurpose.has(code);
  const lacking = nves.filter((own) => own.some(lacks)).length;
  const having = nves.filter((own) => own.every(({ outcome }) => outcome === 'yes')).length;
  const apart = nves.length - lacking - having;
  if (apart === 0) return `${having} of ${nves.length} NVEs have ${it}`;
  if (lacking + having === 0) return 'no NVE is told: all are static, or gateways to that domain';
  return `${having} of ${lacking + having} NVEs that are told have ${it}; ${apart} ${apart === 1 ? 'is' : 'are'} not told`;
}

/** What NVEs are told of. */
export interface Told {
  readonly mapping: Mapping | undefined;
  /** The routes that say so. */
  readonly details: readonly RouteDetail[];
}

/** Ends that a sentence names; the others are counted. */
const MOST_ENDS = 3;

/** Of several each NVE has a step for each reason, which names the ends that it is about. */
export function toldSteps(
  nves: Iterable<Nve>,
  network: string,
  all: readonly Told[],
  modules: ToldModules,
): readonly Step[] {
  const indexed = all.map(({ mapping, details }) => ({ mapping, advertised: byPeer(details) }));
  return [...nves].flatMap((nve) => {
    const steps = indexed.map((told) => ({ end: told.mapping, step: toldStep(nve, network, told, modules) }));
    if (all.every(({ mapping }) => mapping?.kind !== 'flood')) return steps.map((one) => one.step);
    const groups = Map.groupBy(steps, ({ step: { outcome, reason } }) => `${outcome} ${reason}`);
    return [...groups.values()].map(([first, ...others]) => {
      const { step: one, end } = first as (typeof steps)[number];
      const ends = [end, ...others.map((other) => other.end)].map((mapping) => mapping?.nve ?? '');
      return { ...one, reason: `to ${listed(ends)}: ${one.reason}` };
    });
  });
}

function listed(ends: readonly string[]): string {
  const more = ends.length - MOST_ENDS;
  return more > 0 ? `${ends.slice(0, MOST_ENDS).join(', ')} and ${more} more` : ends.join(', ');
}

type Advertised = RouteDetail['advertised']['peers'][number];

interface IndexedTold {
  readonly mapping: Mapping | undefined;
  readonly advertised: ReadonlyMap<string, readonly Advertised[]>;
}

const byPeer = (details: readonly RouteDetail[]): IndexedTold['advertised'] =>
  Map.groupBy(
    details.flatMap(({ advertised }) => advertised.peers),
    ({ address }) => address,
  );

function toldStep(nve: Nve, network: string, told: IndexedTold, modules: ToldModules): Step {
  const { mapping } = told;
  if (mapping !== undefined && mapping.nve === nve.tunnelAddress) {
    return say(nve, 'yes', mapping.kind === 'flood' ? 'own-end' : 'own');
  }
  if (nve.kind === 'static') return say(nve, 'no', 'static');
  return nve.kind === 'agent' ? agentStep(nve, network, mapping, modules) : bgpStep(nve, told, modules);
}

const say = ({ name }: Nve, outcome: Step['outcome'], code: keyof typeof nveReasons): Step =>
  step('told', outcome, code, name, nveReasons[code]);

function agentStep(nve: Nve, network: string, mapping: Mapping | undefined, { agents }: ToldModules): Step {
  if (!agents.isConnected(nve.name)) return say(nve, 'no', 'not-connected');
  if (mapping === undefined) return say(nve, 'no', 'no-mapping');
  const crossings = agents.crossings(nve.name).filter((crossing) => crossing.network === network);
  if (crossings.some(({ domain }) => domain === mapping.domain)) return say(nve, 'no', 'is-gateway');
  if (crossings.length === 0 && !agents.isSubscribed(nve.name, network)) return say(nve, 'no', 'not-joined');
  const table = agents.mappings(nve.name, network);
  const seen = mapping.kind === 'flood' ? table?.floodTo(mapping.nve) : table?.find(addressOf(mapping));
  return seen === undefined ? say(nve, 'no', 'no-encapsulation') : say(nve, 'yes', 'told');
}

/** By which a table finds it. */
function addressOf(mapping: Exclude<Mapping, { readonly kind: 'flood' }>): string {
  if (mapping.kind === 'prefix') return mapping.prefix.split('/')[0] ?? '';
  return mapping.mac ?? mapping.ip ?? '';
}

function bgpStep(nve: Nve, { advertised }: IndexedTold, { peer }: ToldModules): Step {
  const address = nve.session ?? nve.tunnelAddress;
  const neighbour = peer(address);
  if (neighbour === undefined) return say(nve, 'no', 'no-neighbour');
  if (neighbour.state !== 'Established') return say(nve, 'no', 'session-down');
  const all = advertised.get(address) ?? [];
  const [first] = all;
  if (first === undefined) return say(nve, 'no', 'no-route');
  const told = all.find((one) => one.advertised);
  const isGateway = all.some(({ reason }) => reason === untold['is-gateway']);
  if (told === undefined && isGateway) return step('told', 'no', 'is-gateway', nve.name, untold['is-gateway']);
  return step('told', told === undefined ? 'no' : 'yes', told ? 'bgp' : 'bgp-rule', nve.name, (told ?? first).reason);
}
