/** The NVA by the NVE protocol. */
import {
  type AttachResult,
  NveClient,
  type NveIdentity,
  type Resolved,
  systemClock,
  type Transport,
} from '../nve-protocol/client/index.ts';
import type { LocalAttachment } from './local-attachment.ts';
import { routerMac } from './names.ts';
import type { LegEnd, NvaAnswer, NvaListener, NvaSession, Resolution } from './nva-session.ts';

export interface NveProtocolOptions {
  readonly name: string;
  readonly tunnelAddress: string;
  /** Replicas, preferred first. */
  readonly nvas: readonly { readonly host: string; readonly port: number }[];
  readonly token: string | undefined;
}

export class NveProtocolSession implements NvaSession {
  readonly #client: NveClient;
  readonly #identity: NveIdentity;
  #listener: NvaListener | undefined;

  constructor({ name, tunnelAddress, nvas, token }: NveProtocolOptions, transport: Transport) {
    this.#identity = { name, tunnelAddress, encapsulations: ['vxlan'], routerMac: routerMac(tunnelAddress) };
    this.#client = new NveClient(
      {
        identity: this.#identity,
        nvas,
        ...(token !== undefined && { token }),
      },
      {
        transport,
        clock: systemClock,
        handler: {
          connected: ({ remote }) => this.#listener?.connected(remote),
          disconnected: ({ remote, code, reason }) => this.#listener?.disconnected({ nva: remote, code, reason }),
          crossings: (crossings) => this.#listener?.crossings(crossings),
          attachmentRefused: (network, id, { reason }) => this.#listener?.attachmentRefused(network, id, reason),
        },
      },
    );
  }

  legs(legs: readonly LegEnd[]): void {
    const ends = legs.map(({ domain, tunnelAddress }) => ({
      domain,
      tunnelAddress,
      routerMac: routerMac(tunnelAddress),
    }));
    this.#client.identify({ ...this.#identity, ...(ends.length > 0 && { legs: ends }) });
  }

  start(listener: NvaListener): void {
    this.#listener = listener;
    this.#client.start();
  }

  async attach({ network, id, port, mac, ips, prefixes, sticky, role, state }: LocalAttachment): Promise<NvaAnswer> {
    return answerOf(
      await this.#client.attach(network, {
        id,
        ips,
        prefixes,
        sticky,
        role,
        state,
        ...(mac !== undefined && { mac }),
        ...(port !== undefined && { vap: port }),
      }),
    );
  }

  async detach(network: string, id: string): Promise<NvaAnswer> {
    return answerOf(await this.#client.detach(network, id));
  }

  join(network: string, pull: boolean): void {
    this.#client.join(network, pull ? 'pull' : 'push', {
      parameters: (parameters) => this.#listener?.parameters(network, { name: network, ...parameters }),
      changed: (changes) => this.#listener?.changes(network, changes),
      complete: () => this.#listener?.complete(network, this.#client.mappings(network)),
      refused: ({ reason }) => this.#listener?.refused(network, reason),
      answerChanged: (address, answer) =>
        this.#listener?.resolved(network, address, answer === undefined ? undefined : resolutionOf(answer)),
    });
  }

  leave(network: string): void {
    this.#client.leave(network);
  }

  async resolve(network: string, address: string): Promise<Resolution> {
    return resolutionOf(await this.#client.resolve(network, address));
  }

  stop(): void {
    this.#client.stop();
  }
}

function answerOf(result: AttachResult): NvaAnswer {
  if (result.ok) return { answer: 'yes' };
  const { code, reason } = result.refusal;
  return code === 'unreachable' ? { answer: 'unreachable' } : { answer: 'no', reason };
}

function resolutionOf(resolved: Resolved): Resolution {
  switch (resolved.status) {
    case 'found':
      return { answer: 'mapping', mapping: resolved.mapping, lease: resolved.lease };
    case 'no-such-address':
      return { answer: 'none', lease: resolved.lease };
    default:
      return { answer: 'unknown' };
  }
}
