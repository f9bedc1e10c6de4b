import { formatCommunity, parseCommunity, parseLargeCommunity } from 'bgp-ts';
import { quote } from './address.ts';
import { accept, type Parsed, refuse } from './parsed.ts';

/** A standard community (RFC 1997), also by its well-known name, or a large one (RFC 8092); canonical. */
export function parseAnyCommunity(text: string): Parsed<string> {
  const standard = parseCommunity(text);
  if (standard !== undefined) return accept(formatCommunity(standard));
  const large = parseLargeCommunity(text);
  if (large !== undefined) return accept(large);
  return refuse(
    `${quote(text)} is not a community`,
    'write it as in "65000:1" (two numbers up to 65535), "4200000000:1:2" or no-export',
  );
}
