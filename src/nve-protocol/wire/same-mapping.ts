import type { Mapping } from '../../nva/mapping.ts';

/** Whether both say the same of where to send. */
export function sameMapping(a: Mapping | undefined, b: Mapping | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  if (a.kind !== b.kind || a.nve !== b.nve || a.encapsulation !== b.encapsulation || a.vni !== b.vni) return false;
  if (a.kind === 'host' && b.kind === 'host') {
    return (
      a.mac === b.mac &&
      a.ip === b.ip &&
      a.sequence === b.sequence &&
      a.sticky === b.sticky &&
      a.distance === b.distance &&
      a.l3?.vni === b.l3?.vni &&
      a.l3?.routerMac === b.l3?.routerMac
    );
  }
  if (a.kind === 'prefix' && b.kind === 'prefix')
    return a.prefix === b.prefix && a.routerMac === b.routerMac && a.distance === b.distance;
  return true;
}
