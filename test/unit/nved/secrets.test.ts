import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readSecrets } from '../../../src/nved/secrets.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nved-secrets-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const put = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const none = { ca: undefined, certificate: undefined, key: undefined, serverName: undefined };

it('reads a token, without the end of its line', () => {
  expect(readSecrets({ tokenFile: put('token', 'an-nve-token\n'), tls: undefined })).toEqual({ token: 'an-nve-token' });
  expect(readSecrets({ tokenFile: undefined, tls: { ...none, serverName: 'nva' } })).toEqual({
    tls: { serverName: 'nva' },
  });
});

it('says which key names what cannot be used', () => {
  const missing = join(folder, 'none');
  expect(() => readSecrets({ tokenFile: missing, tls: undefined })).toThrow(
    `token: cannot read ${missing}: there is no such file`,
  );
  const two = put('two', 'two words');
  expect(() => readSecrets({ tokenFile: two, tls: undefined })).toThrow(`token: ${two} holds no token`);
  expect(() => readSecrets({ tokenFile: undefined, tls: { ...none, ca: two } })).toThrow('tls.ca: ');
  expect(() => readSecrets({ tokenFile: undefined, tls: { ...none, certificate: two, key: two } })).toThrow(
    `tls: ${two} and ${two} are no certificate in PEM with its key`,
  );
});
