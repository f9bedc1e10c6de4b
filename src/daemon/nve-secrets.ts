/** The files that say who an NVE must be, and who nvad is: read again when they change, so that what is revoked is. */
import { createSecureContext } from 'node:tls';
import type { NveProtocolConfig } from '../config/config.ts';
import type { NveToken } from '../nve-protocol/server/credentials.ts';
import type { ServerTls } from '../nve-protocol/server/server.ts';
import { nveTokensOf } from './nve-tokens.ts';
import { type FileText, type Understood, type WatchedFiles, watchFiles } from './watched-file.ts';

export interface NveSecretsModules {
  /** Milliseconds that never go back. */
  readonly now: () => number;
  /** What is wrong with files that have changed; what they said before stays in force. */
  readonly failed: (what: string, reasons: readonly string[]) => void;
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
  { now, failed, tokensChanged, tlsChanged }: NveSecretsModules,
): { readonly ok: true; readonly secrets: NveSecrets } | { readonly ok: false; readonly reasons: readonly string[] } {
  let tokens: WatchedFiles<readonly NveToken[]> | undefined;
  if (path !== undefined) {
    const opened = watchFiles([path], {
      understand: nveTokensOf,
      now,
      failed: (reasons) => failed('which tokens let NVEs in', reasons),
      changed: tokensChanged,
    });
    if (!opened.ok) return opened;
    tokens = opened.files;
  }
  let context: WatchedFiles<ServerTls> | undefined;
  if (tls !== undefined) {
    const { certificate, key, clientCa } = tls;
    const opened = watchFiles([certificate, key, ...(clientCa === undefined ? [] : [clientCa])], {
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

function tlsOf([certificate, key, clientCa]: readonly FileText[]): Understood<ServerTls> {
  const tls: ServerTls = {
    certificate: certificate?.text ?? '',
    key: key?.text ?? '',
    ...(clientCa && { clientCa: clientCa.text }),
  };
  try {
    createSecureContext({ cert: tls.certificate, key: tls.key, ...(clientCa && { ca: clientCa.text }) });
    return { ok: true, value: tls };
  } catch (error) {
    return { ok: false, reasons: [`${certificate?.path} cannot be used: ${(error as Error).message}`] };
  }
}
