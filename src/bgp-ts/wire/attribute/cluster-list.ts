import { concat } from '../bytes.ts';
import { EncodeError } from '../encode-error.ts';
import { formatIpv4, parseIpv4 } from '../ip.ts';
import { ok } from '../result.ts';
import type { AttributeCodec } from './codec.ts';
import { wrongLength } from './malformed.ts';

/** CLUSTER_LIST (RFC 4456 §8, RFC 7606 §7.10): cluster ids in dotted decimal, the last reflector's first. */
export const clusterList: AttributeCodec<readonly string[]> = {
  decode(bytes, start, end) {
    if ((end - start) % 4 !== 0) return wrongLength('cluster-list', start, end, 'a multiple of 4');
    const ids: string[] = [];
    for (let at = start; at < end; at += 4) ids.push(formatIpv4(bytes, at));
    return ok(ids);
  },
  encode(ids) {
    return concat(
      ids.map((id) => {
        const octets = parseIpv4(id);
        if (octets === undefined) throw new EncodeError(`cluster id ${id} is not in dotted decimal`);
        return octets;
      }),
    );
  },
};
