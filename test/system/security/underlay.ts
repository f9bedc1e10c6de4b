/** nvad and one router on a wire, with a pair of addresses for each way in which a session can be protected. */
import type { Bench } from '../support/bench.ts';
import type { Namespace } from '../support/namespace.ts';

/** What one session is asked for, on either side; nothing where undefined. */
interface Wish {
  readonly password?: string;
  readonly hops?: number;
}

interface Kind {
  readonly name: string;
  /** Last part of nvad's address and of the router's. */
  readonly nvad: number;
  readonly router: number;
  /** Who calls whom. */
  readonly dials: 'nvad' | 'router';
  readonly ours: Wish;
  readonly theirs: Wish;
  /** Not in the configuration by its address. */
  readonly isDynamic?: true;
  readonly comesUp: boolean;
}

const secret = 'one-secret';
const md5 = { password: secret };
const gtsm = { hops: 1 };
const both = { password: secret, hops: 1 };
const nothing = {};

/** Of addresses from 128 on a prefix asks for this. */
const ofPrefix = { password: 'of-the-prefix' };

const kinds: readonly Kind[] = [
  { name: 'both, as nvad calls', nvad: 1, router: 11, dials: 'nvad', ours: both, theirs: both, comesUp: true },
  { name: 'TCP-MD5', nvad: 2, router: 12, dials: 'router', ours: md5, theirs: md5, comesUp: true },
  { name: 'GTSM', nvad: 3, router: 13, dials: 'router', ours: gtsm, theirs: gtsm, comesUp: true },
  { name: 'both', nvad: 4, router: 14, dials: 'router', ours: both, theirs: both, comesUp: true },
  {
    ...{ name: 'TCP-MD5 by a prefix', nvad: 5, router: 130, dials: 'router', ours: ofPrefix, theirs: ofPrefix },
    ...{ isDynamic: true, comesUp: true },
  },
  {
    ...{ name: 'nothing, in a prefix that has a password', nvad: 6, router: 131, dials: 'router' },
    ...{ ours: nothing, theirs: nothing, comesUp: true },
  },
  {
    ...{ name: 'TCP-MD5, in a prefix that has another password', nvad: 7, router: 132, dials: 'router' },
    ...{ ours: md5, theirs: md5, comesUp: true },
  },
  {
    ...{ name: 'the password of the address, not of the prefix', nvad: 8, router: 133, dials: 'router' },
    ...{ ours: md5, theirs: ofPrefix, comesUp: false },
  },
  {
    ...{ name: 'different passwords', nvad: 9, router: 15, dials: 'router' },
    ...{ ours: md5, theirs: { password: 'another' }, comesUp: false },
  },
  { name: 'a password with us', nvad: 10, router: 16, dials: 'router', ours: md5, theirs: nothing, comesUp: false },
  { name: 'a password with them', nvad: 20, router: 17, dials: 'router', ours: nothing, theirs: md5, comesUp: false },
];

export interface Case extends Omit<Kind, 'nvad' | 'router'> {
  readonly nvad: string;
  readonly router: string;
}

export const cases: readonly Case[] = (['IPv4', 'IPv6'] as const).flatMap((family) => {
  const network = family === 'IPv4' ? '10.0.0.' : 'fd00::';
  return kinds.map(({ name, nvad, router, ...kind }) => ({
    ...kind,
    name: `${name}, over ${family}`,
    nvad: `${network}${nvad}`,
    router: `${network}${router}`,
  }));
});

/** Their way of writing one neighbour of the configuration. */
function entry({ router, dials, ours: { password, hops } }: Case): string {
  const options = [
    `address: ${quoted(router)}`,
    ...(dials === 'router' ? ['passive: true'] : []),
    ...(password === undefined ? [] : [`password: "${password}"`]),
    ...(hops === undefined ? [] : [`ttlSecurity: ${hops}`]),
  ];
  return `  - { ${options.join(', ')} }`;
}

const quoted = (text: string) => JSON.stringify(text);

export const config = `
domain: dc1
asn: 65000
routerId: 10.0.0.1
listen: ["[::]:179"]
nves:
  - { prefix: 10.0.0.128/25, password: "${ofPrefix.password}" }
  - { prefix: "fd00::100/120", password: "${ofPrefix.password}" }
${cases
  .filter(({ isDynamic }) => isDynamic !== true)
  .map(entry)
  .join('\n')}
api: { listen: "127.0.0.1:8080" }
`;

/** The two ends of the wire. nvad calls from the first of its addresses, which alone is not deprecated. */
export function underlay(bench: Bench): { readonly nva: Namespace; readonly router: Namespace } {
  const nva = bench.namespace('nva');
  const router = bench.namespace('rtr');
  nva.link('wire', router, 'wire');
  for (const { nvad, router: theirs, dials } of cases) {
    const isIpv6 = nvad.includes(':');
    const length = isIpv6 ? '/64' : '/24';
    const words = isIpv6 ? ['nodad'] : [];
    const deprecated = dials === 'router' ? ['preferred_lft', '0'] : [];
    nva.ip('address', 'add', `${nvad}${length}`, 'dev', 'wire', ...words, ...deprecated);
    router.ip('address', 'add', `${theirs}${length}`, 'dev', 'wire', ...words);
  }
  return { nva, router };
}

/** What nvad's API says of a peer, as far as it matters here. */
export interface PeerView {
  readonly address: string;
  readonly state: string;
  readonly tcpMd5: boolean;
  readonly ttlSecurity: number | null;
  readonly counters: { readonly sessions: number };
}
