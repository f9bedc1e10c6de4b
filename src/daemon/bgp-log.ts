/** One line for each event of the speaker that matters. */
import { type Neighbour, notificationTitle, type RetentionEvent, type SpeakerHandler } from 'bgp-ts';
import { count } from './count.ts';
import { describeDown, describeObjection } from './failure-text.ts';
import type { Logger } from './logging.ts';
import { malformedLog } from './malformed-log.ts';
import { Seldom } from './seldom.ts';

/** Milliseconds until an address is named again that is refused for the same reason. */
const REFUSAL_INTERVAL = 600_000;
/** Lines about refused connections, from however many addresses, in so many milliseconds; the rest is counted. */
const REFUSALS_SHOWN = 100;
const REFUSAL_WINDOW = 60_000;
/** Milliseconds until it is said again why a peer does not come up. */
const OBJECTION_INTERVAL = 3_600_000;

/** `domain`: all of its neighbours are of this neighbour domain. */
export function bgpLog(logger: Logger, now: () => number, domain?: string): SpeakerHandler {
  const refusals = { since: 0, shown: 0, more: 0 };
  const refused = new Seldom(REFUSAL_INTERVAL, now);
  const objections = new Seldom(OBJECTION_INTERVAL, now);
  /** Whose session is about to end for what has been a warning already. */
  let explained: string | undefined;
  const malformed = malformedLog(logger, now);
  /** Of each line about a session. */
  const beyond = domain === undefined ? {} : { role: 'domain', domain };
  return {
    established(neighbour, negotiated) {
      const { address, policy } = neighbour;
      objections.forget(address);
      const role = policy.reflection === 'client' ? 'nve' : 'nva';
      const fields = { peer: address, role, ...beyond, asn: negotiated.remoteAsn };
      logger.info({ ...fields, holdTime: negotiated.timers.holdTime }, `session with ${address} established`);
    },
    down(neighbour, reason) {
      const { address } = neighbour;
      const level = reason.cause === 'manual-stop' || explained === address ? 'info' : 'warn';
      explained = undefined;
      logger[level](
        { peer: address, ...beyond, cause: reason.cause },
        `session with ${address} ended: ${describeDown(reason)}`,
      );
    },
    retention({ address }, event) {
      const { type } = event;
      const routes = 'routes' in event ? event.routes : 0;
      const level = type === 'refresh-ended' && routes > 0 ? 'info' : retentionLevels[type];
      logger[level]({ peer: address, ...beyond, event: type, routes }, describeRetention(address, event));
    },
    routeLimit({ address }, event) {
      const fields = { peer: address, ...event };
      switch (event.type) {
        case 'near-limit':
          logger.warn(
            fields,
            `${address} has ${count(event.routes, 'route')}, more than the ${event.warnAbove} that maxRoutes warns above; with more than ${event.limit} its session is ended`,
          );
          break;
        case 'exceeded':
          explained = address;
          logger.warn(fields, `the session with ${address} ends: ${event.reason}`);
          break;
        case 'held':
          logger.info(
            fields,
            event.seconds === 'never'
              ? `${address} is kept down until it is reset (nvactl reset ${address})`
              : `${address} is kept down for ${event.seconds} s`,
          );
          break;
        case 'released':
          logger.info(fields, `${address} may come back`);
      }
    },
    deferral(event) {
      if (event.type === 'deferred') {
        const { seconds } = event;
        logger.info(
          { seconds },
          `nvad has restarted; it listens first, for ${seconds} s at most, before it tells what it knows`,
        );
      } else if (event.missing.length === 0) {
        logger.info('everybody who was here before the restart has told their routes; they are passed on from now on');
      } else {
        const fields = { peers: event.missing, count: event.missing.length };
        logger.warn(
          fields,
          `${count(event.missing.length, 'peer that was', 'peers that were')} here before the restart ${be(event.missing.length)} waited for no longer`,
        );
      }
    },
    malformed(neighbour, update) {
      if (malformed(neighbour, update) && update.outcome === 'session-reset') explained = neighbour.address;
    },
    peerEvent(neighbour: Neighbour, event) {
      const peer = neighbour.address;
      switch (event.type) {
        case 'state':
          logger.debug({ peer, from: event.from, to: event.to }, `${peer}: ${event.from} to ${event.to}`);
          break;
        case 'attempt-failed': {
          const objection = describeObjection(event.reason);
          const level = objection !== undefined && objections.isDue(peer, objection) ? 'warn' : 'debug';
          logger[level]({ peer, ...beyond }, `no session with ${peer}: ${objection ?? describeDown(event.reason)}`);
          break;
        }
        case 'notification-sent':
        case 'notification-received': {
          const { code, subcode } = event.notification;
          const way = event.type === 'notification-sent' ? 'sent to' : 'received from';
          logger.info(
            { peer, ...beyond, code, subcode },
            `NOTIFICATION ${way} ${peer}: ${notificationTitle(event.notification)}`,
          );
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
      if (now() - refusals.since > REFUSAL_WINDOW) {
        if (refusals.more > 0)
          logger.info(
            { count: refusals.more },
            `${count(refusals.more, 'more connection was', 'more connections were')} refused`,
          );
        Object.assign(refusals, { since: now(), shown: 0, more: 0 });
      }
      if (refusals.shown >= REFUSALS_SHOWN || !refused.isDue(address, reason)) {
        refusals.more++;
        return;
      }
      refusals.shown++;
      // That its session ended for this has been a warning already.
      const level = reason === 'route-limit' ? 'info' : 'warn';
      logger[level]({ peer: address, reason }, refusalText(address, reason));
    },
    heldBack({ address }, { routes, reason }) {
      logger.warn({ peer: address }, `${address} is not sent ${routes}: ${reason}`);
    },
    unprotected({ option, reason, peers }) {
      logger.error({ option, peers }, `${peers ?? 'protected peers'} cannot come in: ${reason}`);
    },
    tooSlow(neighbour) {
      const { address } = neighbour;
      logger.warn({ peer: address }, `${address} reads too slowly; its session is ended so that it begins anew`);
    },
  };
}

const be = (number: number) => (number === 1 ? 'is' : 'are');

function refusalText(address: string, reason: string): string {
  const why: Readonly<Record<string, string>> = {
    'unknown-peer': 'it is no configured peer; nves or nvas in the configuration would let it in',
    'half-open-limit': 'too many connections are waiting for their OPEN',
    'rate-limit': 'too many connections come in',
    'too-many-neighbours': 'too many dynamic neighbours are known',
    'route-limit': 'it had more routes than it may and is kept down',
  };
  return `connection from ${address} refused: ${why[reason] ?? reason}`;
}

const retentionLevels = {
  retained: 'info',
  'long-lived': 'warn',
  returned: 'info',
  'returned-without-state': 'warn',
  resynchronised: 'info',
  expired: 'warn',
  'refresh-begun': 'debug',
  'refresh-ended': 'debug',
  'refresh-too-early': 'warn',
} as const satisfies Record<RetentionEvent['type'], string>;

function describeRetention(address: string, event: RetentionEvent): string {
  switch (event.type) {
    case 'retained':
      return `${count(event.routes, 'route')} of ${address} ${be(event.routes)} kept for its return, ${event.seconds} s at most`;
    case 'long-lived':
      return `${address} has not come back in time; ${event.routes} of its routes ${be(event.routes)} the least preferred, for ${event.seconds} s at most`;
    case 'returned':
      return `${address} is back; ${event.routes} of its routes ${be(event.routes)} kept until it has told them again`;
    case 'returned-without-state':
      return `${address} is back, but not as it was; ${count(event.routes, 'route that was', 'routes that were')} kept of it ${be(event.routes)} withdrawn`;
    case 'resynchronised':
      return `${address} has told its routes again; ${event.routes} that it has no more ${be(event.routes)} withdrawn`;
    case 'expired':
      return `${address} ${missed[event.phase]} in time; ${count(event.routes, 'route that was', 'routes that were')} kept of it ${be(event.routes)} withdrawn`;
    case 'refresh-begun':
      return `${address} begins to tell its ${count(event.routes, 'route')} again`;
    case 'refresh-ended':
      return `${address} has told its routes again; ${event.routes} that it has no more ${be(event.routes)} withdrawn`;
    case 'refresh-too-early':
      return `${address} begins a route refresh before its End-of-RIB, which is ignored (RFC 7313 §4)`;
  }
}

const missed = {
  'long-lived': 'has not come back',
  restarting: 'has not come back',
  resynchronising: 'has not said End-of-RIB',
  refreshing: 'has not ended its route refresh',
} as const;
