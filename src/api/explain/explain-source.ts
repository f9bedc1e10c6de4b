/**
 * The way of an address, from whoever announces it to whoever is told: what was decided at each step, by which rule. Nothing is
 * kept for it: each step asks the part that decides what it would say now.
 */
import { setImmediate as pause } from 'node:timers/promises';
import { findRoute, type Speaker } from 'bgp-ts';
import type { Border } from '../../federation/border.ts';
import type { Federation } from '../../federation/federation.ts';
import type { Direction } from '../../federation/model.ts';
import type { SharedNetwork } from '../../federation/shares.ts';
import type { VirtualNetwork } from '../../nva/model.ts';
import type { Nva } from '../../nva/nva.ts';
import type { AcrossExplanation, Explanation } from '../contract/explain.ts';
import type { PathSummary, Route, RouteDetail } from '../contract/routes.ts';
import type { Address, ExplainQuestion, ExplainSource } from '../explain-source.ts';
import type { ExplainedMapping, NvaSource } from '../nva-source.ts';
import type { ApiSource } from '../source.ts';
import { keyOctets } from '../speaker/route-view.ts';
import { crossingSteps } from './crossing-steps.ts';
import { routeSteps } from './route-steps.ts';
import { type Step, step } from './step.ts';
import { toldSteps } from './told-steps.ts';

/** What a neighbour's nvad has answered, or why it has not. */
export type Asked =
  | { readonly ok: true; readonly steps: AcrossExplanation['steps'] }
  | { readonly ok: false; readonly code: string; readonly reason: string };

export interface ExplainModules {
  /** Ours, by name. */
  readonly domain: string;
  readonly source: Pick<ApiSource, 'routes' | 'route' | 'peer'>;
  readonly nvaSource: NvaSource;
  readonly nva: Nva;
  readonly federation: Federation;
  readonly speaker: Speaker;
  /** Asks the nvad of a neighbour domain. */
  readonly ask: (border: Border, wireVni: number, address: Address) => Promise<Asked>;
}

/** Routes to one address that are gone into; more are as many hosts with one address. */
const MOST_ROUTES = 32;
const PAGE = 256;

interface FoundRoute {
  readonly detail: RouteDetail;
  readonly destination: number;
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
  const mappings = nvaSource.explain(network.name, subject);
  const address = addressOf(question, mappings);
  const inside = await findRoutes(address, undefined, (path) => isOfNetwork(path, network, nvaSource), modules);
  const nameOf = (peer: string) => (modules.speaker.neighbour(peer) === undefined ? 'nvad itself' : peer);
  const own: Step[] = inside.flatMap((found) => routeSteps(found.detail, { whoOf: whoInside(found, modules), nameOf }));
  own.push(...mappings.flatMap(mappingSteps));
  if (inside.length === 0) {
    own.push(
      step('announced', 'no', 'nobody', subject, `no NVE of ours announces it in ${network.name}, and nvad for none`),
    );
  }
  for (const { by, nve, reason, remedy } of nvaSource.unheeded(network.name, subject)) {
    own.push(step('announced', 'no', 'not-heeded', `${by} at ${nve}`, `${reason}; ${remedy}`));
  }
  const beyond: Step[] = [];
  for (const border of federation.borders)
    beyond.push(...(await borderSteps(border, network, address, inside, modules)));
  const nves = question.nve === undefined ? nva.nves() : [...nva.nves()].filter(({ name }) => name === question.nve);
  const details = inside.map(({ detail }) => detail);
  const told = toldSteps(nves, network.name, mappings[0]?.mapping, details, { agents: nva, peer: source.peer });
  const asked = at === undefined ? [] : await askedSteps(at, network, address, modules);
  const here = [...own, ...beyond, ...told].map((one) => ({ ...one, asked: null }));
  return { steps: [...here, ...asked], conclusion: conclude(question, mappings, [...own, ...beyond], told) };
}

const subjectOf = ({ mac, ip, prefix }: Address): string => mac ?? ip ?? prefix ?? '';

/** Of an IP address that no host has, the prefix that holds it. */
function addressOf({ mac, ip, prefix }: Address, [found]: readonly ExplainedMapping[]): Address {
  const held = ip !== undefined && found?.mapping.kind === 'prefix' ? found.mapping.prefix : undefined;
  return held === undefined ? { mac, ip, prefix } : { prefix: held };
}

