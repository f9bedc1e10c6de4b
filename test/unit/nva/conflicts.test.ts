import { describe, expect, it } from 'vitest';
import { announcement, macIp, plain, withdrawal } from '../bgp-ts/rib/kit.ts';
import { attach, mac, nvaLab, nve, put, web } from './kit.ts';

const attributes = { ...plain, extendedCommunities: ['030c000000000008', '0002fde80000000a'] } as const;
const ofGateway = { ...plain, extendedCommunities: [...attributes.extendedCommunities, '030d000000000000'] } as const;
const host = (n: number, rd: number, more: object = {}) =>
  ({ ...macIp(n), label1: 10, rd: { type: 0, asn: 1, assigned: rd }, ...more }) as never;

describe('an IP address with two MAC addresses', () => {
  it('that NVEs announce is a duplicate, as long as both do', async () => {
    const { nva, lab, apply } = await nvaLab();
    apply(put(web));
    const [a, b] = [lab.join('10.0.0.11'), lab.join('10.0.0.12')];
    const ip = '192.0.2.9';
    a.say(announcement([host(5, 1, { ip })], attributes, a.address));
    a.say(announcement([host(7, 1, { ip: '192.0.2.10' })], attributes, a.address));
    // One host that two announce, as while it moves, is no duplicate.
    b.say(announcement([host(5, 2, { ip })], attributes, b.address));
    expect(nva.conflicts()).toEqual([]);
    b.say(announcement([host(6, 2, { ip })], attributes, b.address));
    const { nve: followed } = nva.mappingsOf('web')?.find(ip) ?? {};
    expect(nva.conflicts()).toMatchObject([
      {
        id: `duplicate-address web ${ip}`,
        code: 'duplicate-address',
        network: 'web',
        releasable: false,
        claims: [
          { by: '10.0.0.12', nve: '10.0.0.12', mac: mac(6), ip },
          { by: '10.0.0.11', nve: followed, mac: mac(5), ip },
        ],
      },
    ]);
    b.say(withdrawal([host(6, 2, { ip })]));
    expect(nva.conflicts()).toEqual([]);
  });

  it('that are attached is told once, and none where all are gateways', async () => {
    const { nva, lab, apply } = await nvaLab();
    apply(put(web), put(nve(1)), put(nve(2)));
    apply(attach(1, 1, { ips: ['192.0.2.1'] }), attach(2, 2, { ips: ['192.0.2.1'] }));
    expect(nva.conflicts().map(({ id }) => id)).toEqual(['duplicate-address web 192.0.2.1']);
    apply({ op: 'delete', kind: 'attachment', network: 'web', id: 'vm2' });
    expect(nva.conflicts()).toEqual([]);
    const ip = '192.0.2.254';
    const [a, b, tenant] = [lab.join('10.0.0.11'), lab.join('10.0.0.12'), lab.join('10.0.0.13')];
    for (const [i, router] of [a, b].entries()) {
      router.say(announcement([host(20 + i, i, { ip })], ofGateway, router.address));
    }
    expect(nva.conflicts()).toEqual([]);
    tenant.say(announcement([host(30, 3, { ip })], attributes, tenant.address));
    expect(nva.conflicts().map(({ id }) => id)).toEqual([`duplicate-address web ${ip}`]);
  });
});

describe('attachments that cannot be announced', () => {
  it('are a conflict of their NVE until it has a router MAC', async () => {
    const { nva, apply } = await nvaLab();
    apply(put({ ...web, service: 'l3' }), put(nve(1)), put(nve(2)), put(nve(3, { kind: 'bgp' })));
    const routed = (n: number, where: number, more = {}) =>
      attach(n, where, { mac: undefined, ips: [`192.0.2.${n}`], ...more });
    apply(routed(1, 1), routed(2, 2, { state: 'pre-associated' }), routed(3, 3));
    expect(nva.originated).toBe(0);
    // Those of the others are not for nvad to announce, or not yet.
    expect(nva.conflicts()).toMatchObject([
      {
        id: 'not-announced web nve1',
        code: 'not-announced',
        network: 'web',
        reason: 'NVE nve1 has no router MAC, which routed traffic in vxlan needs (RFC 9136 §4.4.1)',
        claims: [{ by: 'attachment vm1', nve: '10.0.0.1', ip: '192.0.2.1' }],
        releasable: false,
      },
    ]);
    apply(put(nve(1, { routerMac: mac(91) })));
    expect([nva.originated, nva.conflicts()]).toEqual([1, []]);
    apply(put(nve(1)), put({ ...web, service: 'l3', encapsulations: ['geneve', 'vxlan'] }));
    expect([nva.originated, nva.conflicts().map(({ code }) => code)]).toEqual([0, ['not-announced']]);
    apply(put(nve(1, { encapsulations: ['vxlan', 'geneve'] })));
    expect([nva.originated, nva.conflicts()]).toEqual([1, []]);
  });

  it('are one where the network allows no encapsulation that the NVE can do, be it alone there', async () => {
    const { nva, apply } = await nvaLab();
    apply(put({ ...web, encapsulations: ['geneve'] }), put(nve(1)), attach(1, 1));
    expect(nva.originated).toBe(0);
    expect(nva.conflicts()).toMatchObject([
      {
        id: 'not-announced web nve1',
        reason: 'NVE nve1 can do vxlan, and web allows geneve',
        claims: [{ mac: mac(1) }],
      },
    ]);
    apply(put(web));
    expect([nva.originated, nva.conflicts()]).toEqual([2, []]);
  });
});

it('lists so many conflicts of one source that others are seen, and says how many it leaves out', async () => {
  const { nva, lab, apply } = await nvaLab();
  apply(put(web), put(nve(1)), put(nve(2)));
  apply(attach(1, 1, { ips: ['192.0.2.1'] }), attach(2, 2, { ips: ['192.0.2.1'] }));
  const [rogue, other] = [lab.join('10.0.0.66'), lab.join('10.0.0.67')];
  for (let i = 0; i < 3; i++) {
    const routes = Array.from({ length: 100 }, (_, n) => host(i * 100 + n, 1, { label1: 11 }));
    rogue.say(announcement(routes, attributes, rogue.address));
  }
  const few = [1, 2, 3].map((n) => host(n, 1, { label1: 11 }));
  other.say(announcement(few, attributes, other.address));
  const count = (code: string, by?: string) =>
    nva.conflicts().filter((one) => one.code === code && (by === undefined || one.claims[0]?.by === by)).length;
  expect([count('wrong-vni', rogue.address), count('wrong-vni', other.address)]).toEqual([200, 3]);
  expect(count('duplicate-address')).toBe(1);
  expect(nva.conflicts().at(-1)).toMatchObject({
    id: 'left-out wrong-vni',
    code: 'left-out',
    reason: '100 more wrong-vni are not listed: 100 of 10.0.0.66',
  });
});
