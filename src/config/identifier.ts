import { isIPv4 } from 'node:net';
import { quote } from './address.ts';
import { accept, type Parsed, refuse } from './parsed.ts';

/** BGP Identifier: any four octets but zero (RFC 6286 §2.1), written as a dotted quad. */
export function parseRouterId(text: string): Parsed<string> {
  return dottedQuad(text, 'a router id', 'RFC 6286 §2.1');
}

/** CLUSTER_ID: four octets (RFC 4456 §7), written as a dotted quad. Zero is refused as a likely oversight. */
export function parseClusterId(text: string): Parsed<string> {
  return dottedQuad(text, 'a cluster id', 'it would be every unset one');
}

function dottedQuad(text: string, what: string, whyNotZero: string): Parsed<string> {
  if (!isIPv4(text)) return refuse(`${quote(text)} is not ${what}`, 'write four numbers of 0 to 255, as in 10.0.0.1');
  if (text === '0.0.0.0') return refuse(`${what} cannot be 0.0.0.0 (${whyNotZero})`, 'use an address of this machine');
  return accept(text);
}
