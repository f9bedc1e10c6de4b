import type { Actor } from '../../nva/model.ts';
import type { Role } from '../contract/roles.ts';

/** Who asks, and what they may do. */
export interface Caller {
  readonly actor: Actor;
  readonly roles: readonly Role[];
}
