/**
 * The way of an address or of flooding, from whoever announces it to whoever is told: what was decided at each step, by which
 * rule. Nothing is kept for it: each step asks the part that decides what it would say now.
 */
import { hostPrefix } from '../../evpn/ip-prefix.ts';
import type { Border } from '../../federation/border.ts';
import type { CrossingPart } from '../../federation/crossing.ts';
import type { Direction } from '../../federation/model.ts';
import type { SharedNetwork } from '../../federation/shares.ts';
import type { VirtualNetwork } from '../../nva/model.ts';
import type { Nva } from '../../nva/nva.ts';
import type { AcrossExplanation, Explanation } from '../contract/explain.ts';
import type { PathSummary, RouteDetail } from '../contract/routes.ts';
import type { Address, ExplainQuestion, ExplainSource } from '../explain-source.ts';
import type { ExplainedMapping, NvaSource } from '../nva-source.ts';
import type { ApiSource } from '../source.ts';
import { crossingStates, crossingSteps } from './crossing-steps.ts';
import {
  type FindModules,
  type FoundRoute,
  filtersOf,
  findRoutes,
  isOfNetwork,
  isOfShare,
  moreSteps,
  subjectOf,
} from './find-routes.ts';
import { findMerged, type MergedRoute } from './merged-route.ts';
import { routeSteps } from './route-steps.ts';
import { type Step, step } from './step.ts';
import { type Told, toldCount, toldSteps } from './told-steps.ts';

/** What a neighbour's nvad has answered, or why it has not. */
export type Asked =
  | { readonly ok: true; readonly steps: AcrossExplanation['steps'] }
  | { readonly ok: false; readonly code: string; readonly reason: string };

export interface ExplainModules extends FindModules {
  /** Ours, by name. */
  readonly domain: string;
  readonly source: Pick<ApiSource, 'routes' | 'route' | 'peer'>;
  readonly nvaSource: NvaSource;
  readonly nva: Nva;
  /** Asks the nvad of a neighbour domain. */
  readonly ask: (border: Border, wireVni: number, address: Address) => Promise<Asked>;
}

export function explainSource(modules: ExplainModules): ExplainSource {
  return {
    explain: async (question) => {
      const { nvaSource, federation } = modules;
      const network = nvaSource.network(question.vn);
      if (network === undefined) return 'no-such-network';
      if (question.nve !== undefined && nvaSource.nve(question.nve) === undefined) return 'no-such-nve';
      const border = question.at === undefined ? undefined : federation.border(question.at);
      if (question.at !== undefined && border === undefined) return 'no-such-domain';
      return explain(question, network, border, modules);
    },
    across: async (domain, wireVni, address) => {
      const border = modules.federation.border(domain);
      if (border === undefined) return 'no-such-domain';
      const share = border.shares.find(({ wire }) => wire.vni === wireVni);
      return share === undefined ? 'not-shared' : across(border, share, address, modules);
    },
  };
}

