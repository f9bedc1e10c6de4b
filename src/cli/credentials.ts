/** Who nvactl is to nvad: a token, or a certificate, from files or the environment. */
import type { Credentials } from '../api/http-transport.ts';
import { readProblem } from '../config/load.ts';
import { ExitCode } from './exit-codes.ts';
import { failed, type Outcome } from './outcome.ts';
import type { Surroundings } from './surroundings.ts';

export interface CredentialOptions {
  readonly tokenFile?: string;
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
}

/** The files' contents, or which of them cannot be read. A token in the environment comes after one in a file. */
export function readCredentials(
  { tokenFile, caFile, certFile, keyFile }: CredentialOptions,
  { env, readFile }: Surroundings,
): Credentials | { readonly refused: Outcome } {
  const files = {
    token: tokenFile ?? (env['NVACTL_TOKEN'] ? undefined : env['NVACTL_TOKEN_FILE'] || undefined),
    ca: caFile ?? (env['NVACTL_CA_FILE'] || undefined),
    certificate: certFile,
    key: keyFile,
  };
  const read: Record<string, string> = {};
  for (const [what, path] of Object.entries(files)) {
    if (path === undefined) continue;
    try {
      read[what] = readFile(path).trim();
    } catch (error) {
      return { refused: failed(ExitCode.Usage, `cannot read ${path}: ${readProblem(error)}`) };
    }
  }
  const { NVACTL_TOKEN: fromEnvironment } = env;
  if (read['token'] === undefined && fromEnvironment) read['token'] = fromEnvironment;
  if (read['token'] !== undefined && !/^[\x21-\x7e]+$/.test(read['token'])) {
    const from = files.token ?? 'NVACTL_TOKEN';
    return { refused: failed(ExitCode.Usage, `${from} holds no token: one has no spaces and is on one line`) };
  }
  return read;
}
