/** What `--check` says of a valid configuration, told again where nvad takes it. */
import { byPlace, type ConfigError, formatConfigError } from '../config/error.ts';
import { type LoadedConfig, locate } from '../config/load.ts';
import { warnings } from '../config/notes.ts';
import type { Logger } from './logging.ts';

/** In reading order. */
export function placedWarnings(loaded: LoadedConfig): readonly ConfigError[] {
  return warnings(loaded.config)
    .map((finding) => locate(finding, loaded))
    .sort(byPlace);
}

/** A line for each, with its place. */
export function logWarnings(logger: Logger, found: readonly ConfigError[]): void {
  for (const warning of found) logger.warn(formatConfigError(warning));
}
