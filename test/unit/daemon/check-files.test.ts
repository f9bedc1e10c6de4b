import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { formatConfigError } from '../../../src/config/error.ts';
import { locate, parseConfig } from '../../../src/config/load.ts';
import { checkFiles } from '../../../src/daemon/check-files.ts';
import { certificates } from '../nve-protocol/certificates.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'check-files-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const put = (name: string, text: string, mode = 0o600) => writeFileSync(join(folder, name), text, { mode });

/** Of a configuration with these lines: what is wrong, and what there is to note, without the folder. */
function check(more: string) {
  const written = `domain: dc1\nasn: 65000\nrouterId: 10.0.0.1\nvirtualNetworks: []\n${more}`;
  const result = parseConfig(join(folder, 'F'), written);
  if (!result.ok) throw new Error(result.errors[0]?.reason);
  const { errors, notes } = checkFiles(result.loaded.config);
  const text = (findings: typeof errors) =>
    findings.map((finding) => formatConfigError(locate(finding, result.loaded)).replaceAll(`${folder}/`, ''));
  return { errors: text(errors), notes: text(notes) };
}

const nves = (more: string) => `nveProtocol: { listen: "127.0.0.1:8394", ${more} }\n`;

it('has nothing to say of files that are as they should be, or of none', () => {
  const made = certificates();
  const { certificate, key } = made.issue('nvad');
  put('access.yaml', 'anybody: [read]');
  put('tokens.yaml', '- token: 0123456789abcdef');
  put('crt', certificate);
  put('key', key);
  put('ca', made.ca);
  made.remove();
  const tls = 'tls: { certificate: crt, key: key, clientCa: ca }';
  expect(check(`${nves(`tokens: tokens.yaml, ${tls}`)}api: { tokens: access.yaml, ${tls} }\n`)).toEqual({
    errors: [],
    notes: [],
  });
  expect(check('')).toEqual({ errors: [], notes: [] });
});

it('says in which line a file that is not there is named', () => {
  expect(check(`${nves('tokens: tokens.yaml')}api: { tokens: access.yaml }\n`).errors).toEqual([
    'F:6:16: cannot read access.yaml: there is no such file',
    'F:5:50: cannot read tokens.yaml: there is no such file',
  ]);
});

it('notes in which line a token for asking a neighbour domain is named that is not there', () => {
  const dc2 =
    '{ domain: dc2, address: 10.2.0.1, asn: 65002, api: { url: "https://10.2.0.1:8443", token: dc2.token }, virtualNetworks: all }';
  expect(check(`federation:\n  - ${dc2}\n`)).toEqual({
    errors: [],
    notes: [
      'F:6:95: cannot read dc2.token: there is no such file; until it can be, nvactl explain --at dc2 has no answer',
    ],
  });
});

it('says of each file of tls in which line it is named', () => {
  put('key', 'a key');
  const tls = 'tls:\n    certificate: crt\n    key: key\n    clientCa: ca\n';
  expect(check(`nveProtocol:\n  listen: "127.0.0.1:8394"\n  ${tls}`).errors).toEqual([
    'F:8:18: cannot read crt: there is no such file',
    'F:10:15: cannot read ca: there is no such file',
  ]);
});

it('says where in them something is wrong, and that everybody can read tokens', () => {
  put('access.yaml', 'tokens: [{ name: a }]');
  put('tokens.yaml', '- { token: 0123456789abcdef }', 0o644);
  const found = check(`${nves('tokens: tokens.yaml')}api: { tokens: access.yaml }\n`);
  expect(found.errors.join('\n')).toContain('F:6:16: access.yaml:1:10: tokens[0].roles is missing');
  expect(found.notes).toEqual([
    'F:5:50: tokens.yaml:1:1: tokens of NVEs stand in clear in a file that everybody on this machine can read; chmod o-r tokens.yaml',
  ]);
});

it('says of certificates and keys what is wrong, in words', () => {
  const made = certificates();
  const { certificate, key } = made.issue('nvad');
  put('crt', certificate);
  put('key', key);
  put('other', made.issue('nve1').key);
  made.remove();
  put('none', 'not PEM');
  const tls = (chain: string, secret: string) => check(nves(`tls: { certificate: ${chain}, key: ${secret} }`)).errors;
  expect(tls('crt', 'key')).toEqual([]);
  expect(tls('crt', 'other')).toEqual(['F:5:47: other is not the key of the first certificate in crt']);
  expect(tls('none', 'none')).toEqual([
    'F:5:47: none does not hold a certificate in PEM (-----BEGIN CERTIFICATE-----)',
    'F:5:47: none does not hold a private key in PEM without a passphrase (-----BEGIN PRIVATE KEY-----)',
  ]);
});
