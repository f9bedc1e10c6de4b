import { type DomainId, parseDomainId as parse } from 'bgp-ts';
import { quote } from './address.ts';
import { accept, type Parsed, refuse } from './parsed.ts';

/** A domain identifier of D-PATH (RFC 10039 §4): a number of four octets and one of two. */
export function parseDomainId(text: string): Parsed<DomainId> {
  const found = parse(text);
  return found === undefined
    ? refuse(`${quote(text)} is not a domain identifier`, 'write it as in "65000:1"')
    : accept(found);
}