async function explain(
  question: ExplainQuestion,
  network: VirtualNetwork,
  at: Border | undefined,
  modules: ExplainModules,
): Promise<Explanation> {
  const { nvaSource, nva, federation, source } = modules;
  const subject = subjectOf(question);
  const address = addressOf(question, network, nvaSource);
  const is = (path: PathSummary) => isOfNetwork(path, network, nvaSource);
  const { found } = await findRoutes(filtersOf(address, network), undefined, { found: { is } }, modules);
  const inside = found.routes;
  const mappings = knownOf(question, network.name, inside, nvaSource);
  const nameOf = (peer: string) => (modules.speaker.neighbour(peer) === undefined ? 'nvad itself' : peer);
  const insideSteps = ({ detail, destination }: FoundRoute) =>
    routeSteps(detail, { whoOf: whoInside(destination, modules), nameOf });
  const own = inside.flatMap((route) => [
    ...insideSteps(route),
    ...(question.flooding === true ? endSteps(route, mappings, network, modules) : []),
  ]);
  own.push(...moreSteps(found, address));
  if (question.flooding !== true) own.push(...mappings.flatMap(mappingSteps));
  if (inside.length === 0) own.push(nobody(question, network));
  for (const { by, nve, reason, remedy } of nvaSource.unheeded(network.name, subject)) {
    own.push(step('announced', 'no', 'not-heeded', `${by} at ${nve}`, `${reason}; ${remedy}`));
  }
  const beyond: Step[] = [];
  const standIns: MergedRoute[] = [];
  let questions: readonly Question[] = [];
  let more = found.more;
  for (const border of federation.borders) {
    const crossing = await borderSteps(border, network, address, inside, modules);
    beyond.push(...crossing.steps);
    standIns.push(...crossing.standIns);
    more += crossing.more;
    if (border === at) questions = crossing.questions;
  }
  const [standIn] = standIns;
  const mappingsOf = (one: MergedRoute) =>
    knownOf(one.address, one.share.network.name, one.detail === undefined ? [] : [foundOf(one)], nvaSource);
  for (const one of standIns) {
    const { text, destination, detail } = one;
    beyond.push(...(detail === undefined ? [notYet(text)] : insideSteps({ detail, destination })));
    beyond.push(...mappingsOf(one).flatMap(mappingSteps));
  }
  // Where it is not known by itself, it is where the route leads that stands for it.
  const isAlone = inside.length > 0 || mappings.length > 0 || standIn === undefined;
  const known = isAlone ? mappings : mappingsOf(standIn);
  const where = isAlone ? network.name : standIn.share.network.name;
  const nves = question.nve === undefined ? nva.nves() : [...nva.nves()].filter(({ name }) => name === question.nve);
  const routes = isAlone ? inside : standIns.filter(({ detail }) => detail !== undefined).map(foundOf);
  const told = toldSteps(nves, where, toldOf(question, known, routes), {
    agents: nva,
    peer: source.peer,
  });
  const asked = at === undefined ? [] : await askedSteps(at, questions, modules);
  const here = [...own, ...beyond, ...told].map((one) => ({ ...one, asked: null }));
  const as = isAlone ? '' : `as a part of ${standIn.text} `;
  return {
    steps: [...here, ...asked],
    more,
    conclusion: conclude(question, known, [...own, ...beyond], told, as, found.more),
  };
}

const foundOf = ({ detail, destination }: MergedRoute): FoundRoute => ({ detail: detail as RouteDetail, destination });

/** That no route of our own domain says anything of it. */
function nobody(question: ExplainQuestion, { name, service }: VirtualNetwork): Step {
  const subject = subjectOf(question);
  if (question.flooding === true && service === 'l3') {
    return step('announced', 'no', 'not-flooded', subject, `${name} has L3 service, in which nothing is flooded`);
  }
  return step('announced', 'no', 'nobody', subject, `no NVE of ours announces it in ${name}, and nvad for none`);
}

/** A mapping that is asked about, and the routes that say so. */
interface Known {
  readonly explained: ExplainedMapping;
  readonly routes: readonly FoundRoute[];
}

/** Of an address what these routes say of it; of flooding each end, with its own among them. */
function knownOf(address: Address, network: string, routes: readonly FoundRoute[], nva: NvaSource): readonly Known[] {
  if (address.flooding !== true) {
    return nva.explain(network, subjectOf(address)).map((explained) => ({ explained, routes }));
  }
  const ends = new Map<string, { readonly explained: ExplainedMapping; readonly routes: FoundRoute[] }>();
  for (const route of routes) {
    const explained = nva.explainRoute(network, route.destination);
    if (explained === undefined) continue;
    const end = ends.get(explained.mapping.nve);
    if (end === undefined) ends.set(explained.mapping.nve, { explained, routes: [route] });
    else end.routes.push(route);
  }
  return [...ends.values()];
}

const detailsOf = (routes: readonly FoundRoute[]) => routes.map(({ detail }) => detail);

/** What NVEs are told of: an address by all routes to it, or each end of flooding by those of its own. */
function toldOf({ flooding }: Address, known: readonly Known[], routes: readonly FoundRoute[]): readonly Told[] {
  const [first] = known;
  if (flooding !== true || first === undefined) {
    return [{ mapping: first?.explained.mapping, details: detailsOf(routes) }];
  }
  return known.map((end) => ({ mapping: end.explained.mapping, details: detailsOf(end.routes) }));
}

