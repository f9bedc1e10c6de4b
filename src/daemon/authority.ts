/** The one place where the daemon meets the authority over virtual networks: what the configuration says to it. */

import { configured } from '../config/authority-changes.ts';
import type { Config } from '../config/config.ts';
import type { ConfigChange } from '../config/difference.ts';
import type { ConfigError, ConfigPath } from '../config/error.ts';
import { type LoadedConfig, locate } from '../config/load.ts';
import { declaredNves } from '../config/members.ts';
import type { Change, ChangeRefusal } from '../nva/model.ts';
import { Nva, type NvaModules } from '../nva/nva.ts';

/** Without virtual networks in the configuration nvad passes on what it hears; they may still come by the API. */
export function makeAuthority({ authority }: Pick<Config, 'authority'>, modules: NvaModules): Nva {
  const { admission = 'open', macMobility } = authority ?? {};
  return new Nva({ admission, ...(macMobility && { macMobility }) }, modules);
}

/** What a configuration declares, as changes to an NVA that has nothing of it. */
export function declarations(config: Config): Change[] {
  return [
    ...(config.authority?.networks ?? []).map((value) => ({ op: 'put', kind: 'virtual-network', value }) as const),
    ...declaredNves(config).map(({ nve: value }) => ({ op: 'put', kind: 'nve', value }) as const),
  ];
}

/**
 * Makes exactly the difference to a running authority: what is declared in one transaction, then the settings. It comes
 * after new listeners are bound and before sessions are touched; when it answers errors it did nothing at all.
 */
export function changeAuthority(
  nva: Pick<Nva, 'reconfigure' | 'set'>,
  changes: readonly ConfigChange[],
  next: LoadedConfig,
): readonly ConfigError[] {
  const declared = configured(changes);
  const result = nva.reconfigure(declared);
  if (!result.ok) return refusalErrors(result.refusals, declared, next);
  for (const change of changes) {
    if (change.kind === 'admission') nva.set({ admission: change.admission });
    if (change.kind === 'mac-mobility') nva.set({ macMobility: change.macMobility });
  }
  return [];
}

/** Where in the file stands what does not go together with what the API has made. */
export function refusalErrors(
  refusals: readonly ChangeRefusal[],
  changes: readonly Change[],
  loaded: LoadedConfig,
): readonly ConfigError[] {
  return refusals.map(({ change, reason }) => {
    const path = pathOf(changes[change], loaded.config);
    const suggestion = 'give it another name, VNI or address, or delete by the API what is in its way';
    return locate({ code: 'contradiction', path, reason, suggestion }, loaded);
  });
}

function pathOf(change: Change | undefined, config: Config): ConfigPath {
  if (change?.op !== 'put' || change.kind === 'attachment') return ['virtualNetworks'];
  const { name } = change.value;
  if (change.kind === 'virtual-network') {
    const at = config.authority?.networks.findIndex((network) => network.name === name) ?? -1;
    return at < 0 ? ['virtualNetworks'] : ['virtualNetworks', at];
  }
  return declaredNves(config).find(({ nve }) => nve.name === name)?.path ?? ['nves'];
}
