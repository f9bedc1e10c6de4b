import type { ProblemField } from '../contract/problem.ts';
import { refuse } from '../refusal.ts';
import { suggest } from '../suggest.ts';
import type { Handler, HandlerModules } from './handler.ts';

export const getLogLevels =
  ({ source }: HandlerModules): Handler<'getLogLevels'> =>
  () => ({ status: 200, body: { levels: { ...source.logLevels() } } });

export const setLogLevels =
  ({ source }: HandlerModules): Handler<'setLogLevels'> =>
  ({ body: { levels } }, { record }) => {
    const before = { ...source.logLevels() };
    const known = Object.keys(source.logLevels());
    const errors: ProblemField[] = [];
    for (const component of Object.keys(levels)) {
      if (component === '*' || known.includes(component)) continue;
      const meant = suggest(component, known);
      const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
      errors.push({
        in: 'body',
        field: `levels.${component}`,
        reason: `must be * or one of ${known.join(', ')}${hint}`,
      });
    }
    if (errors.length > 0) {
      const named = errors.map(({ field }) => field.slice('levels.'.length)).join(', ');
      const detail = `no component is called ${named}; nothing was changed; there are ${known.join(', ')}`;
      return refuse(400, 'unknown-component', detail, errors);
    }
    const { '*': all, ...named } = levels;
    if (all !== undefined) for (const component of known) source.setLogLevel(component, all);
    for (const [component, level] of Object.entries(named)) source.setLogLevel(component, level);
    record('set log levels', Object.keys(levels).join(', '), before, { ...source.logLevels() });
    return { status: 200, body: { levels: { ...source.logLevels() } } };
  };