/** Reading a large table is done in slices, with a rest between. */
async function findRoutes(
  { mac, ip, prefix }: Address,
  domain: string | undefined,
  isWanted: (path: PathSummary) => boolean,
  { source, speaker, federation }: Pick<ExplainModules, 'source' | 'speaker' | 'federation'>,
): Promise<readonly FoundRoute[]> {
  const type = prefix === undefined ? 2 : 5;
  const filter = { family: 'evpn' as const, type, mac, ip, prefix, domain };
  const given = Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined)) as typeof filter;
  const wanted = (route: Route) => [route.best, route.unusable].some((path) => path !== null && isWanted(path));
  const table = (domain === undefined ? speaker : federation.border(domain)?.outer)?.table;
  const found: FoundRoute[] = [];
  let after: string | undefined;
  do {
    const rows = await source.routes({ filter: given, limit: PAGE, after });
    if (typeof rows === 'string' || table === undefined) break;
    for (const { key } of rows.routes.filter(wanted)) {
      const detail = await source.route(key, domain);
      const destination = findRoute(table, keyOctets(key));
      if (detail !== undefined && destination >= 0) found.push({ detail, destination });
    }
    after = rows.next;
    if (after !== undefined) await pause();
  } while (after !== undefined && found.length < MOST_ROUTES);
  return found;
}

function isOfNetwork(path: PathSummary, { vni, routeTargets }: VirtualNetwork, nva: NvaSource): boolean {
  const targets = routeTargets.length > 0 ? routeTargets : nva.automaticRouteTargets(vni);
  return path.vnis.includes(vni) || path.routeTargets.some((target) => targets.includes(target));
}

const isOfShare = ({ vnis, routeTargets }: PathSummary, { wire }: SharedNetwork): boolean =>
  vnis.includes(wire.vni) || routeTargets.includes(wire.routeTarget);

