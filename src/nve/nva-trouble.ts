/** What is told of an NVA that does not have this NVE, and what there is to do about it. Pure. */
import type { NvaTrouble } from './nva-session.ts';

const anew = 'then start nved anew';

/** What to do, by the code of the NVE protocol's error (docs/nve-protocol.md). */
const advice: Readonly<Record<string, string>> = {
  unauthorized: `see that the file of token, or the certificate of tls, is one that the NVA lets in under this name, ${anew}`,
  'unknown-nve': 'declare this NVE at the NVA',
  'identity-mismatch': `make name and tunnelAddress what the NVA knows, or change the NVE there, ${anew}`,
  'already-connected': 'give each NVE a name of its own, or wait until the other connection has ended',
  'no-common-encapsulation': 'nved uses vxlan: allow it to this NVE at the NVA',
  version: 'run versions of nved and nvad that go together',
};

/** The same for a connection that failed, by what Node and OpenSSL call the failure. */
const failures: readonly (readonly [failure: RegExp, what: string, advice?: string])[] = [
  [/^ECONNREFUSED$/, 'nobody listens there', 'see that nvad runs and what listen of its nveProtocol says'],
  [/^(EHOSTUNREACH|ENETUNREACH|EHOSTDOWN)$/, 'there is no way to it', 'see the routes of the underlay'],
  [/^(ENOTFOUND|EAI_AGAIN)$/, 'its name has no address'],
  [/^ETIMEDOUT$/, 'it does not answer'],
  [/^(ECONNRESET|EPIPE)$/, 'it has cut the connection', 'see whether both sides use tls, and the log of nvad'],
  [
    /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG/,
    'it does not speak TLS',
    `leave tls out, or set it at the NVA, ${anew}`,
  ],
  [
    /ALTNAME/,
    'its certificate is for another name',
    `set tls.serverName to the name in the NVA's certificate, ${anew}`,
  ],
  [
    /^CERT_(HAS_EXPIRED|NOT_YET_VALID)$/,
    'its certificate is not valid now',
    "renew the NVA's certificate, or set the clock",
  ],
  [
    /SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)|CERT_(UNTRUSTED|SIGNATURE)/,
    'its certificate comes from nobody who is trusted here',
    `set tls.ca to the file with the NVA's CA, ${anew}`,
  ],
  [
    /ALERT_(UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE|UNSUPPORTED_CERTIFICATE)/,
    'it does not take the certificate of this NVE',
    `see that certificate and key of tls come from the clientCa of the NVA, ${anew}`,
  ],
];

/** A sentence without a full stop: which NVA, why, what to do. `lost`: it had welcomed this NVE before. */
export function troubleText({ nva, code, reason }: NvaTrouble, lost: boolean): string {
  if (code === 'closed') {
    const failure = failures.find(([pattern]) => pattern.test(reason));
    const what = failure === undefined ? lowered(reason) : `${failure[1]} (${reason})`;
    // An NVA that wants TLS ends what is none without a word.
    const silent = !lost && failure === undefined ? 'see whether it wants tls, and the log of nvad' : undefined;
    return sentence(`the NVA ${nva} ${lost ? 'is lost' : 'cannot be had'}: ${what}`, failure?.[2] ?? silent);
  }
  const what = advice[code] !== undefined || !lost ? 'does not let this NVE in' : 'is lost';
  return sentence(`the NVA ${nva} ${what}: ${lowered(reason)}`, advice[code]);
}

function sentence(text: string, whatToDo: string | undefined): string {
  return whatToDo === undefined ? text : `${text}; ${whatToDo}`;
}

/** Reasons come as sentences. */
function lowered(reason: string): string {
  const text = reason.replace(/\.$/, '');
  return /^[A-Z][a-z]* /.test(text) ? `${text[0]?.toLowerCase()}${text.slice(1)}` : text;
}
