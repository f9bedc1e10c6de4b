import type { ServerResponse } from 'node:http';
import type { Feed } from './contract/feed.ts';
import { formatEvent, HEARTBEAT_TEXT } from './event-stream.ts';

/** How long a reader waits before it comes again, in milliseconds. */
const RETRY = 1000;

/**
 * Sends a feed for as long as its reader is there. Something is read from the feed only when the socket has taken what was
 * written before, so that a slow reader costs one batch and no more; one that takes nothing at all is ended by the server's
 * bound on silence. `ended` is called once.
 */
export function sendFeed(feed: Feed, response: ServerResponse, heartbeatMs: number, ended: () => void): void {
  let scheduled = false;
  const step = () => {
    scheduled = false;
    if (response.destroyed || response.writableEnded || response.writableNeedDrain) return;
    const events = feed.read();
    if (events === undefined) {
      response.end();
      return;
    }
    if (events.length === 0) return;
    response.write(events.map(formatEvent).join(''));
    schedule();
  };
  // One batch for each turn of the event loop: others have theirs in between.
  const schedule = () => {
    if (scheduled) return;
    scheduled = true;
    setImmediate(step);
  };
  const unwatch = feed.watch(schedule);
  const heartbeat = setInterval(() => {
    if (!response.writableNeedDrain && !response.writableEnded) response.write(HEARTBEAT_TEXT);
  }, heartbeatMs);
  heartbeat.unref();
  response.on('drain', schedule);
  response.once('close', () => {
    clearInterval(heartbeat);
    unwatch();
    ended();
  });
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    // A proxy that collects would hold events back.
    'x-accel-buffering': 'no',
  });
  response.write(`retry: ${RETRY}\n\n`);
  schedule();
}
