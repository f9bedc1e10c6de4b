/** Two nvads in one namespace, of which dc1's may ask dc2's what became of its routes. */
import type { Bench } from './bench.ts';
import type { Namespace } from './namespace.ts';
import type { Nvad } from './nvad.ts';

export const token = 'the-token-of-dc1-at-dc2';

/**
 * The configurations of dc1, with its API at port 8081, and of dc2, at port 8082 and with the tokens of `access.yaml`, where
 * `anybody` is what those without a token may do.
 */
export async function startAsking(
  bench: Bench,
  net: Namespace,
  [first, second]: readonly [string, string],
  anybody = '[]',
): Promise<readonly [one: Nvad, two: Nvad]> {
  bench.file('dc2.token', `${token}\n`);
  bench.file('access.yaml', `tokens:\n  - { name: dc1, roles: [federation], token: ${token} }\nanybody: ${anybody}\n`);
  const api = (port: number) => ({ host: '127.0.0.1', port });
  const one = await bench.nvad(net, first, { api: api(8081), file: 'dc1.yaml' }).up();
  const two = await bench.nvad(net, second, { api: api(8082), file: 'dc2.yaml' }).up();
  return [one, two];
}
