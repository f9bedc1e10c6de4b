/**
 * What its owner knows of what should be, asked of each route as it comes in, once BGP itself has nothing against it. A
 * refused route is kept and shown, is no part of any decision, and is sent to nobody.
 */
import type { NlriSplit } from '../wire/nlri/evpn/split.ts';
import type { AttributeSet } from './attribute-store.ts';
import type { Source } from './source.ts';

/** An owner's say in which routes may be used, beyond what BGP itself asks of them. */
export interface Admission {
  /**
   * Why a route may not be used: a number that its owner gives meaning to, 1 to 65,535; 0 where it may. Asked for each
   * route in an UPDATE, and again where the owner says that its answer may have changed: so from the arguments and the
   * owner's own state alone, and soon. The octets are valid during the call.
   */
  refuses(source: Source, set: AttributeSet, bytes: Uint8Array, split: NlriSplit): number;
}
