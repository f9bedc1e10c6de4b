import fc from 'fast-check';
import { expect, it } from 'vitest';
import { HostIndex } from '../../../src/nva/host-index.ts';
import type { HostMapping } from '../../../src/nva/mapping.ts';

const host = (mac: string | undefined, ip: string | undefined): HostMapping => ({
  kind: 'host',
  nve: '10.0.0.1',
  encapsulation: 'vxlan',
  vni: 1,
  sequence: 0,
  sticky: false,
  ...(mac !== undefined && { mac }),
  ...(ip !== undefined && { ip }),
});

const macs = [undefined, '00:00:00:00:00:00', '02:00:00:00:00:0a', '02:00:00:00:00:a0', 'ff:ff:ff:ff:ff:ff'];
// Texts as long as a MAC address among them, and many of few addresses.
const ips = [
  undefined,
  '0.0.0.0',
  '255.255.255.255',
  '::',
  'ab:1:2:3:4:5:6:78',
  '2001:db8:0:1::abc',
  ...Array.from({ length: 20 }, (_, i) => `10.0.0.${i}`),
];
const addresses = [...macs, ...ips].filter((address) => address !== undefined);

const pair = fc
  .record({ mac: fc.constantFrom(...macs), ip: fc.constantFrom(...ips) })
  .filter(({ mac, ip }) => mac !== undefined || ip !== undefined);

it('finds hosts by each of their addresses, and those that share one, as a list that is searched does', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ pair, add: fc.boolean() }), { maxLength: 150, size: 'max' }), (steps) => {
      const index = new HostIndex<{ readonly host: HostMapping }>((entry) => entry.host);
      const there = new Map<string, { readonly host: HostMapping }>();
      for (const { pair, add } of steps) {
        const key = `${pair.mac} ${pair.ip}`;
        const entry = there.get(key);
        if (add === (entry !== undefined)) continue;
        if (entry !== undefined) {
          there.delete(key);
          index.delete(entry);
        } else {
          const made = { host: host(pair.mac, pair.ip) };
          there.set(key, made);
          index.add(made);
        }
      }
      const all = [...there.values()];
      for (const address of addresses) {
        const sharing = all.filter((entry) => entry.host.mac === address || entry.host.ip === address);
        expect(new Set(index.of(address))).toEqual(new Set(sharing));
      }
      for (const mac of macs) for (const ip of ips) expect(index.find(mac, ip)).toBe(there.get(`${mac} ${ip}`));
      const shared = ips.filter((ip) => ip !== undefined && all.filter((entry) => entry.host.ip === ip).length > 1);
      expect([...index.sharedIps].sort()).toEqual(shared.sort());
    }),
  );
});
