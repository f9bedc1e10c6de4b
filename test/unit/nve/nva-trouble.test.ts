import { expect, it } from 'vitest';
import { troubleText } from '../../../src/nve/nva-trouble.ts';

const nva = '10.0.0.1:8394';

it.each([
  [
    'unauthorized',
    'The token is not known.',
    /^the NVA 10\.0\.0\.1:8394 does not let this NVE in: the token is not known; see that the file of token/,
  ],
  [
    'identity-mismatch',
    'NVE nve1 is declared otherwise',
    /not let this NVE in: NVE nve1 is declared otherwise; make name/,
  ],
  ['closed', 'ECONNREFUSED', /cannot be had: nobody listens there \(ECONNREFUSED\); see that nvad runs/],
  ['closed', 'ERR_SSL_WRONG_VERSION_NUMBER', /it does not speak TLS .*; leave tls out/],
  ['closed', 'ERR_TLS_CERT_ALTNAME_INVALID', /its certificate is for another name .*serverName/],
  ['closed', 'SELF_SIGNED_CERT_IN_CHAIN', /nobody who is trusted here .*tls\.ca/],
  ['closed', 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', /does not take the certificate of this NVE/],
  [
    'closed',
    'The NVA closed the connection.',
    /cannot be had: the NVA closed the connection; see whether it wants tls/,
  ],
  ['silent', 'There was no welcome within 5000 ms.', /: there was no welcome within 5000 ms$/],
] as const)('says of %s, %s, what there is to do', (code, reason, text) => {
  expect(troubleText({ nva, code, reason }, false)).toMatch(text);
});

it('tells an NVA that is lost from one that was never had', () => {
  expect(troubleText({ nva, code: 'goodbye', reason: 'nvad was stopped' }, true)).toBe(
    'the NVA 10.0.0.1:8394 is lost: nvad was stopped',
  );
  expect(troubleText({ nva, code: 'closed', reason: 'The NVA closed the connection.' }, true)).toBe(
    'the NVA 10.0.0.1:8394 is lost: the NVA closed the connection',
  );
});
