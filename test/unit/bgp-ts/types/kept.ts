/** What does compile, to be got wrong in one point each by `refused.ts`. */
import { Family, type PathAttributes, parseRd, type Update } from '../../../../src/bgp-ts/index.ts';

const parsed = parseRd('65000:1');
if (parsed === undefined) throw new Error('65000:1 is a route distinguisher');
const rd = parsed;

export const macIp = {
  kind: 'mac-ip-advertisement',
  family: Family.Evpn,
  type: 2,
  rd,
  esi: '00'.repeat(10),
  ethernetTag: 0,
  mac: '02:00:00:00:00:11',
  label1: 100,
} as const;

export const prefix = { kind: 'prefix', family: Family.Ipv4Unicast, prefix: '192.0.2.0/24' } as const;

const attributes = {
  origin: 'igp',
  asPath: [{ type: 'sequence', asns: [65000] }],
  localPref: 100,
  mpReachNlri: { family: Family.Evpn, nextHop: '192.0.2.1', nlri: [macIp] },
} as const satisfies PathAttributes;

export const kept = {
  withdrawn: [],
  attributes,
  nlri: [],
} as const satisfies Update;

export const plain = { addPath: false } as const;
