import { describe, expect, it, vi } from 'vitest';
import { announcement, macIp, plain } from '../bgp-ts/rib/kit.ts';
import { attach, nvaLab, nve, orchestrator, put, web } from './kit.ts';

const routed = { ...web, service: 'l3' } as const;
const prefix = (text: string) => {
  const base = { kind: 'ip-prefix', family: macIp(1).family, type: 5, rd: { type: 0, asn: 1, assigned: 1 } };
  return { ...base, esi: '00'.repeat(10), ethernetTag: 0, prefix: text, gateway: '0.0.0.0', label: 10 } as never;
};
const attributes = { ...plain, extendedCommunities: ['030c000000000008', '0002fde80000000a', '0603020000000099'] };
const at = (n: number, where: number, more: object) => attach(n, where, { mac: undefined, ...more });

describe('attachments of a prefix', () => {
  it('have it, or an IP address that is all of it', async () => {
    const { nva, apply } = await nvaLab();
    const of = (text: string) =>
      [...nva.registry.attachmentsOfPrefix('web', text)].map(({ attachment: { id } }) => id).sort();
    apply(put(routed), put(nve(1)), put(nve(2)));
    apply(
      at(1, 1, { ips: ['192.0.2.1', '2001:db8::1'] }),
      at(2, 1, { prefixes: ['198.51.100.0/24', '192.0.2.1/32'] }),
      at(3, 2, { prefixes: ['198.51.100.0/24', '2001:db8::/32'] }),
    );
    expect(of('192.0.2.1/32')).toEqual(['vm1', 'vm2']);
    expect(of('2001:db8::1/128')).toEqual(['vm1']);
    expect(of('198.51.100.0/24')).toEqual(['vm2', 'vm3']);
    expect(of('2001:db8::/32')).toEqual(['vm3']);
    expect(of('192.0.2.1/24')).toEqual([]);
    // A prefix that two have is shared, as one with two ways to it is: no address is.
    expect([...nva.registry.sharedAddresses('web')]).toEqual([]);
    const moved = at(2, 1, { prefixes: ['203.0.113.0/24'] });
    nva.apply([moved], orchestrator, { dryRun: true });
    expect(of('198.51.100.0/24')).toEqual(['vm2', 'vm3']);
    apply(moved, { op: 'delete', kind: 'attachment', network: 'web', id: 'vm1' });
    expect([of('198.51.100.0/24'), of('203.0.113.0/24'), of('192.0.2.1/32')]).toEqual([['vm3'], ['vm2'], []]);
  });

  it('are all that is looked at when their route comes', async () => {
    const { lab, nva, apply } = await nvaLab();
    apply(put({ ...routed, trust: 'both' }), put(nve(11, { kind: 'bgp' })), put(nve(12, { kind: 'bgp' })));
    apply(
      at(1, 11, { ips: ['192.0.2.1'] }),
      at(2, 11, { prefixes: ['198.51.100.0/24'] }),
      at(3, 12, { ips: ['192.0.2.3'] }),
    );
    const router = lab.join('10.0.0.11');
    const all = vi.spyOn(nva.registry, 'attachmentsAt');
    const routes = ['192.0.2.1/32', '198.51.100.0/24', '192.0.2.3/32', '203.0.113.0/24'].map(prefix);
    router.say(announcement(routes, attributes, router.address));
    expect(all).not.toHaveBeenCalled();
    expect([...(nva.mappingsOf('web')?.snapshot() ?? [])]).toMatchObject([
      { prefix: '192.0.2.1/32' },
      { prefix: '198.51.100.0/24' },
    ]);
    expect(nva.conflicts().map(({ code, claims }) => `${code} ${claims[0]?.prefix}`)).toEqual([
      'not-registered 192.0.2.3/32',
      'not-registered 203.0.113.0/24',
    ]);
  });
});
