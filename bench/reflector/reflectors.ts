import { frr } from './frr.ts';
import { gobgp } from './gobgp.ts';
import { nvad } from './nvad.ts';
import type { Reflector } from './reflector.ts';

/** In the order of the first round; ratios are to the first. */
export const reflectors: readonly Reflector[] = [nvad, frr, gobgp];
