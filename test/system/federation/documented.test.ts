/** The two domains of docs/federation.md as they stand there, with an NVE each: what the page says that they hear is what they hear. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Bench } from '../support/bench.ts';
import type { BgpClient } from '../support/bgp-client.ts';
import { inclusiveMulticast, macIp, rd } from '../support/evpn-routes.ts';
import { type Announcement, announce, encapsulationVxlan, routeTarget, withdraw } from '../support/messages.ts';
import { isRoot } from '../support/namespace.ts';
import { until } from '../support/until.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/federation.md'), 'utf8');
const fileOf = (name: string) => new RegExp(`\`\`\`yaml\\n# ${name}\\n([^\`]*)\`\`\``).exec(page)?.[1] ?? '';
const row = (nve: string) =>
  (new RegExp(`^\\| ${nve.replaceAll('.', '\\.')} \\|(.*)\\|$`, 'm').exec(page)?.[1] ?? '')
    .split('|')
    .map((cell) => cell.trim());

const D_PATH = 36;
const EXTENDED_COMMUNITIES = 16;
const hexOf = (address: string) =>
  address
    .split('.')
    .map((octet) => Number(octet).toString(16).padStart(2, '0'))
    .join('');
const hex = (value: number, octets: number) => value.toString(16).padStart(2 * octets, '0');

describe.runIf(isRoot)('docs/federation.md', () => {
  const bench = new Bench();
  const nves: Record<string, BgpClient> = {};

  const join = async (localAddress: string, host: string, asn: number, net: ReturnType<Bench['namespace']>) => {
    nves[localAddress] = await bench.client(net, { localAddress, host }).establish({ asn, id: localAddress });
    nves[localAddress].done();
  };
  const say = (address: string, own: 1 | 2, mac: string, vni: number, isGone = false) => {
    const nlri = macIp({ rd: rd(address, 7), mac, labels: [vni] });
    if (isGone) nves[address]?.send(withdraw([nlri]));
    else {
      const extendedCommunities = [routeTarget(65000 + own, vni), encapsulationVxlan];
      nves[address]?.send(announce([nlri], { nextHop: address, extendedCommunities }));
    }
  };
  const heard = (address: string, mac: string) =>
    [...(nves[address]?.routes.values() ?? [])].find(({ nlri }) => nlri.startsWith('02') && nlri.includes(mac));

  beforeAll(async () => {
    const net = bench.namespace('feddoc');
    for (const one of ['10.1.0.1', '10.2.0.1', '10.1.0.11', '10.2.0.11'])
      net.ip('address', 'add', `${one}/32`, 'dev', 'lo');
    const dc1 = bench.nvad(net, fileOf('dc1\\.yaml'), { file: 'dc1.yaml', api: { host: '127.0.0.1', port: 8081 } });
    const dc2 = bench.nvad(net, fileOf('dc2\\.yaml'), { file: 'dc2.yaml', api: { host: '127.0.0.1', port: 8082 } });
    await Promise.all([dc1.up(), dc2.up()]);
    await join('10.1.0.11', '10.1.0.1', 65001, net);
    await join('10.2.0.11', '10.2.0.1', 65002, net);
  });
  afterAll(() => bench.clear());

  it('what each NVE hears of the other domain is in the table', async () => {
    say('10.1.0.11', 1, '020000000001', 1217);
    say('10.2.0.11', 2, '020000000002', 2217);
    for (const address of ['10.1.0.11', '10.2.0.11']) {
      const [mac = '', nextHop = '', vni, target = '', dPath = ''] = row(address);
      const route = await until(() => heard(address, mac.replaceAll(':', '')), {
        within: 20_000,
        what: `${mac} at ${address}`,
      });
      expect(route.nextHop).toBe(hexOf(nextHop));
      expect(route.nlri.slice(-6)).toBe(hex(Number(vni), 3));
      const [asn = 0, number = 0] = target.split(':').map(Number);
      expect(route.attributes.get(EXTENDED_COMMUNITIES)?.value).toContain(`0002${hex(asn, 2)}${hex(number, 4)}`);
      const [domain = 0, local = 0] = dPath.split(':').map(Number);
      expect(route.attributes.get(D_PATH)?.value).toBe(`01${hex(domain, 4)}${hex(local, 2)}46`);
    }
  });

  it('flooding crosses once however many NVEs there are, and what is not shared does not', async () => {
    const client = nves['10.1.0.11'];
    const extendedCommunities = [routeTarget(65001, 1300), encapsulationVxlan];
    client?.send(
      announce([macIp({ rd: rd('10.1.0.11', 8), mac: '020000000009', labels: [1300] })], {
        nextHop: '10.1.0.11',
        extendedCommunities,
      }),
    );
    for (const number of [7, 9]) {
      const nlri = inclusiveMulticast({ rd: rd('10.1.0.11', number), originator: '10.1.0.11' });
      const more: Announcement['more'] = [[0xc0, 22, [0, 6, 0, 0x04, 0xc1, 10, 1, 0, 11]]];
      client?.send(
        announce([nlri], {
          nextHop: '10.1.0.11',
          extendedCommunities: [routeTarget(65001, 1217), encapsulationVxlan],
          more,
        }),
      );
    }
    // Said after all that, so that when it is there the rest would be too.
    say('10.1.0.11', 1, '020000000003', 1217);
    await until(() => heard('10.2.0.11', '020000000003'), { within: 20_000, what: 'the last host' });
    const all = [...(nves['10.2.0.11']?.routes.values() ?? [])];
    expect(all.filter(({ nlri }) => nlri.startsWith('03')).map(({ nextHop }) => nextHop)).toEqual([
      hexOf('10.1.0.254'),
    ]);
    expect(all.some(({ nlri }) => nlri.includes('020000000009'))).toBe(false);
    expect(JSON.stringify(all.map(({ nlri, nextHop }) => [nlri, nextHop]))).not.toContain(hexOf('10.1.0.11'));
  });

  it('what goes here goes there', async () => {
    say('10.1.0.11', 1, '020000000001', 1217, true);
    await until(() => heard('10.2.0.11', '020000000001') === undefined, { within: 20_000, what: 'its withdrawal' });
  });
});
