import type { ExplainStep } from '../contract/explain.ts';

export type Step = Omit<ExplainStep, 'asked'>;

/** About our own domain unless it says otherwise. */
export function step(
  stage: Step['stage'],
  outcome: Step['outcome'],
  code: string,
  about: string,
  reason: string,
  where: { readonly domain?: string; readonly direction?: 'import' | 'export' } = {},
): Step {
  return { stage, outcome, code, about, reason, domain: where.domain ?? null, direction: where.direction ?? null };
}
