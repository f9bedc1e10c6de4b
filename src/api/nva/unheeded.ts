/**
 * Who says to have an address without being believed, or would have it and has not yet: what is missing in the mappings, and
 * why.
 */
import type { Nva } from '../../nva/nva.ts';
import type { Unheeded } from '../nva-source.ts';

export function unheededOf(nva: Nva, network: string, address: string): readonly Unheeded[] {
  return [...refused(nva, network, address), ...waiting(nva, network, address)];
}

/** Routes that are kept and sent to nobody. */
function* refused(nva: Nva, network: string, address: string): Iterable<Unheeded> {
  for (const { network: of, code, claims, reason, remedy } of nva.conflicts()) {
    const [claim] = claims;
    if (of !== network || claim === undefined || (claim.mac !== address && claim.ip !== address)) continue;
    // Of these all claims count.
    if (code === 'duplicate-address') continue;
    yield { by: claim.by, nve: claim.nve, reason, remedy };
  }
}

/** Attachments that are not announced. */
function* waiting(nva: Nva, name: string, address: string): Iterable<Unheeded> {
  const { registry } = nva;
  const trust = registry.network(name)?.trust;
  for (const { attachment, registered, attached } of registry.attachmentsOf(name, address)) {
    const nve = registry.nve(attachment.nve);
    const by = `attachment ${attachment.id}`;
    const at = nve?.tunnelAddress ?? attachment.nve;
    if (nve === undefined) {
      yield {
        by,
        nve: at,
        reason: `NVE ${attachment.nve} is not declared`,
        remedy: 'declare it, or move the attachment',
      };
    } else if (attachment.state !== 'associated') {
      yield { by, nve: at, reason: `it is ${attachment.state}`, remedy: 'set its state to associated' };
    } else if (trust === 'orchestrator' && !registered) {
      yield { by, nve: at, reason: 'the orchestrator has not registered it', remedy: 'attach it by the API' };
    } else if (nve.kind === 'bgp' && trust !== 'orchestrator') {
      if (
        nva
          .mappingsOf(name)
          ?.claimsTo(address)
          .some(({ claims }) => claims.some(({ mapping }) => mapping.nve === at))
      )
        continue;
      yield {
        by,
        nve: at,
        reason: `NVE ${nve.name} announces by itself, and has not`,
        remedy: 'look for the host there',
      };
    } else if (trust === 'both' && nve.kind === 'agent' && !attached) {
      yield {
        by,
        nve: at,
        reason: `it is registered, and NVE ${nve.name} has not attached it`,
        remedy: 'plug it in there',
      };
    }
  }
}
