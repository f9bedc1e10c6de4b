/** From what a rule says to its conditions, those that are about attributes first: they cost least. */
import type { PolicyRule } from '../policy.ts';
import type { CrossingType } from '../route.ts';
import { IpIn, LiesIn, PrefixIn } from './address.ts';
import { OneOf, SomeOf } from './any-of.ts';
import type { Condition } from './condition.ts';
import { MacIn } from './mac.ts';
import { AgeWithin, NumberWithin } from './range.ts';

/** A rule that is for some types of route alone because of what it does has that as its last condition. */
export function conditionsOf({ match, action }: PolicyRule): readonly Condition[] {
  const { type, network, sticky, encapsulation, community, routeTarget, sequence, dPath, mac, oui, ip, prefix, age } =
    match;
  const aggregate = action.outcome === 'accept' ? action.aggregate : undefined;
  const summary = action.outcome === 'accept' ? action.summary : undefined;
  const conditions: (Condition | undefined)[] = [
    type && new OneOf('type', type, (of) => of.type, type),
    summary && new OneOf('summariseMacs', macRoutes, (of) => of.type, macRoutes),
    network && new OneOf('network', network, (of) => of.network),
    sticky === undefined ? undefined : new OneOf('sticky', [sticky], (of) => of.sticky),
    sequence && new NumberWithin('sequence', sequence, (of) => of.sequence),
    encapsulation && new SomeOf('encapsulation', encapsulation, (of) => of.encapsulations),
    community && new SomeOf('community', community, (of) => of.communities),
    routeTarget && new SomeOf('routeTarget', routeTarget, (of) => of.routeTargets),
    dPath?.contains && new SomeOf('dPath.contains', dPath.contains, (of) => of.dPath),
    dPath?.length && new NumberWithin('dPath.length', dPath.length, (of) => of.dPath.length),
    age && new AgeWithin(age),
    mac && new MacIn('mac', mac),
    oui && new MacIn('oui', oui),
    ip && new IpIn(ip),
    prefix && new PrefixIn(prefix),
    aggregate === undefined ? undefined : new LiesIn(aggregate),
  ];
  return conditions.filter((condition) => condition !== undefined);
}

const macRoutes: readonly CrossingType[] = [2];
