/** The files that nved's configuration names: what it shows the NVA, and whom it takes for one. */
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { readProblem } from '../config/load.ts';
import type { ClientTls } from '../nve-protocol/client/index.ts';
import type { NvedConfig } from './config.ts';

export interface Secrets {
  readonly token?: string;
  readonly tls?: ClientTls;
}

/** Throws with a sentence that names the key and the file where one cannot be used. */
export function readSecrets({ tokenFile, tls }: Pick<NvedConfig, 'tokenFile' | 'tls'>): Secrets {
  return {
    ...(tokenFile !== undefined && { token: tokenOf(tokenFile) }),
    ...(tls !== undefined && { tls: tlsOf(tls) }),
  };
}

function tokenOf(file: string): string {
  const token = readText('token', file).trim();
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new Error(`token: ${file} holds no token: one is on one line, and has no spaces`);
  return token;
}

function tlsOf({ ca, certificate, key, serverName }: NonNullable<NvedConfig['tls']>): ClientTls {
  const tls: ClientTls = {
    ...(ca !== undefined && { ca: readText('tls.ca', ca) }),
    ...(certificate !== undefined && { certificate: readText('tls.certificate', certificate) }),
    ...(key !== undefined && { key: readText('tls.key', key) }),
    ...(serverName !== undefined && { serverName }),
  };
  const { certificate: cert } = tls;
  try {
    createSecureContext({ ...(cert !== undefined && { cert }), ...(tls.key !== undefined && { key: tls.key }) });
  } catch {
    throw new Error(`tls: ${certificate} and ${key} are no certificate in PEM with its key`);
  }
  if (tls.ca !== undefined && !tls.ca.includes('-----BEGIN CERTIFICATE-----'))
    throw new Error(`tls.ca: ${ca} does not hold a certificate in PEM`);
  return tls;
}

function readText(what: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Error(`${what}: cannot read ${file}: ${readProblem(error)}`);
  }
}
