import type { DownReason } from '../../../../src/bgp-ts/fsm/action.ts';
import type { Negotiated } from '../../../../src/bgp-ts/session/negotiate.ts';
import type { Peer, PeerEvent, PeerHandler } from '../../../../src/bgp-ts/session/peer.ts';
import type { Fault } from '../../../../src/bgp-ts/wire/fault.ts';

/** Writes down what a peer tells its handler, one short line each. */
export class Recorder implements PeerHandler {
  readonly lines: string[] = [];
  negotiated: Negotiated | undefined;
  readonly downs: DownReason[] = [];
  /** The answer to the next UPDATE. */
  fault: Fault | undefined;
  updates = 0;
  /** Whether there is time for what is received. */
  reading = true;

  established(_: Peer, negotiated: Negotiated): void {
    this.negotiated = negotiated;
    this.lines.push('established');
  }

  update(_peer: Peer, bytes: Uint8Array, start: number, end: number): Fault | undefined {
    this.updates++;
    this.lines.push(`update ${Buffer.from(bytes.subarray(start + 19, end)).toString('hex')}`);
    return this.fault;
  }

  routeRefresh(_: Peer, family: number, subtype: number): void {
    this.lines.push(`route-refresh ${family} ${subtype}`);
  }

  mayRead(): boolean {
    return this.reading;
  }

  readDone(): void {
    this.lines.push('read done');
  }

  writable(): void {
    this.lines.push('writable');
  }

  down(_: Peer, reason: DownReason): void {
    this.downs.push(reason);
    this.lines.push(`down ${reason.cause}`);
  }

  event(_: Peer, event: PeerEvent): void {
    switch (event.type) {
      case 'state':
        this.lines.push(`${event.from} → ${event.to}`);
        break;
      case 'notification-sent':
      case 'notification-received':
        this.lines.push(`${event.type} ${event.notification.code}/${event.notification.subcode}`);
        break;
      case 'attempt-failed':
        this.lines.push(`failed ${event.reason.cause}`);
        break;
      case 'connection-rejected':
        this.lines.push('connection rejected');
        break;
      case 'collision':
        this.lines.push(`collision, kept ${event.kept}`);
        break;
    }
  }

  /** What was written down since the last call. */
  take(): string[] {
    return this.lines.splice(0);
  }
}
