/** Whether a request is answered: who asks, whether they may, and whether they ask too often. */
import type { Socket } from 'node:net';
import type { Endpoint } from '../contract/endpoint.ts';
import { type EndpointName, endpoints } from '../contract/endpoints.ts';
import { allows } from '../contract/roles.ts';
import type { NvaSource } from '../nva-source.ts';
import { type Refusal, refuse } from '../refusal.ts';
import type { Caller } from './caller.ts';
import { type DoorModules, doorOf } from './door.ts';
import type { Credentials, Gate } from './gate.ts';
import type { RateLimit } from './rate-limit.ts';

export interface Arrival {
  /** Of the row that answers it, if any does. */
  readonly name: EndpointName | undefined;
  readonly socket: Socket;
  /** Headers. */
  readonly credentials: Credentials;
}

export interface AdmitModules extends DoorModules {
  readonly gate: Gate;
  readonly nva: Pick<NvaSource, 'loaded'>;
}

/** The caller, where it matters who asks; or why there is no answer, and after how many seconds there may be one. */
export type Verdict =
  | { readonly caller?: Caller; readonly refusal?: never }
  | { readonly refusal: Refusal; readonly seconds?: number };

export interface Guards {
  readonly callers: RateLimit;
  readonly strangers: RateLimit;
}

/** Lets a request in as its caller, or says why not; `seconds` after which it may be tried again. */
export function admit(
  { name, socket, credentials }: Arrival,
  modules: AdmitModules,
  { callers, strangers }: Guards,
): Verdict {
  const door = doorOf(socket, modules);
  const role = name === undefined ? 'anyone' : endpoints[name].role;
  const tooMany = (seconds: number) => ({
    refusal: refuse(429, 'too-many-requests', `that is too often; try again after ${seconds} s`),
    seconds,
  });
  if (role === 'anyone') {
    const seconds = callers.take(door.address);
    return seconds === undefined ? {} : tooMany(seconds);
  }
  const admission = modules.gate(door, credentials);
  if (!admission.ok) {
    const seconds = strangers.take(door.address);
    return seconds === undefined ? admission : tooMany(seconds);
  }
  const { caller } = admission;
  // With a mark that no address has: nobody else's requests count as one's own.
  const seconds = callers.take(`${caller.actor.name}@`);
  if (seconds !== undefined) return tooMany(seconds);
  if (!allows(caller.roles, role)) {
    const held = caller.roles.join(', ') || 'none';
    const detail = `${caller.actor.name} does not have the role ${role}, which this takes; its roles: ${held}`;
    return { refusal: refuse(403, 'not-allowed', detail) };
  }
  if ((endpoints[name!] as Endpoint).whenLoaded === true && !modules.nva.loaded()) {
    const detail = 'nvad is starting, and has not loaded what should be; try again in a second';
    return { refusal: refuse(503, 'starting', detail), seconds: 1 };
  }
  return { caller };
}