/** What a route of flooding is, behind the steps that have led to it: an end, which is said once, or none. */
function endSteps(
  route: FoundRoute,
  ends: readonly Known[],
  { name }: VirtualNetwork,
  { speaker }: ExplainModules,
): Step[] {
  const end = ends.find(({ routes }) => routes.includes(route));
  if (end !== undefined) return end.routes[0] === route ? mappingSteps(end) : [];
  const { detail, destination } = route;
  if (detail.decision === null) return [];
  const set = speaker.table.sentSet(destination);
  const { audience } = set < 0 ? {} : speaker.attributes.get(set).source;
  const told = detail.advertised.peers.filter(({ advertised }) => advertised).map(({ address }) => address);
  const why =
    audience !== undefined && 'only' in audience
      ? `it is the true end, for gateways to that domain alone; told are ${told.join(', ') || 'none of them now'}`
      : `it is no end of ${name}, which its route targets do not name`;
  return [step('mapping', 'note', 'no-end', detail.text, why)];
}

const notYet = (text: string, where: Parameters<typeof step>[5] = {}): Step =>
  step('best-path', 'waits', 'undecided', text, 'it has come this moment, and is about to be decided on', where);

/** Of an IP address that no host has, the prefix that holds it; in a network that has prefixes alone else its own. */
function addressOf({ mac, ip, prefix, flooding }: Address, network: VirtualNetwork, nva: NvaSource): Address {
  if (ip === undefined || flooding === true) return { mac, ip, prefix, flooding };
  const found = nva.explain(network.name, ip)[0]?.mapping;
  if (found?.kind === 'prefix') return { prefix: found.prefix };
  return network.service === 'l3' ? { prefix: hostPrefix(ip) } : { ip };
}

/** Who of our own domain has announced a path, or what nvad itself announces it for. */
function whoInside(destination: number, { speaker, nva }: ExplainModules): (peer: string) => string {
  return (peer) => {
    if (speaker.neighbour(peer) !== undefined) {
      const nve = [...nva.nves()].find(({ session, tunnelAddress }) => (session ?? tunnelAddress) === peer);
      return `announced by BGP from ${nve === undefined || nve.name === peer ? peer : `${nve.name} (${peer})`}`;
    }
    const own = speaker.table
      .pathsTo(destination)
      .map(({ set }) => speaker.attributes.get(set).source)
      .find(({ kind }) => kind === 'local');
    if (own?.onBehalfOf === undefined) return 'announced by nvad, on behalf of an NVE that does not by itself';
    return `taken over from neighbour domain ${own.onBehalfOf}`;
  };
}

/** Claims that do not count, of one mapping, that are told. */
const MOST_OTHERS = 32;

function mappingSteps({ explained: { mapping, decisions, others } }: Known): Step[] {
  const about = placeOf(mapping);
  const more = others.length - MOST_OTHERS;
  const text = ({ text: said, reference }: ExplainedMapping['decisions'][number]) =>
    reference === null ? said : `${said}, ${reference}`;
  return [
    ...decisions.map((decision) => step('mapping', 'yes', decision.step, about, text(decision))),
    ...others
      .slice(0, MOST_OTHERS)
      .map(({ mapping: other, source, lost }) =>
        step('mapping', 'note', 'lost', placeOf(other), `as ${source} says, and does not count: ${text(lost)}`),
      ),
    ...(more > 0
      ? [step('mapping', 'note', 'more-claims', about, `${more} more do not count, and are not shown`)]
      : []),
  ];
}

const placeOf = ({ kind, nve }: ExplainedMapping['mapping']) => `${kind === 'flood' ? 'flooding to' : 'behind'} ${nve}`;

/** What a neighbour is asked, for what it was told. */
interface Question {
  /** It has been told of no route of ours to this address. */
  readonly isUntold: boolean;
  readonly wireVni: number;
  readonly address: Address;
}

interface BorderSteps {
  readonly steps: readonly Step[];
  /** Routes of ours that stand for several of the neighbour's, with which it goes on inside. */
  readonly standIns: readonly MergedRoute[];
  readonly questions: readonly Question[];
  /** Routes of the neighbour that no step is about; those of ours are the same as inside. */
  readonly more: number;
}

