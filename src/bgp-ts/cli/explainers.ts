import { Family, type FamilyId } from '../wire/constants.ts';
import type { DecodeContext } from '../wire/context.ts';
import { type Explanation, explainAttributeBlock, explainMessage, explainRoutes } from './explain.ts';
import { explainCapabilityList, explainEsiAlone, explainExtendedCommunities, explainRd } from './explain-parts.ts';
import type { Kind } from './question.ts';

type Explainer = (bytes: Uint8Array, ctx: DecodeContext, family: FamilyId) => Explanation;

/** What `bgp-ts decode HEX` explains, by its `--kind`: all that `--jsonl` answers, and `nlri` for short. */
export const explainers: Readonly<Record<Kind | 'nlri', Explainer>> = {
  message: explainMessage,
  open: explainMessage,
  'attribute-block': explainAttributeBlock,
  'nlri-evpn': (bytes, ctx) => explainRoutes(bytes, ctx, Family.Evpn),
  'nlri-rtc': (bytes, ctx) => explainRoutes(bytes, ctx, Family.RtConstrain),
  'nlri-other': explainRoutes,
  nlri: explainRoutes,
  capability: explainCapabilityList,
  'ext-community': explainExtendedCommunities,
  rd: explainRd,
  esi: explainEsiAlone,
};

/** The explainer of that name, if there is one. */
export function explainerOf(kind: string): Explainer | undefined {
  return Object.hasOwn(explainers, kind) ? explainers[kind as keyof typeof explainers] : undefined;
}
