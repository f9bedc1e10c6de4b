import type { Endpoint } from './contract/endpoint.ts';
import { endpoints } from './contract/endpoints.ts';
import { type Refusal, refuse } from './refusal.ts';
import { suggest } from './suggest.ts';

const rows: readonly Endpoint[] = Object.values(endpoints);

/** Does a path of the route table, parameters in braces, match a path of a request? */
function matches(pattern: string, path: string): boolean {
  const wanted = pattern.split('/');
  const given = path.split('/');
  return (
    wanted.length === given.length &&
    wanted.every((part, index) => part === given[index] || (part.startsWith('{') && given[index] !== ''))
  );
}

/** The 405 or 404 for a request that no row of the route table answers, and the methods a 405 has to name. */
export function unanswered(method: string, url: string): { readonly refusal: Refusal; readonly allow?: string } {
  const path = url.split('?', 1)[0]!;
  const allowed = rows.filter((row) => matches(row.path, path)).map((row) => row.method);
  if (allowed.length > 0) {
    const allow = allowed.join(', ');
    return { refusal: refuse(405, 'method-not-allowed', `${path} answers ${allow}, not ${method}`), allow };
  }
  const shown = path.slice(0, 200);
  const meant = suggest(
    path,
    rows.map((row) => row.path),
  );
  const hint = meant === undefined ? 'GET / lists what there is' : `did you mean ${meant}?`;
  return { refusal: refuse(404, 'no-such-path', `there is nothing at ${shown}; ${hint}`) };
}
