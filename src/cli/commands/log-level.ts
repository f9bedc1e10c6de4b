import type { LogLevel } from '../../api/contract/log-levels.ts';
import { ExitCode } from '../exit-codes.ts';
import { explainFailure } from '../failures.ts';
import { formatJson } from '../format/json.ts';
import { failed, type Outcome, said } from '../outcome.ts';
import type { Session } from '../session.ts';
import { viewLogLevels } from '../views/log-levels.ts';

/** A shell would expand an asterisk, so `all` stands for it here. */
const wireName = (component: string) => (component === 'all' ? '*' : component);

/** Shows all levels, or one; with a level, sets it. */
export async function logLevel(
  { client, api, json, paint }: Session,
  component: string | undefined,
  level: LogLevel | undefined,
): Promise<Outcome> {
  const result =
    component !== undefined && level !== undefined
      ? await client.call('setLogLevels', { body: { levels: { [wireName(component)]: level } } })
      : await client.call('getLogLevels', {});
  if (!result.ok) return explainFailure(result, api);
  const { levels } = result.body;
  if (component === undefined || component === 'all') {
    return said(json ? formatJson(result.body, false) : viewLogLevels(result.body, paint));
  }
  const held = levels[component];
  if (held === undefined) {
    const known = Object.keys(levels).join(', ');
    return failed(ExitCode.NothingMatched, `no component is called ${component}; there are ${known}`);
  }
  return said(json ? formatJson({ levels: { [component]: held } }, false) : `${held}\n`);
}
