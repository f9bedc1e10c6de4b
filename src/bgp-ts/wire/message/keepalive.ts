import { MessageType } from '../constants.ts';
import { frame } from './header.ts';

/** The KEEPALIVE message, which is its header alone (RFC 4271 §4.4). Never throws. */
export function encodeKeepalive(): Uint8Array {
  return frame(MessageType.Keepalive, new Uint8Array(0), false);
}
