import { MessageType } from '../wire/constants.ts';

/** Messages by type, since the peer was made. */
export interface MessageCounts {
  opens: number;
  updates: number;
  notifications: number;
  keepalives: number;
  routeRefreshes: number;
  /** Octets of TCP payload. */
  bytes: number;
}

export const noMessages = (): MessageCounts => ({
  opens: 0,
  updates: 0,
  notifications: 0,
  keepalives: 0,
  routeRefreshes: 0,
  bytes: 0,
});

/** Counts one message; its bytes are counted where they are read or written. */
export function countMessage(counts: MessageCounts, type: number): void {
  switch (type) {
    case MessageType.Open:
      counts.opens++;
      break;
    case MessageType.Update:
      counts.updates++;
      break;
    case MessageType.Notification:
      counts.notifications++;
      break;
    case MessageType.Keepalive:
      counts.keepalives++;
      break;
    case MessageType.RouteRefresh:
      counts.routeRefreshes++;
      break;
  }
}
