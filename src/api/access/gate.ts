/**
 * Who is let in. Whoever shows a token is who the token is for. Without one, a client certificate names its owner, and a Unix
 * socket the user at its other end. Where nobody is named, the machine itself is the limit: on loopback, and over a Unix
 * socket whose file lets the user in, everything may be asked; nvad does not listen elsewhere without a list.
 */
import { isIP } from 'node:net';
import { type Role, roles } from '../contract/roles.ts';
import { type Refusal, refuse } from '../refusal.ts';
import { type AccessList, findToken } from './access-list.ts';
import type { Caller } from './caller.ts';

/** How a request came in. */
export interface Door {
  /** The other end's address; empty for a Unix socket. */
  readonly address: string;
  /** The user at the other end of a Unix socket; undefined for TCP, and where the system does not say. */
  readonly user?: { readonly uid: number; readonly name?: string };
  /** Common name of a client certificate that the configured authority has signed. */
  readonly certificate?: string;
  /** Over a Unix socket. */
  readonly local: boolean;
}

export interface GateOptions {
  /** Certificates of clients are asked for: without a list, those alone come in over TCP. */
  readonly clientCertificates: boolean;
  /** nvad's own user, who could do everything without the API as well; and so could root. */
  readonly uid: number;
}

export interface GateModules {
  /** As the file is now; undefined where none is configured. */
  readonly list: () => AccessList | undefined;
}

export type Admission =
  | { readonly ok: true; readonly caller: Caller }
  | { readonly ok: false; readonly refusal: Refusal };

/** Of a request's headers, what tells who asks, and of whom it believes to ask. */
export interface Credentials {
  readonly authorization: string | undefined;
  readonly host: string | undefined;
}

export type Gate = (door: Door, credentials: Credentials) => Admission;

/**
 * An address, or localhost: a name of somebody else's that leads here was given to a browser, whose user has not asked for this
 * (DNS rebinding).
 */
function namesThisMachine(host: string | undefined): boolean {
  const name = (host ?? '').replace(/:\d+$/, '');
  return name === 'localhost' || isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0;
}

const admitted = (name: string, held: readonly Role[]): Admission => ({
  ok: true,
  caller: { actor: { name, via: 'api' }, roles: held },
});
const refused = (code: string, detail: string): Admission => ({ ok: false, refusal: refuse(401, code, detail) });

export function createGate(options: GateOptions, { list: read }: GateModules): Gate {
  const byUser = (door: Door, list: AccessList | undefined): Admission | undefined => {
    if (!door.local) return undefined;
    const { user } = door;
    // The file of the socket has let it in, and nothing else is asked for.
    if (list === undefined) return admitted(user?.name ?? (user === undefined ? 'local' : `uid ${user.uid}`), roles);
    if (user === undefined) return undefined;
    const name = user.name ?? `uid ${user.uid}`;
    if (user.uid === 0 || user.uid === options.uid) return admitted(name, roles);
    const held = list.users.get(name) ?? list.users.get(String(user.uid));
    return held === undefined ? undefined : admitted(name, held);
  };
  const byCertificate = ({ certificate }: Door, list: AccessList | undefined): Admission | undefined => {
    if (certificate === undefined) return undefined;
    const held = list === undefined ? roles : list.certificates.get(certificate);
    return held === undefined ? undefined : admitted(certificate, held);
  };
  return (door, { authorization, host }) => {
    const list = read();
    const shown = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
    if (list !== undefined && authorization !== undefined) {
      if (shown === undefined) return refused('invalid-token', 'the header Authorization must be: Bearer TOKEN');
      const token = findToken(list.tokens, shown);
      return token === undefined
        ? refused('invalid-token', 'nvad does not know this token')
        : admitted(token.name, token.roles);
    }
    const known = byUser(door, list) ?? byCertificate(door, list);
    if (known !== undefined) return known;
    if (list === undefined && !options.clientCertificates) {
      if (namesThisMachine(host)) return admitted('local', roles);
      const detail = `nvad is asked here by its address or as localhost, not as ${JSON.stringify(host)}`;
      return { ok: false, refusal: refuse(421, 'wrong-host', detail) };
    }
    if (list !== undefined && list.anybody.length > 0) return admitted('anybody', list.anybody);
    const what = list === undefined || list.tokens.length === 0 ? 'a client certificate that nvad knows' : 'a token';
    return refused('not-authenticated', `nvad must know who asks: show ${what}, as in Authorization: Bearer TOKEN`);
  };
}
