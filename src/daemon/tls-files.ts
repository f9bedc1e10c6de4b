/** The files by which nvad shows who it is, and knows whom a certificate is of: what they hold, and whether it goes together. */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import type { FileText, Understood } from './watched-file.ts';

/** PEM texts. With `clientCa`, certificates that it has signed are asked for. */
export interface TlsTexts {
  readonly certificate: string;
  readonly key: string;
  readonly clientCa?: string;
}

/** Keys of the configuration that name the files, in the order in which {@link tlsOf} has them. */
export const tlsKeys = ['certificate', 'key', 'clientCa'] as const;

/** Of the configuration: paths of the files. */
export function tlsFiles(named: TlsTexts): readonly string[] {
  return tlsKeys.flatMap((key) => named[key] ?? []);
}

/** What the files that {@link tlsFiles} names mean. */
export function tlsOf(files: readonly FileText[]): Understood<TlsTexts> {
  const [certificate, key, clientCa] = files as readonly [FileText, FileText, FileText?];
  const chain = certificateIn(certificate);
  const secret = keyIn(key);
  const authority = clientCa === undefined ? undefined : certificateIn(clientCa);
  const reasons = [chain, secret, authority].filter((one) => typeof one === 'string');
  if (typeof chain === 'string' || typeof secret === 'string' || reasons.length > 0) return { ok: false, reasons };
  if (!chain.checkPrivateKey(secret))
    return { ok: false, reasons: [`${key.path} is not the key of the first certificate in ${certificate.path}`] };
  const value = {
    certificate: certificate.text,
    key: key.text,
    ...(clientCa !== undefined && { clientCa: clientCa.text }),
  };
  try {
    createSecureContext({ cert: value.certificate, key: value.key, ...(clientCa && { ca: clientCa.text }) });
    return { ok: true, value };
  } catch (error) {
    return { ok: false, reasons: [`${certificate.path} cannot be used: ${(error as Error).message}`] };
  }
}

function certificateIn({ path, text }: FileText): X509Certificate | string {
  try {
    return new X509Certificate(text);
  } catch {
    return `${path} does not hold a certificate in PEM (-----BEGIN CERTIFICATE-----)`;
  }
}

function keyIn({ path, text }: FileText): KeyObject | string {
  try {
    return createPrivateKey(text);
  } catch {
    return `${path} does not hold a private key in PEM without a passphrase (-----BEGIN PRIVATE KEY-----)`;
  }
}
