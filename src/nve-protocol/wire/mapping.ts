/** One mapping as a map: host, prefix or flood (docs/nve-protocol.md, Mappings). */
import type { Mapping, MappingChange } from '../../nva/mapping.ts';
import { encapsulations } from '../../nva/model.ts';
import type { FieldReader } from './field-reader.ts';
import { present } from './present.ts';

const kinds = ['host', 'prefix', 'flood'] as const;
const VNI = 0xff_ffff;
/** Domains that a route can have passed. */
const DISTANCE = 0xffff;

export function decodeMapping(read: FieldReader): Mapping {
  const kind = read.oneOf('kind', kinds);
  const nve = read.ip('nve');
  const encapsulation = read.oneOf('encapsulation', encapsulations);
  const vni = read.integer('vni', 0, VNI);
  switch (kind) {
    case 'host': {
      const mac = read.optionalMac('mac');
      const ip = read.optionalIp('ip');
      if (mac === undefined && ip === undefined)
        read.refuse('missing-field', 'mac', 'A host has a MAC or an IP address.');
      const sequence = read.integer('sequence', 0, 0xffff_ffff);
      const sticky = read.flag('sticky');
      const l3 = read.optionalPart('l3', (part) => ({
        vni: part.integer('vni', 0, VNI),
        routerMac: part.mac('routerMac'),
      }));
      const distance = read.optionalInteger('distance', 0, DISTANCE);
      return present({ kind, nve, encapsulation, vni, mac, ip, sequence, sticky, l3, distance });
    }
    case 'prefix':
      return present({
        kind,
        nve,
        encapsulation,
        vni,
        prefix: read.prefix('prefix'),
        routerMac: read.optionalMac('routerMac'),
        distance: read.optionalInteger('distance', 0, DISTANCE),
      });
    case 'flood':
      return { kind, nve, encapsulation, vni };
  }
}

/** Field by field, so that what an NVA knows besides is not sent. */
export function encodeMapping(mapping: Mapping): Readonly<Record<string, unknown>> {
  const { kind, nve, encapsulation, vni } = mapping;
  switch (mapping.kind) {
    case 'host':
      return {
        kind,
        nve,
        encapsulation,
        vni,
        mac: mapping.mac,
        ip: mapping.ip,
        sequence: mapping.sequence,
        sticky: mapping.sticky ? true : undefined,
        l3: mapping.l3 === undefined ? undefined : { vni: mapping.l3.vni, routerMac: mapping.l3.routerMac },
        distance: mapping.distance,
      };
    case 'prefix':
      return {
        kind,
        nve,
        encapsulation,
        vni,
        prefix: mapping.prefix,
        routerMac: mapping.routerMac,
        distance: mapping.distance,
      };
    case 'flood':
      return { kind, nve, encapsulation, vni };
  }
}

export function decodeChange(read: FieldReader): MappingChange {
  if (read.has('set') === read.has('gone')) {
    read.refuse('bad-value', 'set', 'A change has either set or gone.');
  }
  const set = read.optionalPart('set', decodeMapping);
  if (set !== undefined) return { set };
  // Where neither is there, the reader has a fault, and this is thrown away.
  return { gone: read.optionalPart('gone', decodeMapping) as Mapping };
}

export function encodeChange(change: MappingChange): Readonly<Record<string, unknown>> {
  return 'set' in change ? { set: encodeMapping(change.set) } : { gone: encodeMapping(change.gone) };
}
