/** Networks and who serves NVEs change together at a reload, or neither does. */
import type { ConfigChange } from '../config/difference.ts';
import type { ConfigError } from '../config/error.ts';
import { type LoadedConfig, locate } from '../config/load.ts';
import type { Nva } from '../nva/nva.ts';
import { NvaStoreError } from '../nva/store-error.ts';
import { changeAuthority } from './authority.ts';
import type { NveService } from './nve-service.ts';

export interface AuthorityReloadModules {
  readonly nva: Pick<Nva, 'reconfigure' | 'set'>;
  readonly nves: Pick<NveService, 'prepare'>;
}

/**
 * A transaction of the NVA is kept by the store and cannot be taken back, so it is the last that can be refused: NVEs are
 * served elsewhere before it, and until it is done may be served as before again. When it answers errors, both are as they
 * were.
 */
export async function changeNetworksAndNves(
  changes: readonly ConfigChange[],
  next: LoadedConfig,
  { nva, nves }: AuthorityReloadModules,
): Promise<readonly ConfigError[]> {
  if (!changes.some(({ kind }) => kind === 'nve-protocol')) return changeNetworks(nva, changes, next);
  const prepared = await nves.prepare(next.config.authority?.nveProtocol);
  if (!prepared.ok) return [unservedError(prepared.reason, next)];
  let errors: readonly ConfigError[];
  try {
    errors = changeNetworks(nva, changes, next);
  } catch (thrown) {
    await prepared.undo();
    throw thrown;
  }
  if (errors.length > 0) await prepared.undo();
  else prepared.commit();
  return errors;
}

/** What the store cannot keep is refused, as what does not go together is. */
function changeNetworks(
  nva: AuthorityReloadModules['nva'],
  changes: readonly ConfigChange[],
  next: LoadedConfig,
): readonly ConfigError[] {
  try {
    return changeAuthority(nva, changes, next);
  } catch (thrown) {
    if (!(thrown instanceof NvaStoreError)) throw thrown;
    const { message: reason, suggestion } = thrown;
    return [locate({ code: 'system', path: ['store', 'path'], reason, suggestion }, next)];
  }
}

export function unservedError(reason: string, loaded: LoadedConfig): ConfigError {
  return locate(
    { code: 'system', path: ['nveProtocol'], reason, suggestion: 'correct what it names, or leave nveProtocol out' },
    loaded,
  );
}