const FROM_HERE = 'it is in our own domain, as above';

async function borderSteps(
  border: Border,
  network: VirtualNetwork,
  address: Address,
  inside: readonly FoundRoute[],
  modules: ExplainModules,
): Promise<BorderSteps> {
  const { domain } = border.config;
  const about = subjectOf(address);
  const share = border.shares.find((one) => one.network.name === network.name);
  const { theirs, ours: sent, strangers, nameless } = await outsideRoutes(border, network, share, address, modules);
  const more = theirs.more + strangers.more;
  const beside = [
    ...theirRoutes(border, strangers.routes).flatMap((route) => importSteps(border, route, share, modules).steps),
    ...namelessSteps(border, network, about, nameless.more),
    ...moreSteps({ more }, address, { domain, direction: 'import' }),
  ];
  if (share === undefined) {
    const why = `${network.name} is not shared with ${domain}`;
    const steps = [step('crossing', 'no', 'not-shared', about, why, { domain }), ...beside];
    return { steps, standIns: [], questions: [], more };
  }
  const imported = theirRoutes(border, theirs.routes).map((route) => importSteps(border, route, share, modules));
  const where = { domain, direction: 'export' } as const;
  const exported = inside.map(({ detail, destination }) =>
    crossed(border, 'export', detail.text, destination, modules),
  );
  const ours = sent.routes;
  const merged = await mergedRoutes(border, 'export', exported, ours, modules);
  const told = [
    ...ours.flatMap(({ detail }) => neighbourSteps(border, detail, exported.length > 1 ? `, as ${detail.text}` : '')),
    ...merged.flatMap(({ text, detail }) =>
      detail === undefined ? [notYet(text, where)] : neighbourSteps(border, detail, `, as ${text}`),
    ),
  ];
  if (exported.length + told.length > 0 && border.sessionsUp === 0) {
    told.push(step('told', 'no', 'session-down', domain, 'it has no session', where));
  }
  // What crosses as a part of another route is known over there by that one.
  const isAlone = ours.length > 0 || merged.length === 0;
  return {
    steps: [
      ...(imported.length === 0 ? notFromThere(border, network, about) : imported.flatMap(({ steps }) => steps)),
      ...beside,
      // What rules say is told without the route's name, which has to stand before it where there are several.
      ...exported.flatMap(({ steps }, i) => [
        ...(exported.length > 1
          ? [step('announced', 'note', 'from-here', inside[i]?.detail.text ?? '', FROM_HERE, where)]
          : []),
        ...steps,
      ]),
      ...told,
      ...moreSteps(sent, address, where),
    ],
    standIns: await mergedRoutes(border, 'import', imported, inside, modules),
    questions: [
      ...(isAlone ? [{ isUntold: ours.length === 0, wireVni: share.wire.vni, address }] : []),
      ...merged.map((one) => ({ isUntold: false, wireVni: one.share.wire.vni, address: one.address })),
    ],
    more,
  };
}

/**
 * Routes that the neighbour has told of the network, and has been told; and of those that it has told of no network that is
 * shared, strangers that are to the address or by their names may be meant for it. Nameless are the others, which are counted.
 */
function outsideRoutes(
  border: Border,
  network: VirtualNetwork,
  share: SharedNetwork | undefined,
  address: Address,
  modules: ExplainModules,
) {
  const shared = new Set(border.shares.map(({ wire }) => wire.routeTarget));
  const isOf = (path: PathSummary) => share !== undefined && isOfShare(path, share);
  const isStrange = (path: PathSummary, destination: number) =>
    !path.routeTargets.some((target) => shared.has(target)) && !isOf(path) && isTheirs(border, destination);
  // Routes of flooding are all to the same, unless they are asked about by their end.
  const isMeant = (path: PathSummary) =>
    address.flooding !== true || address.ip !== undefined || isOfNetwork(path, network, modules.nvaSource);
  return findRoutes(
    filtersOf(address, network),
    border.config.domain,
    {
      theirs: { is: (path, destination) => isOf(path) && isTheirs(border, destination) },
      ours: { is: (path, destination) => isOf(path) && isOurs(border, destination) },
      strangers: { is: (path, destination) => isStrange(path, destination) && isMeant(path) },
      nameless: { is: (path, destination) => isStrange(path, destination) && !isMeant(path), most: 0 },
    },
    modules,
  );
}

