import { type ConfigPath, type Finding, formatPath } from './error.ts';
import { asList, type Claim, takenTwice } from './raw.ts';

/** An encapsulation that is in a list twice: which of the two places says how much it is preferred? */
export function encapsulationTwice(list: unknown, path: ConfigPath): Finding[] {
  const all = asList(list).flatMap((key, i) => (typeof key === 'string' ? [{ key, path: [...path, i] }] : []));
  const says = (key: string, before: Claim) => `${key} is ${formatPath(before.path)} already`;
  return takenTwice(all, says, 'leave one of them out');
}
