import type { Change } from '../nva/model.ts';
import type { ConfigChange } from './difference.ts';

/**
 * What a difference says of networks and NVEs, as one transaction in the model's terms, in its order. Settings are not
 * among it.
 */
export function configured(changes: readonly ConfigChange[]): Change[] {
  return changes.flatMap((change): Change[] => {
    switch (change.kind) {
      case 'network-added':
      case 'network-changed':
        return [{ op: 'put', kind: 'virtual-network', value: change.network }];
      case 'network-removed':
        return [{ op: 'delete', kind: 'virtual-network', name: change.network.name }];
      case 'nve-added':
      case 'nve-changed':
        return [{ op: 'put', kind: 'nve', value: change.nve }];
      case 'nve-removed':
        return [{ op: 'delete', kind: 'nve', name: change.nve.name }];
      default:
        return [];
    }
  });
}
