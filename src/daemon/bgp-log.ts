/** One line for each event of the speaker that matters. */
import { type DownReason, type Neighbour, notificationName, type SpeakerHandler } from 'bgp-ts';
import type { Logger } from './logging.ts';

/** Lines about refused connections in one interval; the rest is counted. */
const REFUSALS_SHOWN = 10;
const REFUSAL_INTERVAL = 60_000;

export function bgpLog(logger: Logger, now: () => number): SpeakerHandler {
  const refusals = { since: 0, shown: 0, more: 0 };
  return {
    established(neighbour, negotiated) {
      const { address, policy } = neighbour;
      const fields = { peer: address, role: policy.reflection === 'client' ? 'nve' : 'nva', asn: negotiated.remoteAsn };
      logger.info({ ...fields, holdTime: negotiated.timers.holdTime }, `session with ${address} established`);
    },
    down(neighbour, reason) {
      const { address } = neighbour;
      const level = reason.cause === 'manual-stop' ? 'info' : 'warn';
      logger[level]({ peer: address, cause: reason.cause }, `session with ${address} ended: ${describeDown(reason)}`);
    },
    fault(neighbour, fault) {
      const { code, subcode } = fault.notification;
      const fields = { peer: neighbour.address, fault: fault.code, code, subcode };
      logger.warn(fields, `UPDATE from ${neighbour.address} ends its session: ${fault.reason}`);
    },
    peerEvent(neighbour: Neighbour, event) {
      const peer = neighbour.address;
      switch (event.type) {
        case 'state':
          logger.debug({ peer, from: event.from, to: event.to }, `${peer}: ${event.from} to ${event.to}`);
          break;
        case 'attempt-failed':
          logger.debug({ peer }, `no session with ${peer}: ${describeDown(event.reason)}`);
          break;
        case 'notification-sent':
        case 'notification-received': {
          const { code, subcode } = event.notification;
          const way = event.type === 'notification-sent' ? 'sent to' : 'received from';
          logger.info({ peer, code, subcode }, `NOTIFICATION ${way} ${peer}: ${notificationName(code, subcode)}`);
          break;
        }
        case 'connection-rejected':
          logger.debug({ peer }, `a connection from ${peer} could not be used now`);
          break;
        case 'collision':
          logger.debug({ peer }, `connections with ${peer} collided; the one that ${event.kept} began stays`);
          break;
      }
    },
    refused(address, reason) {
      if (now() - refusals.since > REFUSAL_INTERVAL) {
        if (refusals.more > 0) logger.warn({ count: refusals.more }, `${refusals.more} more connections were refused`);
        Object.assign(refusals, { since: now(), shown: 0, more: 0 });
      }
      if (refusals.shown++ < REFUSALS_SHOWN) logger.warn({ peer: address, reason }, refusalText(address, reason));
      else refusals.more++;
    },
    heldBack({ address }, { routes, reason }) {
      logger.warn({ peer: address }, `${address} is not sent ${routes}: ${reason}`);
    },
    tooSlow(neighbour) {
      const { address } = neighbour;
      logger.warn({ peer: address }, `${address} reads too slowly; its session is ended so that it begins anew`);
    },
  };
}

function refusalText(address: string, reason: string): string {
  const why: Readonly<Record<string, string>> = {
    'unknown-peer': 'it is no configured peer; nves or nvas in the configuration would let it in',
    'half-open-limit': 'too many connections are waiting for their OPEN',
    'rate-limit': 'too many connections come in',
    'too-many-neighbours': 'too many dynamic neighbours are known',
  };
  return `connection from ${address} refused: ${why[reason] ?? reason}`;
}

function describeDown({ cause, sent, received, detail }: DownReason): string {
  const parts = [cause.replaceAll('-', ' ')];
  if (received !== undefined) parts.push(`peer says ${notificationName(received.code, received.subcode)}`);
  if (sent !== undefined) parts.push(`told it ${notificationName(sent.code, sent.subcode)}`);
  if (detail !== undefined) parts.push(detail);
  return parts.join(', ');
}
