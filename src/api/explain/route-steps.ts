/** Who announced a route, whether it may be used, and why the best path is best, as steps. */
import type { RouteDetail } from '../contract/routes.ts';
import { type Step, step } from './step.ts';

export interface RouteContext {
  readonly domain?: string;
  readonly direction?: 'import' | 'export';
  /** Who it is that has announced a path: its peer's address, or what nvad itself announces it for. */
  readonly whoOf: (peer: string) => string;
  /** How a peer is called; by its address when absent. */
  readonly nameOf?: (peer: string) => string;
}

export function routeSteps({ text, paths, decision }: RouteDetail, context: RouteContext): Step[] {
  const { nameOf = (peer: string) => peer } = context;
  const steps = paths.flatMap(({ peer, since, nextHop, usable, unusableBecause, stale, longLivedStale, mobility }) => {
    const facts = [
      `since ${since}`,
      `next hop ${nextHop}`,
      ...(mobility === null ? [] : [`sequence ${mobility.sequence}${mobility.sticky ? ' sticky' : ''}`]),
      ...(stale || longLivedStale ? ['kept although its session is lost'] : []),
    ];
    const said = `${context.whoOf(peer)}, ${facts.join(', ')}`;
    const admitted = usable ? 'it may be used' : (unusableBecause ?? 'it is not admitted');
    return [
      step('announced', 'yes', 'announced', text, said, context),
      step('admission', usable ? 'yes' : 'no', usable ? 'admitted' : 'not-admitted', text, admitted, context),
    ];
  });
  const best = paths.find((path) => path.best);
  if (best === undefined || decision === null) {
    const against = paths.find(({ lost: by }) => by !== null)?.lost;
    const none = against ? `another path is preferred: ${against.text}` : 'no path may be used';
    return [...steps, step('best-path', 'no', against ? 'lost' : 'no-usable-path', text, none, context)];
  }
  const lost = paths.flatMap((path) =>
    path.lost === null
      ? []
      : [step('best-path', 'note', 'lost', text, `not that of ${nameOf(path.peer)}: ${path.lost.text}`, context)],
  );
  const why = `that of ${nameOf(best.peer)}: ${decision.text}${decision.reference === null ? '' : `, ${decision.reference}`}`;
  return [...steps, step('best-path', 'yes', decision.step, text, why, context), ...lost];
}
