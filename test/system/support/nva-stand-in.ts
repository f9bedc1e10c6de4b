/** An NVA of a few lines, for several NVEs of one process: whatever is attached is mapped, and everybody is told. */
import { type Mapping, mappingKey } from '../../../src/nva/mapping.ts';
import type { VirtualNetwork } from '../../../src/nva/model.ts';
import type { LocalAttachment } from '../../../src/nve/local-attachment.ts';
import type { NvaAnswer, NvaListener, NvaSession, Resolution } from '../../../src/nve/nva-session.ts';

interface Member {
  readonly address: string;
  readonly listener: () => NvaListener | undefined;
  readonly joined: Set<string>;
}

export class NvaStandIn {
  readonly #networks = new Map<string, VirtualNetwork>();
  /** `network/id` → where it is. */
  readonly #attachments = new Map<string, { readonly nve: string; readonly attachment: LocalAttachment }>();
  readonly #members = new Set<Member>();
  /** Networks in which nothing may be attached, with the reason. */
  readonly refusals = new Map<string, string>();

  constructor(...networks: readonly VirtualNetwork[]) {
    for (const network of networks) this.#networks.set(network.name, network);
  }

  /** Another state of a network, for those who join it from now on. */
  change(network: VirtualNetwork): void {
    this.#networks.set(network.name, network);
  }

  /** A session of the NVE with this tunnel address, which is up as soon as it is started. */
  session(address: string): NvaSession {
    let listener: NvaListener | undefined;
    const member: Member = { address, joined: new Set(), listener: () => listener };
    return {
      legs: () => {},
      start: (to) => {
        listener = to;
        this.#members.add(member);
        to.connected('stand-in');
      },
      attach: async (attachment): Promise<NvaAnswer> => {
        const reason = this.refusals.get(attachment.network);
        if (reason !== undefined) return { answer: 'no', reason };
        if (!this.#networks.has(attachment.network))
          return { answer: 'no', reason: `there is no network ${attachment.network}` };
        this.#attachments.set(`${attachment.network}/${attachment.id}`, { nve: address, attachment });
        this.#tell(attachment.network);
        return { answer: 'yes' };
      },
      detach: async (network, id): Promise<NvaAnswer> => {
        this.#attachments.delete(`${network}/${id}`);
        this.#tell(network);
        return { answer: 'yes' };
      },
      join: (network) => {
        member.joined.add(network);
        const parameters = this.#networks.get(network);
        if (parameters === undefined) return listener?.refused(network, `there is no network ${network}`);
        listener?.parameters(network, parameters);
        this.#tell(network);
      },
      leave: (network) => {
        member.joined.delete(network);
        this.#tell(network);
      },
      resolve: async (network, sought): Promise<Resolution> => {
        const found = this.#mappings(network, address).find(
          (mapping) => mapping.kind === 'host' && (mapping.mac === sought || mapping.ip === sought),
        );
        return found === undefined
          ? { answer: 'none', lease: 5000 }
          : { answer: 'mapping', mapping: found, lease: 5000 };
      },
      stop: () => {
        this.#members.delete(member);
      },
    };
  }

  #mappings(network: string, forNve: string): Mapping[] {
    const vni = this.#networks.get(network)?.vni ?? 0;
    const found: Mapping[] = [];
    for (const { nve, attachment } of this.#attachments.values()) {
      if (attachment.network !== network || nve === forNve) continue;
      const end = { nve, encapsulation: 'vxlan', vni } as const;
      found.push({ kind: 'flood', ...end });
      const { mac, ips } = attachment;
      if (mac === undefined) continue;
      const host = { kind: 'host', ...end, mac, sequence: 0, sticky: false } as const;
      found.push(host, ...ips.map((ip) => ({ ...host, ip })));
    }
    return [...new Map(found.map((mapping) => [mappingKey(mapping), mapping])).values()];
  }

  #tell(network: string): void {
    for (const { address, joined, listener } of this.#members)
      if (joined.has(network)) listener()?.complete(network, this.#mappings(network, address));
  }
}
