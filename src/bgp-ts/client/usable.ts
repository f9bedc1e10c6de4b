/** What of a decoded UPDATE may be used. Pure. */
import { Family, type FamilyId } from '../wire/constants.ts';
import type { Update } from '../wire/message/update.ts';

/**
 * The UPDATE with every route withdrawn that it announces: treat-as-withdraw (RFC 7606 §2). Two of them, where it has both
 * MP_REACH_NLRI and MP_UNREACH_NLRI.
 */
export function asWithdrawals({ withdrawn, attributes, nlri }: Update): readonly Update[] {
  const { mpReachNlri, mpUnreachNlri } = attributes;
  const fields = [mpReachNlri, mpUnreachNlri].flatMap((routes) =>
    routes === undefined ? [] : [{ mpUnreachNlri: onlyRoutes(routes) }],
  );
  const [first = {}, ...others] = fields;
  return [
    { withdrawn: [...withdrawn, ...nlri], attributes: first, nlri: [] },
    ...others.map((only) => ({ withdrawn: [], attributes: only, nlri: [] })),
  ];
}

type Routes = NonNullable<Update['attributes']['mpUnreachNlri']>;

/** Without the next hop, which is for routes that are announced. */
function onlyRoutes({ family, nlri }: Routes): Routes {
  // taken from a pair, and so one
  return { family, nlri } as Routes;
}

/** The UPDATE without routes of families that were not negotiated; undefined when no route is left. */
export function ofFamilies(update: Update, families: ReadonlySet<FamilyId>): Update | undefined {
  const { mpReachNlri: reach, mpUnreachNlri: unreach, ...others } = update.attributes;
  const isOurs = ({ family, nlri }: Routes) => families.has(family) && nlri.length > 0;
  const hasIpv4 = families.has(Family.Ipv4Unicast);
  const usable: Update = {
    withdrawn: hasIpv4 ? update.withdrawn : [],
    attributes: {
      ...others,
      ...(reach !== undefined && isOurs(reach) && { mpReachNlri: reach }),
      ...(unreach !== undefined && isOurs(unreach) && { mpUnreachNlri: unreach }),
    },
    nlri: hasIpv4 ? update.nlri : [],
  };
  const { mpReachNlri, mpUnreachNlri } = usable.attributes;
  const isEmpty =
    usable.withdrawn.length === 0 &&
    usable.nlri.length === 0 &&
    mpReachNlri === undefined &&
    mpUnreachNlri === undefined;
  return isEmpty ? undefined : usable;
}