/** From the neighbour's announcement to what has become of it. */
function importSteps(
  border: Border,
  { detail, destination }: FoundRoute,
  share: SharedNetwork | undefined,
  modules: ExplainModules,
): Crossed {
  const { domain } = border.config;
  const whoOf = (peer: string) => `announced by ${domain} from ${peer}`;
  const { steps, merged } = crossed(border, 'import', detail.text, destination, modules);
  const said = steps.map((one) =>
    one.code === 'not-shared' ? { ...one, reason: `${one.reason}: ${namesOf(detail, domain, share)}` } : one,
  );
  return { steps: [...routeSteps(detail, { domain, direction: 'import', whoOf }), ...said], merged };
}

/** What a route has for names where they are those of no network that is shared, and how it could be one of such a network. */
function namesOf({ paths: [path] }: RouteDetail, domain: string, share: SharedNetwork | undefined): string {
  const { vnis = [], routeTargets = [] } = path ?? {};
  const vni = vnis.length === 0 ? 'no VNI' : `VNI ${vnis.join(' and ')}`;
  const has = `it has ${vni} and ${routeTargets.join(' ') || 'no route target'}`;
  const remedy = `share the network that it is of with ${domain}`;
  if (share === undefined) return `${has}; ${remedy}`;
  const { network, wire } = share;
  return `${has}; ${remedy}, or if it is meant for ${network.name} have ${domain} announce it with ${wire.routeTarget}`;
}

function namelessSteps({ config: { domain } }: Border, { name }: VirtualNetwork, about: string, count: number): Step[] {
  if (count === 0) return [];
  const routes = count === 1 ? 'route of type 3 names' : 'routes of type 3 name';
  const why = `${count} more ${routes} no network that is shared, and nothing says whether one is meant for ${name}`;
  return [step('crossing', 'note', 'not-shared', about, why, { domain, direction: 'import' })];
}

/** Whether the neighbour has told it. */
function isTheirs({ outer: { table, attributes } }: Border, destination: number): boolean {
  return table.pathsTo(destination).some(({ set }) => attributes.get(set).source.kind !== 'local');
}

/** With the neighbour's own paths alone: one that comes back from there has the key of ours. */
function theirRoutes({ outer }: Border, outside: readonly FoundRoute[]): readonly FoundRoute[] {
  return outside.flatMap(({ detail, destination }) => {
    const paths = detail.paths.filter(({ peer }) => outer.neighbour(peer) !== undefined);
    return paths.length === 0 ? [] : [{ detail: { ...detail, paths }, destination }];
  });
}

/** That there is no route of the neighbour's in a network, and where one may have been lost that it has told. */
function notFromThere(border: Border, { name }: VirtualNetwork, about: string): Step[] {
  const { domain } = border.config;
  const where = { domain, direction: 'import' } as const;
  const { state } = border.link;
  const link = state === 'up' ? `has told no route to it in ${name}` : `is ${state}, and has told none`;
  return [
    step('announced', 'note', 'not-from-there', about, `${domain} ${link}`, where),
    ...perhapsMalformed(border, about),
  ];
}

/** Of what is malformed nothing is kept by which it could be told whether it was this. */
function perhapsMalformed(border: Border, about: string): Step[] {
  const count = border.refused('import').get('malformed') ?? 0;
  const why = `unless it is one of ${count} since the session began that were malformed, and so taken as withdrawn (RFC 7606 §2)`;
  const where = { domain: border.config.domain, direction: 'import' } as const;
  return count === 0 ? [] : [step('admission', 'note', 'malformed', about, why, where)];
}

