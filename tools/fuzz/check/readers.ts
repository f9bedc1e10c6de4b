/** Those who read what the decoder accepted, for people and for a session, take all of it. */
import { explainMessage, explanationLines, explanationObject } from '../../../src/bgp-ts/cli/explain.ts';
import { negotiate } from '../../../src/bgp-ts/session/negotiate.ts';
import { checkOpen } from '../../../src/bgp-ts/session/open-check.ts';
import { BgpRole } from '../../../src/bgp-ts/wire/capability/role.ts';
import { Family } from '../../../src/bgp-ts/wire/constants.ts';
import type { DecodeContext } from '../../../src/bgp-ts/wire/context.ts';
import type { Message } from '../../../src/bgp-ts/wire/message/message.ts';
import type { Open } from '../../../src/bgp-ts/wire/message/open.ts';
import { Broken, mayNotThrow } from './broken.ts';
import { show } from './show.ts';

/** Everything that two sides can agree on. */
const ours: Open = {
  myAs: 65000,
  holdTime: 90,
  bgpId: '10.0.0.1',
  capabilities: [
    { kind: 'multiprotocol', value: Family.Evpn },
    { kind: 'routeRefresh', value: true },
    { kind: 'enhancedRouteRefresh', value: true },
    { kind: 'extendedMessage', value: true },
    { kind: 'fourOctetAs', value: 65000 },
    { kind: 'role', value: BgpRole.Provider },
    { kind: 'addPath', value: [{ family: Family.Evpn, receive: true, send: true }] },
    { kind: 'extendedNextHop', value: [{ family: Family.Ipv4Unicast, nextHopAfi: 2 }] },
    { kind: 'gracefulRestart', value: { restarted: false, notification: true, restartTime: 120, families: [] } },
    { kind: 'longLivedGracefulRestart', value: [{ family: Family.Evpn, forwardingPreserved: true, staleTime: 60 }] },
  ],
};

/** Explains `bytes` as `bgp-ts decode` does; each row lies inside them. */
export function checkExplanation(bytes: Uint8Array, ctx: DecodeContext): void {
  const explanation = mayNotThrow('explain-throws', () => explainMessage(bytes, ctx));
  for (const row of explanation.rows) {
    const inside = row.start >= 0 && row.start <= row.end && row.end <= bytes.length;
    if (!inside) throw new Broken('explain-outside', `${show(row)} of ${bytes.length} octets`);
  }
  mayNotThrow('explain-throws', () => explanationLines(bytes, explanation));
  mayNotThrow('explain-throws', () => JSON.stringify(explanationObject(bytes, explanation)));
}

/** What an OPEN that was accepted comes to. */
export function checkNegotiation(message: Message): void {
  if (message.kind !== 'open') return;
  const negotiated = mayNotThrow('negotiate-throws', () => negotiate(ours, message.value));
  const { holdTime, keepaliveTime } = negotiated.timers;
  const sound = holdTime === 0 ? keepaliveTime === 0 : holdTime >= 3 && holdTime <= 90 && keepaliveTime > 0;
  if (!sound) throw new Broken('negotiate-timers', show(negotiated.timers));
  if (negotiated.remoteId === 0) throw new Broken('negotiate-identifier', show(message.value));
  const expectation = { minimumHoldTime: 3, commonFamily: true, strictRole: true };
  mayNotThrow('open-check-throws', () => checkOpen(ours, message.value, negotiated, expectation));
}
