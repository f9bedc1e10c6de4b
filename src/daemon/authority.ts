/**
 * The one place where the daemon meets the authority over virtual networks: to be filled in where it is wired. Until then
 * a configuration that asks for one is refused, since accepting it would promise what nobody does.
 */
import { configured } from '../config/authority-changes.ts';
import type { ConfigChange } from '../config/difference.ts';
import type { ConfigError, ConfigPath } from '../config/error.ts';
import { type LoadedConfig, locate } from '../config/load.ts';

/** Why nvad cannot be the authority that its configuration says; at the start, before anything is bound. */
export function startAuthority(loaded: LoadedConfig): readonly ConfigError[] {
  return loaded.config.authority === undefined ? [] : [notWired(['virtualNetworks'], loaded)];
}

/**
 * Makes exactly the difference to a running authority: what is declared in one transaction, then the settings. It comes
 * after new listeners are bound and before sessions are touched; when it answers errors it did nothing at all.
 */
export function changeAuthority(changes: readonly ConfigChange[], next: LoadedConfig): readonly ConfigError[] {
  if (next.config.authority === undefined) return [];
  return configured(changes).length === 0 ? [] : [notWired(['virtualNetworks'], next)];
}

function notWired(path: ConfigPath, loaded: LoadedConfig): ConfigError {
  const reason = 'virtualNetworks is read and checked, but nvad does not act on it yet';
  return locate({ code: 'not-implemented', path, atKey: true, reason, suggestion: 'leave it out' }, loaded);
}
