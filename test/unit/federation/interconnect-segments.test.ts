/** Gateways that are one multihomed site to our NVEs (RFC 9014 §3.5), in what these are told. */
import { describe, expect, it } from 'vitest';
import { BorderLab, networkOf, type Spoken, shareOf } from './kit.ts';

const [A, B] = ['10.1.0.251', '10.1.0.252'];
const gateways = { export: [A, B], import: [A, B] };
const segment = '00112233445566778899';
const NO_ESI = '00'.repeat(10);

const host: Spoken = {
  rd: '65002:1',
  kind: 'mac',
  mac: '02:00:00:00:00:22',
  vni: 2217,
  nextHop: '10.2.0.2',
  targets: ['65002:2217'],
};
const flood: Spoken = { ...host, kind: 'flood' };
const web = { ...shareOf('web', 2217, gateways), segment };
const db = { ...shareOf('db', 2218, gateways), segment };

const begun = (networks: readonly ReturnType<typeof shareOf>[] = [web], bgpGateways: readonly string[] = []) =>
  BorderLab.begun({
    inside: ['10.1.0.1', A, B],
    networks: [networkOf('web', 1217), networkOf('db', 1218), networkOf('tenant', 5001, { service: 'l3' })],
    domain: { networks },
    bgpGateways,
  });

/** Type 1, for the whole segment at a gateway, and for a network of it. */
const whole = (gateway: string, targets: string) =>
  `type=1 esi=${segment} label=0 tag=4294967295 via=${gateway} ${targets} ESI-label:0,all-active ET:8 pref=100 dpath=`;
const inNetwork = (gateway: string, vni: number) =>
  `type=1 esi=${segment} label=${vni} via=${gateway} RT:65001:${vni} ET:8 pref=100 dpath=`;
const ends = (lab: BorderLab) => lab.imported.map(({ text }) => text).filter((text) => text.startsWith('type=1 '));

/** Of the routes of hosts and flooding, the segment and the next hop. */
const others = (lab: BorderLab) =>
  lab.imported
    .map(({ text }) => text)
    .filter((text) => !text.startsWith('type=1 '))
    .map((text) => [/^type=\d/.exec(text)?.[0], / esi=(\S+)/.exec(text)?.[1], / via=(\S+)/.exec(text)?.[1]]);
const elected = (lab: BorderLab) => lab.border.serving('import').get('web')?.by as string;

describe('the ends of a segment', () => {
  it('are all gateways that are alive, for the segment and for each of its networks, under RDs of their own', async () => {
    const lab = await begun([web, db]);
    const both = 'RT:65001:1217 RT:65001:1218';
    expect(ends(lab)).toEqual([
      whole(A, both),
      whole(B, both),
      inNetwork(A, 1217),
      inNetwork(B, 1217),
      inNetwork(A, 1218),
      inNetwork(B, 1218),
    ]);
    expect(new Set(lab.imported.map(({ rd }) => rd)).size).toBe(6);
    expect(lab.exported).toEqual([]);
  });

  it('go with their share, and its targets with it from the route of what is left', async () => {
    const lab = await begun([web, db]);
    lab.share([web]);
    lab.settle();
    expect(ends(lab)).toEqual([
      whole(A, 'RT:65001:1217'),
      whole(B, 'RT:65001:1217'),
      inNetwork(A, 1217),
      inNetwork(B, 1217),
    ]);
    lab.share([shareOf('web', 2217, gateways)]);
    lab.settle();
    expect(lab.imported).toEqual([]);
  });

  it('are none of a network with prefixes alone, nor where our NVEs see no gateways', async () => {
    const tenant = { ...shareOf('tenant', 6001, gateways), segment };
    const direct = { ...shareOf('web', 2217, { export: [A, B], import: [] }), segment };
    const lab = await begun([tenant, direct]);
    lab.hear(host);
    expect(ends(lab)).toEqual([]);
    expect(others(lab)).toEqual([['type=2', NO_ESI, '10.2.0.2']]);
  });

  it('are not what gateways that speak BGP are told, who see the true ends', async () => {
    const lab = await begun([web], [A]);
    lab.hear(host);
    const told = lab.importedByGateways.map(({ text }) => text);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(new RegExp(`^type=2 esi=${NO_ESI} .* via=10\\.2\\.0\\.2 `));
    expect(ends(lab)).toHaveLength(4);
  });
});

describe('a host behind gateways', () => {
  it('is in their segment, by the elected one, and flooding is not', async () => {
    const lab = await begun();
    lab.hear(host, flood);
    expect(others(lab)).toEqual([
      ['type=2', segment, elected(lab)],
      ['type=3', undefined, elected(lab)],
    ]);
    lab.share([shareOf('web', 2217, gateways)]);
    lab.settle();
    expect(others(lab)[0]).toEqual(['type=2', NO_ESI, elected(lab)]);
  });
});

describe('a gateway that dies', () => {
  it.each(['the elected one', 'the other one'])('is the end of nothing any more: %s', async (which) => {
    const lab = await begun();
    lab.hear(host, flood);
    const dead = (which === 'the elected one') === (elected(lab) === A) ? A : B;
    const left = dead === A ? B : A;
    lab.kill(dead);
    lab.settle();
    expect(ends(lab)).toEqual([whole(left, 'RT:65001:1217'), inNetwork(left, 1217)]);
    expect(others(lab)).toEqual([
      ['type=2', segment, left],
      ['type=3', undefined, left],
    ]);
    expect(lab.imported.filter(({ text }) => text.includes(dead))).toEqual([]);
    lab.revive(dead);
    lab.settle(60_000);
    expect(ends(lab)).toHaveLength(4);
  });

  it('leaves nothing at all when it was the last', async () => {
    const lab = await begun();
    lab.hear(host, flood);
    expect(lab.imported).toHaveLength(6);
    lab.kill(A);
    lab.kill(B);
    lab.settle();
    expect(lab.imported).toEqual([]);
  });
});
