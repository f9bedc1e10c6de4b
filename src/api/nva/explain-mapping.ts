/** Why a mapping is what it is: where it comes from, why it is believed, and why it is this claim and no other. */
import { compareClaims, type MacClaim } from '../../evpn/mobility.ts';
import { macClaim } from '../../nva/claims.ts';
import type { Attachment, VirtualNetwork } from '../../nva/model.ts';
import type { Claim } from '../../nva/network-mappings.ts';
import type { Decision } from '../contract/routes.ts';
import type { ExplainedMapping, SourcedMapping } from '../nva-source.ts';

export interface ExplainModules {
  readonly network: VirtualNetwork;
  /** The name of the NVE whose tunnels end there. */
  readonly nameOf: (tunnelAddress: string) => string | undefined;
  /** What is registered of a MAC or IP address at an NVE. */
  readonly attachment: (claim: Claim) => Attachment | undefined;
}

export const sourced = ({ mapping, source, since, isOwn }: Claim): SourcedMapping => ({
  mapping,
  source: isOwn ? 'nvad' : source,
  since: since * 1000,
});

export function explainMapping(best: Claim, claims: readonly Claim[], modules: ExplainModules): ExplainedMapping {
  const others = claims.filter((claim) => claim !== best).sort((a, b) => compareClaims(macClaim(a), macClaim(b)).order);
  return {
    ...sourced(best),
    decisions: [origin(best, modules), belief(best, modules), choice(best, others), encapsulation(best, modules)],
    others: others.map((claim) => ({ ...sourced(claim), lost: lostTo(best, claim) })),
  };
}

const decision = (step: string, text: string, reference: string | null = null): Decision => ({ step, text, reference });

function origin(claim: Claim, { nameOf, attachment }: ExplainModules): Decision {
  const { isOwn, source, mapping } = claim;
  const name = nameOf(mapping.nve) ?? mapping.nve;
  const at = mapping.kind === 'flood' ? 'an end of' : 'behind';
  if (mapping.domain !== undefined) {
    return decision('taken-over', `taken over from neighbour domain ${mapping.domain}, as ${at} ${name}`);
  }
  if (!isOwn) return decision('announced', `announced by ${source}, as ${at} NVE ${name}`);
  if (mapping.kind === 'flood') {
    return decision(
      'originated',
      `nvad announces it for NVE ${name}, which has attachments in the network or has joined it`,
    );
  }
  const registered = attachment(claim);
  const because = registered === undefined ? '' : `, because of attachment ${registered.id}`;
  return decision('originated', `nvad announces it for NVE ${name}${because}`);
}

function belief(claim: Claim, { network, attachment }: ExplainModules): Decision {
  const { trust } = network;
  const { domain } = claim.mapping;
  if (domain !== undefined) {
    return decision('trust', `${network.name} is shared with ${domain}, and trust: ${trust} is about our own NVEs`);
  }
  if (claim.mapping.kind === 'flood' && (claim.isOwn || trust !== 'nve')) {
    return decision('trust', `${network.name} has trust: ${trust}, and the NVE has a part in the network`);
  }
  if (claim.isOwn) return decision('trust', `it is registered, and ${network.name} has trust: ${trust}`);
  if (trust === 'nve')
    return decision('trust', `${network.name} has trust: nve, so that what its NVEs announce is believed`);
  const registered = attachment(claim);
  const as = registered === undefined ? '' : ` as attachment ${registered.id}`;
  return decision('trust', `${network.name} has trust: ${trust}, and it is registered${as} at this NVE`);
}

function choice(best: Claim, [second]: readonly Claim[]): Decision {
  if (second === undefined) {
    const isFlood = best.mapping.kind === 'flood';
    return decision('only-claim', isFlood ? 'nobody else says so' : 'nobody else who is believed says to have it');
  }
  return lostTo(best, second);
}

/** What decided between two claims, as the winner's reason. */
function lostTo(best: Claim, claim: Claim): Decision {
  const [winner, loser]: readonly [MacClaim, MacClaim] = [macClaim(best), macClaim(claim)];
  const { step } = compareClaims(winner, loser);
  if (step === undefined) return decision('first', 'nothing tells them apart, and it was first');
  const { name, reason, section, relation } = step;
  return decision(name, `${reason} (${step.show(winner)} ${relation} ${step.show(loser)})`, section);
}

function encapsulation({ mapping }: Claim, { network }: ExplainModules): Decision {
  const place = network.encapsulations.indexOf(mapping.encapsulation);
  const of = place <= 0 ? 'which the network prefers' : 'the first of the network that the NVE announces';
  return decision('encapsulation', `${mapping.encapsulation}, ${of}`, 'RFC 8365 §5.1.3');
}
