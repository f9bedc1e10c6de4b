/** What the neighbour domains of a valid file probably do not mean. Pure. */
import type { Share } from '../federation/model.ts';
import type { Config } from './config.ts';
import type { ConfigPath, Finding } from './error.ts';
import { isUnderlay } from './underlay.ts';

/** What may still come by the API or a session is no fault, but more often it is a slip. */
export function federationNotes(config: Config): Finding[] {
  const declared = new Set(config.authority?.networks.map(({ name }) => name));
  return config.federation.flatMap(({ neighbour: { networks } }, i) => {
    const path: ConfigPath = ['federation', i, 'virtualNetworks'];
    if (!Array.isArray(networks)) return 'gateways' in networks ? ofGateways(networks.gateways, path, config) : [];
    return networks.flatMap(({ network, gateways }: Share, j) => [
      ...(declared.has(network) ? [] : [notDeclared(network, [...path, j, 'name'])]),
      ...ofGateways(gateways, [...path, j], config),
    ]);
  });
}

function notDeclared(network: string, path: ConfigPath): Finding {
  const reason = `the network ${network} is not declared, and is shared from when the API makes it`;
  return { code: 'note', path, reason, suggestion: 'declare it in virtualNetworks, or share another' };
}

/** Of a gateway with an end in either underlay, the other domain's is known from its own word alone. */
function ofGateways(gateways: Share['gateways'], path: ConfigPath, config: Config): Finding[] {
  const direction = gateways.import.length > 0 ? 'import' : 'export';
  return gateways[direction].flatMap((address, i): Finding[] => {
    if (isUnderlay(config, address)) return [];
    const reason = `${address} is no NVE: none is declared there, and it is in no prefix of nves`;
    const suggestion = 'declare the gateway in nves, or write its tunnel address';
    return [{ code: 'note', path: [...path, 'gateways', direction, i], reason, suggestion }];
  });
}