/** Which of a neighbour's sessions are told. */
function neighbourSteps({ config: { domain } }: Border, { advertised }: RouteDetail, as = ''): Step[] {
  const where = { domain, direction: 'export' } as const;
  return advertised.peers.map(({ address, advertised: isTold, reason }) => {
    const about = `${domain} at ${address}`;
    return step('told', isTold ? 'yes' : 'no', isTold ? 'bgp' : 'bgp-rule', about, `${reason}${as}`, where);
  });
}

function isOurs({ outer }: Border, destination: number): boolean {
  const set = outer.table.sentSet(destination);
  return set >= 0 && outer.attributes.get(set).source.kind === 'local';
}

interface Crossed {
  readonly steps: readonly Step[];
  readonly merged: CrossingPart | undefined;
}

function crossed(
  border: Border,
  direction: Direction,
  about: string,
  destination: number,
  { federation: { gateways } }: ExplainModules,
): Crossed {
  const explained = border[direction].explain(destination);
  if (explained !== undefined) {
    const { merged } = explained;
    return { steps: crossingSteps(explained, { border, direction, gateways, about }), merged };
  }
  if (direction === 'import') return { steps: [], merged: undefined };
  const where = { domain: border.config.domain, direction };
  return { steps: [step('crossing', 'no', 'no-usable-path', about, 'no path may be used', where)], merged: undefined };
}

/** What several of them cross as a part of, each once, and without those that are found there by the address itself. */
async function mergedRoutes(
  border: Border,
  direction: Direction,
  all: readonly Crossed[],
  there: readonly FoundRoute[],
  { source, speaker }: ExplainModules,
): Promise<readonly MergedRoute[]> {
  const [to, domain] = direction === 'import' ? [speaker] : [border.outer, border.config.domain];
  const found = new Map<string, MergedRoute>();
  for (const { merged } of all) {
    if (merged === undefined) continue;
    const route = await findMerged(merged, to, domain, source);
    if (!there.some(({ destination }) => destination === route.destination)) found.set(route.text, route);
  }
  return [...found.values()];
}

/** Of what a neighbour has told us, for that neighbour: nothing of our NVEs, gateways and rules. */
async function across(
  border: Border,
  share: SharedNetwork,
  address: Address,
  modules: ExplainModules,
): Promise<AcrossExplanation> {
  const { domain } = border.config;
  const where = { domain, direction: 'import' } as const;
  const about = subjectOf(address);
  const filters = filtersOf(address, share.network);
  const isToldOf = (path: PathSummary, destination: number) => isOfShare(path, share) && isTheirs(border, destination);
  const { found } = await findRoutes(filters, domain, { found: { is: isToldOf } }, modules);
  const theirs = theirRoutes(border, found.routes);
  if (theirs.length === 0) {
    const nobody = step('announced', 'no', 'nobody', about, 'no route to it has come', where);
    return { steps: [nobody, ...perhapsMalformed(border, about)] };
  }
  const crossings = theirs.map(({ detail, destination }) =>
    crossed(border, 'import', detail.text, destination, modules),
  );
  const steps = theirs.flatMap(({ detail }, i) => [
    ...routeSteps(detail, { ...where, whoOf: (peer) => `heard from ${peer}` }),
    // What it is a part of has names of ours.
    ...(crossings[i]?.steps ?? []).flatMap((one) =>
      one.stage !== 'crossing'
        ? []
        : [{ ...one, about: detail.text, ...(one.code === 'merged' && { reason: crossingStates.merged }) }],
    ),
  ]);
  const isHere = (path: PathSummary, destination: number) =>
    isOfNetwork(path, share.network, modules.nvaSource) && isOnBehalfOf(domain, destination, modules);
  const { inside } = await findRoutes(filters, undefined, { inside: { is: isHere } }, modules);
  const merged = await mergedRoutes(border, 'import', crossings, inside.routes, modules);
  const here = [...inside.routes.map((route) => ({ ...route, share, address })), ...merged];
  const last = (address.flooding === true ? here : here.slice(0, 1)).map((route) =>
    hereStep(domain, about, route, modules),
  );
  // Of many ends one sentence says for all that it is so.
  const once = new Map(last.flatMap((one) => (one === undefined ? [] : [[`${one.code} ${one.reason}`, one]])));
  return { steps: [...steps, ...moreSteps(found, address, where), ...once.values()] };
}

