/** `bgp-ts decode --kind`: parts of messages without a message around them. */
import { decodeCapabilities } from '../wire/capability/capability.ts';
import { decodeExtendedCommunity } from '../wire/community/extended/octets.ts';
import { decodeEsi, ESI_LENGTH } from '../wire/esi.ts';
import { roleFaults } from '../wire/message/message.ts';
import { decodeRd, formatRd, RD_LENGTH } from '../wire/rd.ts';
import type { Explanation } from './explain.ts';
import { extendedCommunityText } from './explain-community.ts';
import { explainEsi } from './explain-esi.ts';
import { explainCapabilities } from './explain-open.ts';
import { Fields } from './fields.ts';
import { sizeFault } from './fixed-size.ts';
import { row } from './row.ts';

const COMMUNITY_LENGTH = 8;

/** Capabilities side by side, as in the value of an Optional Parameter (RFC 5492 §4). */
export function explainCapabilityList(bytes: Uint8Array): Explanation {
  const result = decodeCapabilities(bytes, 0, bytes.length);
  return {
    rows: explainCapabilities(bytes, 0, bytes.length, 0),
    faults: result.ok ? roleFaults(result.value) : [result.fault],
    decoded: result.ok ? result.value : undefined,
  };
}

/** Extended communities side by side. */
export function explainExtendedCommunities(bytes: Uint8Array): Explanation {
  const fault = sizeFault(bytes, COMMUNITY_LENGTH);
  if (fault !== undefined) return refused(fault);
  const starts = Array.from({ length: bytes.length / COMMUNITY_LENGTH }, (_, i) => i * COMMUNITY_LENGTH);
  const decoded = starts.map((at) => decodeExtendedCommunity(bytes, at));
  const rows = decoded.map((community, i) => {
    const at = i * COMMUNITY_LENGTH;
    return row(at, at + COMMUNITY_LENGTH, 0, extendedCommunityText(community));
  });
  return { rows, faults: [], decoded };
}

export function explainRd(bytes: Uint8Array): Explanation {
  const fault = sizeFault(bytes, RD_LENGTH, 1);
  if (fault !== undefined) return refused(fault);
  const decoded = decodeRd(bytes);
  return { rows: [row(0, RD_LENGTH, 0, `RD ${formatRd(decoded)}, type ${decoded.type}`)], faults: [], decoded };
}

export function explainEsiAlone(bytes: Uint8Array): Explanation {
  const fault = sizeFault(bytes, ESI_LENGTH, 1);
  if (fault !== undefined) return refused(fault);
  const fields = new Fields(bytes, 0, 0);
  explainEsi(fields);
  return { rows: fields.rows, faults: [], decoded: decodeEsi(bytes, 0) };
}

function refused(fault: Explanation['faults'][number]): Explanation {
  return { rows: [], faults: [fault], decoded: undefined };
}
