/** What the API asks of neighbour domains, answered by the federation. */
import type { Border } from '../../federation/border.ts';
import type { Federation } from '../../federation/federation.ts';
import type { Domain } from '../contract/domains.ts';
import type { FederationSource } from '../federation-source.ts';
import { viewDomain, viewRegions } from './views.ts';

/** `own` is our domain's name. */
export function federationSource(own: string, federation: Federation): FederationSource {
  const view = (border: Border): Domain => viewDomain(border, federation);
  const steer = (name: string, act: (border: Border) => void): Domain | undefined => {
    const border = federation.border(name);
    if (border === undefined) return undefined;
    act(border);
    return view(border);
  };
  return {
    regions: () => ({
      domain: own,
      domains: [...federation.borders].map(view).sort((a, b) => (a.domain < b.domain ? -1 : 1)),
      regions: viewRegions(own, federation),
    }),
    domain: (name) => steer(name, () => {}),
    freeze: (name) => {
      const border = federation.border(name);
      if (border === undefined) return undefined;
      return border.freeze() ? view(border) : 'drained';
    },
    drain: (name, wait) => steer(name, (border) => border.drain(wait)),
    release: (name) => steer(name, (border) => border.release()),
  };
}
