/** Whether nvad announces an attachment on behalf of its NVE (seed §7.1). */
import type { Nve, VirtualNetwork } from './model.ts';
import type { StoredAttachment } from './nva-store.ts';

/**
 * Whose word is needed is what the network's trust says; a static NVE has no word of its own. `isHeard`: whether the NVE has
 * said hello since nvad started, until when its own word may be an old one.
 */
export function isAnnouncedByNvad(
  { trust }: VirtualNetwork,
  { kind }: Nve,
  { attachment, registered, attached }: StoredAttachment,
  isHeard: boolean,
): boolean {
  if (attachment.state !== 'associated') return false;
  switch (trust) {
    case 'nve':
      return kind !== 'bgp' && (registered || isHeard);
    case 'orchestrator':
      return registered;
    case 'both':
      return kind !== 'bgp' && registered && (attached || kind === 'static');
  }
}
