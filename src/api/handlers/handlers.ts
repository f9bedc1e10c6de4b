import { getIndex, getMetrics, getOpenApi } from './about.ts';
import type { HandlerModules, Handlers } from './handler.ts';
import { getHealth, getLiveness, getReadiness } from './health.ts';
import { getLogLevels, setLogLevels } from './log-levels.ts';
import { getPeer, listPeers, resetPeer } from './peers.ts';
import { getRoute, listRoutes } from './routes.ts';

/** The handlers of all rows of the route table. */
export function createHandlers(modules: HandlerModules): Handlers {
  return {
    listPeers: listPeers(modules),
    getPeer: getPeer(modules),
    resetPeer: resetPeer(modules),
    listRoutes: listRoutes(modules),
    getRoute: getRoute(modules),
    getHealth: getHealth(modules),
    getLogLevels: getLogLevels(modules),
    setLogLevels: setLogLevels(modules),
    getOpenApi: getOpenApi(modules),
    getLiveness: getLiveness(modules),
    getReadiness: getReadiness(modules),
    getMetrics: getMetrics(modules),
    getIndex: getIndex(),
  };
}
