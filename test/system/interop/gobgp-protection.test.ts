import { expect } from 'vitest';
import type { Bench } from '../support/bench.ts';
import type { Gobgp, GobgpProgram, Tree } from '../support/gobgp.ts';
import type { Nvad } from '../support/nvad.ts';
import { until } from '../support/until.ts';
import { GobgpLab, gobgpAddress, gobgpAddress6, neighbor } from './support/gobgp-lab.ts';
import { gobgpRows } from './support/gobgp-rows.ts';
import { nva, nva6 } from './support/nva-lab.ts';

const password = 'one-secret';
const md5: Tree = { 'auth-password': password };
const gtsm: Tree = { 'ttl-security': { config: { enabled: true, 'ttl-min': 255 } } };

interface Kind {
  readonly number: number;
  readonly family: 4 | 6;
  readonly calls: 'nvad' | 'GoBGP';
  /** What nvad's configuration says of it. */
  readonly ours: string;
  /** What GoBGP's says of nvad: in the neighbour's own section, and beside it. */
  readonly theirs: { readonly config?: Tree; readonly more?: Tree };
}

const both = { config: md5, more: gtsm };
const kinds = {
  md5: { number: 1, family: 4, calls: 'nvad', ours: `password: ${password}`, theirs: { config: md5 } },
  md5Over6: { number: 2, family: 6, calls: 'GoBGP', ours: `password: ${password}`, theirs: { config: md5 } },
  gtsm: { number: 3, family: 4, calls: 'nvad', ours: 'ttlSecurity: 1', theirs: { more: gtsm } },
  gtsmOver6: { number: 4, family: 6, calls: 'GoBGP', ours: 'ttlSecurity: 1', theirs: { more: gtsm } },
  both: { number: 5, family: 4, calls: 'nvad', ours: `password: ${password}, ttlSecurity: 1`, theirs: both },
  bothOver6: { number: 6, family: 6, calls: 'GoBGP', ours: `password: ${password}, ttlSecurity: 1`, theirs: both },
  gtsmTo6: { number: 8, family: 6, calls: 'nvad', ours: 'ttlSecurity: 1', theirs: { more: gtsm } },
  wrong: { number: 7, family: 4, calls: 'nvad', ours: 'password: another', theirs: { config: md5 } },
} as const satisfies Readonly<Record<string, Kind>>;
type Name = keyof typeof kinds;
const names = Object.keys(kinds) as Name[];

const addressOf = ({ number, family }: Kind) => (family === 4 ? gobgpAddress(number) : gobgpAddress6(number));

interface Lab {
  readonly nvad: Nvad;
  readonly gobgp: Readonly<Record<Name, Gobgp>>;
}

async function start(program: GobgpProgram, bench: Bench): Promise<Lab> {
  const lab = new GobgpLab(program, bench);
  const one = async (name: Name) => {
    const kind: Kind = kinds[name];
    const [own, to] = [addressOf(kind), kind.family === 4 ? nva : nva6];
    const { config = {}, more = {} } = kind.theirs;
    const toNva = neighbor(to, own, {
      config: { 'neighbor-address': to, 'peer-as': 65000, ...config },
      ...(kind.calls === 'GoBGP' && { transport: { config: { 'local-address': own } } }),
      ...more,
    });
    const global = { config: { as: 65000, 'router-id': gobgpAddress(kind.number), 'local-address-list': [own] } };
    return [name, await lab.start(kind.number, { global, neighbors: [toNva] })] as const;
  };
  const gobgp = Object.fromEntries(await Promise.all(names.map(one))) as Record<Name, Gobgp>;
  const nves = names.map((name) => {
    const kind: Kind = kinds[name];
    return `{ address: "${addressOf(kind)}", ${kind.ours}${kind.calls === 'GoBGP' ? ', passive: true' : ''} }`;
  });
  return { nvad: await lab.nvad(nves), gobgp };
}

gobgpRows<Lab>('protected sessions', start, (row, { major }) => {
  /** The session is up, protected as asked, and carries a route. */
  async function works({ nvad, gobgp }: Lab, name: Name, expected: object): Promise<void> {
    const kind: Kind = kinds[name];
    await gobgp[name].established(kind.family === 4 ? nva : nva6, 20_000);
    await gobgp[name].add('macadv 02:00:00:00:00:01 0.0.0.0 etag 0 label 100 rd 10.9.9.9:1 rt 65000:100');
    const peer = () => nvad.get<{ counters: { routes: { received: number } } }>(`/v1/peers/${addressOf(kind)}`);
    await until(async () => (await peer()).counters.routes.received === 1, { within: 5000, every: 50 });
    expect(await peer()).toMatchObject(expected);
  }

  row('TCP-MD5, nvad calls over IPv4, GoBGP over IPv6', 'RFC 2385', async (lab) => {
    for (const name of ['md5', 'md5Over6'] as const) await works(lab, name, { tcpMd5: true, ttlSecurity: null });
  });

  row('GTSM, nvad calls over IPv4, GoBGP over IPv6', 'RFC 5082 §3', async (lab) => {
    for (const name of ['gtsm', 'gtsmOver6'] as const) await works(lab, name, { tcpMd5: false, ttlSecurity: 1 });
  });

  row('TCP-MD5 and GTSM, nvad calls over IPv4, GoBGP over IPv6', 'RFC 2385, RFC 5082 §3', async (lab) => {
    for (const name of ['both', 'bothOver6'] as const) await works(lab, name, { tcpMd5: true, ttlSecurity: 1 });
  });

  row('GTSM, nvad calls over IPv6', 'RFC 5082 §3', async (lab, { limit }) => {
    if (major === 3) return works(lab, 'gtsmTo6', { tcpMd5: false, ttlSecurity: 1 });
    limit('over IPv6 its listener answers with a hop limit of 64, which GTSM does not let in: GoBGP has to call');
    const { state, counters } = await lab.nvad.get<{ state: string; counters: { sessions: number } }>(
      `/v1/peers/${addressOf(kinds.gtsmTo6)}`,
    );
    expect(state).not.toBe('Established');
    expect(counters.sessions).toBe(0);
  });

  row('Different passwords: no session, and nvad says why', 'RFC 2385', async ({ nvad }) => {
    const line = await nvad.logged(/^segments with a wrong or missing TCP-MD5 key were dropped/, { within: 30_000 });
    expect(line['peers']).toContain(addressOf(kinds.wrong));
    const { counters } = await nvad.get<{ counters: { sessions: number } }>(`/v1/peers/${addressOf(kinds.wrong)}`);
    expect(counters.sessions).toBe(0);
  });
});
