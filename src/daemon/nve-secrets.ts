/** The files that say who an NVE must be, and who nvad is: read again when they change, so that what is revoked is. */
import type { NveProtocolConfig } from '../config/config.ts';
import type { NveToken } from '../nve-protocol/server/credentials.ts';
import type { ServerTls } from '../nve-protocol/server/server.ts';
import { nveTokensOf } from './nve-tokens.ts';
import { tlsFiles, tlsOf } from './tls-files.ts';
import { type WatchedFiles, watchFiles } from './watched-file.ts';

export interface NveSecretsModules {
  /** Milliseconds that never go back. */
  readonly now: () => number;
  /** What is wrong with files that have changed; what they said before stays in force. */
  readonly failed: (what: string, reasons: readonly string[]) => void;
  /** What there is to note about tokens' file. */
  readonly noted: (notes: readonly string[]) => void;
  readonly tokensChanged: (tokens: readonly NveToken[]) => void;
  readonly tlsChanged: (tls: ServerTls) => void;
}

export interface NveSecrets {
  readonly tokens?: readonly NveToken[];
  readonly tls?: ServerTls;
  /** Looks whether files have changed, a second after the time before at the earliest. */
  look(): void;
}

/** Reads them for the first time. */
export function nveSecrets(
  { tokens: path, tls }: Pick<NveProtocolConfig, 'tokens' | 'tls'>,
  { now, failed, noted, tokensChanged, tlsChanged }: NveSecretsModules,
): { readonly ok: true; readonly secrets: NveSecrets } | { readonly ok: false; readonly reasons: readonly string[] } {
  let tokens: WatchedFiles<readonly NveToken[]> | undefined;
  if (path !== undefined) {
    const opened = watchFiles([path], {
      understand: nveTokensOf,
      now,
      failed: (reasons) => failed('which tokens let NVEs in', reasons),
      noted,
      changed: tokensChanged,
    });
    if (!opened.ok) return opened;
    tokens = opened.files;
  }
  let context: WatchedFiles<ServerTls> | undefined;
  if (tls !== undefined) {
    const opened = watchFiles(tlsFiles(tls), {
      understand: tlsOf,
      now,
      failed: (reasons) => failed('the certificate for NVEs', reasons),
      changed: tlsChanged,
    });
    if (!opened.ok) return opened;
    context = opened.files;
  }
  return {
    ok: true,
    secrets: {
      ...(tokens && { tokens: tokens.current() }),
      ...(context && { tls: context.current() }),
      look: () => {
        tokens?.current();
        context?.current();
      },
    },
  };
}
