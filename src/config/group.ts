import { type IpAddress, isMulticast, parseAddress, quote } from './address.ts';
import { accept, type Parsed, refuse } from './parsed.ts';

/** A multicast group that routers of an underlay forward: no unicast address, and none whose packets stay on one link. */
export function parseGroup(text: string): Parsed<string> {
  const parsed = parseAddress(text);
  if (!parsed.ok) return parsed;
  const group = parsed.value;
  if (!isMulticast(group)) {
    return refuse(`${quote(text)} is not a multicast address`, 'groups lie in 224.0.0.0/4 and in ff00::/8');
  }
  if (staysOnLink(group)) {
    return refuse(
      `${quote(text)} does not leave its link`,
      `take one for private use, as in ${group.family === 4 ? '239.1.1.1' : 'ff05::1:1'}`,
    );
  }
  return accept(group.text);
}

/** 224.0.0.0/24 (RFC 5771 §4); interface-local and link-local scope, and scope 0, which is reserved (RFC 4291 §2.7). */
function staysOnLink({ family, octets }: IpAddress): boolean {
  if (family === 6) return (octets[1]! & 0x0f) <= 2;
  return octets[0] === 224 && octets[1] === 0 && octets[2] === 0;
}
