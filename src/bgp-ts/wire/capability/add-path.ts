import { concat, readU16, u16 } from '../bytes.ts';
import { type FamilyId, familyAfi, familyId, familySafi } from '../constants.ts';
import { ok } from '../result.ts';
import { type CapabilityCodec, malformed } from './codec.ts';

export interface AddPathFamily {
  readonly family: FamilyId;
  /** The sender is able to receive several paths for one prefix. */
  readonly receive: boolean;
  /** The sender is able to send several paths for one prefix. */
  readonly send: boolean;
}

const RECEIVE = 1;
const SEND = 2;

/** ADD-PATH (RFC 7911 §4). A tuple with an undefined Send/Receive value is left out, as the section asks. */
export const addPath: CapabilityCodec<readonly AddPathFamily[]> = {
  decode(bytes, start, end) {
    // some send it without any family where they know none
    if ((end - start) % 4 !== 0) return malformed(`length ${end - start} is no multiple of 4`);
    const families: AddPathFamily[] = [];
    for (let at = start; at < end; at += 4) {
      const mode = bytes[at + 3];
      if (mode < RECEIVE || mode > (RECEIVE | SEND)) continue;
      const family = familyId(readU16(bytes, at), bytes[at + 2]);
      families.push({ family, receive: (mode & RECEIVE) !== 0, send: (mode & SEND) !== 0 });
    }
    return ok(families);
  },
  encode(families) {
    return concat(
      families.map(({ family, receive, send }) =>
        Uint8Array.of(...u16(familyAfi(family)), familySafi(family), (receive ? RECEIVE : 0) | (send ? SEND : 0)),
      ),
    );
  },
};
