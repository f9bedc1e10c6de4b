import type { Handler, HandlerModules } from './handler.ts';

export const getLiveness =
  ({ readEventLoopDelay }: HandlerModules): Handler<'getLiveness'> =>
  () => ({ status: 200, body: { status: 'alive', eventLoopDelay: readEventLoopDelay() } });

export const getReadiness =
  ({ source }: HandlerModules): Handler<'getReadiness'> =>
  () => {
    const readiness = source.readiness();
    return readiness.ready ? { status: 200, body: readiness } : { status: 503, body: readiness };
  };

export const getHealth =
  ({ source, readEventLoopDelay, memory }: HandlerModules): Handler<'getHealth'> =>
  () => {
    const { rss, heapUsed } = memory();
    return {
      status: 200,
      body: {
        ...source.health(),
        readiness: source.readiness(),
        memory: { rssBytes: rss, heapUsedBytes: heapUsed },
        eventLoopDelay: readEventLoopDelay(),
      },
    };
  };
