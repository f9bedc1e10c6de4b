import { getIndex, getMetrics, getOpenApi } from './about.ts';
import { deleteAttachment, getAttachment, listAttachments, putAttachment } from './attachments.ts';
import { apply, followEvents } from './changes.ts';
import { listConflicts, releaseConflict } from './conflicts.ts';
import { drainDomain, freezeDomain, getDomain, listRegions, releaseDomain } from './domains.ts';
import { explain, explainAcross } from './explain.ts';
import type { HandlerModules, Handlers } from './handler.ts';
import { getHealth, getLiveness, getReadiness } from './health.ts';
import { getLogLevels, setLogLevels } from './log-levels.ts';
import { listMappings } from './mappings.ts';
import { deleteNve, getNve, listNves, putNve } from './nves.ts';
import { getPeer, listPeers, resetPeer } from './peers.ts';
import { applyPolicy, listPolicies, listPolicyVersions, rollBackPolicies, testPolicy } from './policies.ts';
import { getRoute, listRoutes } from './routes.ts';
import { deleteVirtualNetwork, getVirtualNetwork, listVirtualNetworks, putVirtualNetwork } from './virtual-networks.ts';

/** The handlers of all rows of the route table. */
export function createHandlers(modules: HandlerModules): Handlers {
  return {
    listPeers: listPeers(modules),
    getPeer: getPeer(modules),
    resetPeer: resetPeer(modules),
    listRoutes: listRoutes(modules),
    getRoute: getRoute(modules),
    deleteAttachment: deleteAttachment(modules),
    getAttachment: getAttachment(modules),
    listAttachments: listAttachments(modules),
    putAttachment: putAttachment(modules),
    apply: apply(modules),
    followEvents: followEvents(modules),
    listConflicts: listConflicts(modules),
    releaseConflict: releaseConflict(modules),
    listMappings: listMappings(modules),
    deleteNve: deleteNve(modules),
    getNve: getNve(modules),
    listNves: listNves(modules),
    putNve: putNve(modules),
    deleteVirtualNetwork: deleteVirtualNetwork(modules),
    getVirtualNetwork: getVirtualNetwork(modules),
    listVirtualNetworks: listVirtualNetworks(modules),
    putVirtualNetwork: putVirtualNetwork(modules),
    listRegions: listRegions(modules),
    getDomain: getDomain(modules),
    freezeDomain: freezeDomain(modules),
    drainDomain: drainDomain(modules),
    releaseDomain: releaseDomain(modules),
    listPolicies: listPolicies(modules),
    testPolicy: testPolicy(modules),
    applyPolicy: applyPolicy(modules),
    rollBackPolicies: rollBackPolicies(modules),
    listPolicyVersions: listPolicyVersions(modules),
    explain: explain(modules),
    explainAcross: explainAcross(modules),
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