/** What has become of a route that was taken over; nothing while it is not decided on. */
function hereStep(
  domain: string,
  about: string,
  { detail, destination, share: { network }, address }: Omit<MergedRoute, 'text'>,
  { nvaSource }: ExplainModules,
): Step | undefined {
  const where = { domain, direction: 'import' } as const;
  if (detail === undefined) return undefined;
  const unusable = detail.paths.find(({ best, usable }) => !best && !usable);
  if (unusable !== undefined && detail.decision === null) {
    return step('admission', 'no', 'not-admitted', about, unusable.unusableBecause ?? 'it is not admitted', where);
  }
  const [known] = knownOf(address, network.name, [{ detail, destination }], nvaSource);
  const isBest = known?.explained.mapping.domain === domain;
  const best =
    address.flooding === true ? 'our NVEs send there what they flood' : 'it is where the address is, for our NVEs';
  const why = isBest ? best : 'another claim to the address is preferred';
  return step('mapping', isBest ? 'yes' : 'no', isBest ? 'best' : 'lost', about, why, where);
}

/** Whether it has a path that was taken over from a neighbour domain for all our NVEs, be it one that may not be used. */
function isOnBehalfOf(
  domain: string,
  destination: number,
  { speaker: { table, attributes } }: ExplainModules,
): boolean {
  return table.pathsTo(destination).some(({ set }) => {
    const { onBehalfOf, audience } = attributes.get(set).source;
    // The true ends are for gateways alone.
    return onBehalfOf === domain && !(audience !== undefined && 'only' in audience);
  });
}

async function askedSteps(
  border: Border,
  questions: readonly Question[],
  { ask }: ExplainModules,
): Promise<Explanation['steps']> {
  const { domain } = border.config;
  const answers = await Promise.all(questions.map(({ wireVni, address }) => ask(border, wireVni, address)));
  return answers.flatMap((answer, i): Explanation['steps'] => {
    if (!answer.ok) return [{ ...step('asked', 'no', answer.code, domain, answer.reason, { domain }), asked: null }];
    // That nothing has come is then as it should be.
    if (questions[i]?.isUntold === true && answer.steps[0]?.code === 'nobody') {
      const why = 'it was asked what became of our routes, and we have told it none';
      return [{ ...step('asked', 'note', 'none-told', domain, why, { domain }), asked: null }];
    }
    return answer.steps.map((one) => ({ ...one, asked: domain }));
  });
}

/** Where nothing says yes, there is a step that says why. */
function conclude(
  { nve, flooding }: ExplainQuestion,
  known: readonly Known[],
  way: readonly Step[],
  told: readonly Step[],
  as: string,
  more: number,
): Explanation['conclusion'] {
  const [best] = known;
  if (best === undefined) {
    const against = way.filter(({ outcome, stage }) => outcome !== 'yes' && outcome !== 'note' && stage !== 'told');
    // That nobody of ours announces it is the reason only where nobody else does so either.
    const theirs = against.filter(({ code, direction }) => direction === 'import' && code !== 'nobody');
    // What is of no network that is shared may be meant for another.
    const meant = theirs.find(({ code }) => code !== 'not-shared');
    const why = meant ?? (against[0]?.code === 'nobody' ? theirs[0] : undefined) ?? against[0];
    return {
      has: false,
      reason: why === undefined ? 'nobody who is believed says to have it' : `${why.about}: ${why.reason}`,
    };
  }
  if (nve !== undefined) {
    // It was looked up before: there is one, and of flooding one for each reason.
    const against = told.find((one) => one.outcome === 'no') ?? told.find(({ code }) => code !== 'own-end');
    const { outcome, reason } = (against ?? told[0]) as Step;
    return { has: outcome === 'yes', reason: `${nve}: ${reason}` };
  }
  const what =
    flooding === true
      ? `it goes to ${known.length} ${known.length === 1 ? 'end' : 'ends'}${more > 0 ? ' and more that are not shown' : ''}; ${toldCount(told, 'all of them')}`
      : `it is behind ${best.explained.mapping.nve}; ${toldCount(told, 'it')}`;
  return { has: true, reason: `${as}${what}` };
}
