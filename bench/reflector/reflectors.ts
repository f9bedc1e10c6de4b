import { frr } from './frr.ts';
import { gobgp } from './gobgp.ts';
import { nvad } from './nvad.ts';
import type { Reflector } from './reflector.ts';

/** In the order in which they take turns; ratios are to the first. */
export const reflectors: readonly Reflector[] = [nvad, frr, gobgp];