/** Who of our own domain has announced a path, or what nvad itself announces it for. */
function whoInside({ destination }: FoundRoute, { speaker, nva }: ExplainModules): (peer: string) => string {
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

function mappingSteps({ mapping, decisions, others }: ExplainedMapping): Step[] {
  const about = `behind ${mapping.nve}`;
  const text = ({ text: said, reference }: ExplainedMapping['decisions'][number]) =>
    reference === null ? said : `${said}, ${reference}`;
  return [
    ...decisions.map((decision) => step('mapping', 'yes', decision.step, about, text(decision))),
    ...others.map(({ mapping: other, source, lost }) =>
      step('mapping', 'note', 'lost', `behind ${other.nve}`, `as ${source} says, and does not count: ${text(lost)}`),
    ),
  ];
}

async function borderSteps(
  border: Border,
  network: VirtualNetwork,
  address: Address,
  inside: readonly FoundRoute[],
  modules: ExplainModules,
): Promise<Step[]> {
  const { domain } = border.config;
  const about = subjectOf(address);
  const share = border.shares.find((one) => one.network.name === network.name);
  if (share === undefined) {
    return [step('crossing', 'no', 'not-shared', about, `${network.name} is not shared with ${domain}`, { domain })];
  }
  const outside = await findRoutes(address, domain, (path) => isOfShare(path, share), modules);
  const theirs = outside.filter(({ destination }) => !isOurs(border, destination));
  const ours = outside.filter(({ destination }) => isOurs(border, destination));
  const incoming = { domain, direction: 'import' } as const;
  const whoOf = (peer: string) => `announced by ${domain} from ${peer}`;
  const steps = theirs.flatMap(({ detail, destination }) => [
    ...routeSteps(detail, { ...incoming, whoOf }),
    ...crossed(border, 'import', detail.text, destination, modules),
  ]);
  if (theirs.length === 0) {
    const link =
      border.link.state === 'up' ? 'has not told a route to it' : `is ${border.link.state}, and has told none`;
    steps.push(step('announced', 'note', 'not-from-there', about, `${domain} ${link}`, incoming));
  }
  for (const { detail, destination } of inside)
    steps.push(...crossed(border, 'export', detail.text, destination, modules));
  const outgoing = { domain, direction: 'export' } as const;
  for (const { detail } of ours) {
    for (const { address: peer, advertised, reason } of detail.advertised.peers) {
      steps.push(
        step(
          'told',
          advertised ? 'yes' : 'no',
          advertised ? 'bgp' : 'bgp-rule',
          `${domain} at ${peer}`,
          reason,
          outgoing,
        ),
      );
    }
  }
  if (ours.length > 0 && border.sessionsUp === 0) {
    steps.push(step('told', 'no', 'session-down', domain, 'it has no session', outgoing));
  }
  return steps;
}

function isOurs({ outer }: Border, destination: number): boolean {
  const set = outer.table.sentSet(destination);
  return set >= 0 && outer.attributes.get(set).source.kind === 'local';
}

function crossed(
  border: Border,
  direction: Direction,
  about: string,
  destination: number,
  { federation: { gateways } }: ExplainModules,
): Step[] {
  const explained = border[direction].explain(destination);
  return explained === undefined ? [] : crossingSteps(explained, { border, direction, gateways, about });
}

/** Of what a neighbour has told us, for that neighbour: nothing of our NVEs, gateways and rules. */
async function across(
  border: Border,
  share: SharedNetwork,
  address: Address,
  modules: ExplainModules,
): Promise<AcrossExplanation> {
  const where = { domain: border.config.domain, direction: 'import' } as const;
  const about = subjectOf(address);
  const outside = await findRoutes(address, border.config.domain, (path) => isOfShare(path, share), modules);
  const theirs = outside.filter(({ destination }) => !isOurs(border, destination));
  if (theirs.length === 0)
    return { steps: [step('announced', 'no', 'nobody', about, 'no route to it has come', where)] };
  const steps = theirs.flatMap(({ detail, destination }) => [
    ...routeSteps(detail, { ...where, whoOf: (peer) => `heard from ${peer}` }),
    ...crossed(border, 'import', detail.text, destination, modules).flatMap((one) =>
      one.stage === 'crossing' ? [{ ...one, about: detail.text }] : [],
    ),
  ]);
  const inside = await findRoutes(
    address,
    undefined,
    (path) => isOfNetwork(path, share.network, modules.nvaSource),
    modules,
  );
  const taken = inside.filter(({ destination }) => isOnBehalfOf(border.config.domain, destination, modules));
  if (taken.length === 0) return { steps };
  const best = modules.nvaSource.explain(share.network.name, subjectOf(address))[0]?.mapping;
  const isBest = best?.domain === border.config.domain;
  const why = isBest ? 'it is where the address is, for our NVEs' : 'another claim to the address is preferred';
  return { steps: [...steps, step('mapping', isBest ? 'yes' : 'no', isBest ? 'best' : 'lost', about, why, where)] };
}

function isOnBehalfOf(domain: string, destination: number, { speaker }: ExplainModules): boolean {
  const set = speaker.table.sentSet(destination);
  return set >= 0 && speaker.attributes.get(set).source.onBehalfOf === domain;
}

async function askedSteps(
  border: Border,
  network: VirtualNetwork,
  address: Address,
  { ask }: ExplainModules,
): Promise<Explanation['steps']> {
  const { domain } = border.config;
  const share = border.shares.find((one) => one.network.name === network.name);
  if (share === undefined) return [];
  const answer = await ask(border, share.wire.vni, address);
  if (answer.ok) return answer.steps.map((one) => ({ ...one, asked: domain }));
  return [{ ...step('asked', 'no', answer.code, domain, answer.reason, { domain }), asked: null }];
}

/** Where nothing says yes, there is a step that says why. */
function conclude(
  { nve }: ExplainQuestion,
  [best]: readonly ExplainedMapping[],
  way: readonly Step[],
  told: readonly Step[],
): Explanation['conclusion'] {
  if (best === undefined) {
    const why = way.find(({ outcome, stage }) => outcome !== 'yes' && outcome !== 'note' && stage !== 'told');
    return {
      has: false,
      reason: why === undefined ? 'nobody who is believed says to have it' : `${why.about}: ${why.reason}`,
    };
  }
  if (nve !== undefined) {
    // It was looked up before: there is one.
    const { outcome, reason } = told[0] as Step;
    return { has: outcome === 'yes', reason: `${nve}: ${reason}` };
  }
  const count = told.filter(({ outcome }) => outcome === 'yes').length;
  return { has: true, reason: `it is behind ${best.mapping.nve}; ${count} of ${told.length} NVEs have it` };
}
