import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Certificates {
  readonly ca: string;
  /** A certificate and its key. */
  issue(name: string, alternative?: string): { readonly certificate: string; readonly key: string };
  remove(): void;
}

/** A CA for a test, made by openssl. */
export function certificates(): Certificates {
  const folder = mkdtempSync(join(tmpdir(), 'nve-tls-'));
  const at = (name: string) => join(folder, name);
  const openssl = (...words: string[]) => execFileSync('openssl', words, { stdio: 'pipe' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl('req', '-x509', ...key, '-keyout', at('ca.key'), '-out', at('ca.pem'), '-days', '2', '-subj', '/CN=ca');
  let serial = 0;
  return {
    ca: readFileSync(at('ca.pem'), 'utf8'),
    issue(name, alternative) {
      serial++;
      const [request, own, certificate] = [at(`${serial}.csr`), at(`${serial}.key`), at(`${serial}.pem`)];
      openssl('req', ...key, '-keyout', own, '-out', request, '-subj', `/CN=${name}`);
      const extensions = at(`${serial}.cnf`);
      writeFileSync(extensions, alternative === undefined ? '' : `subjectAltName=${alternative}\n`);
      openssl(
        ...['x509', '-req', '-in', request, '-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-out', certificate],
        ...['-days', '2', '-set_serial', String(serial), '-extfile', extensions],
      );
      return { certificate: readFileSync(certificate, 'utf8'), key: readFileSync(own, 'utf8') };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
