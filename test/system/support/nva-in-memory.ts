/** An NVA of a few lines that speaks the NVE protocol in a namespace: whatever is attached is mapped. */
import type { FloodMapping, HostMapping, Mapping } from '../../../src/nva/mapping.ts';
import type { Actor, ApplyResult, Attachment, Change, VirtualNetwork } from '../../../src/nva/model.ts';
import { NveServer } from '../../../src/nve-protocol/server/server.ts';
import { systemClock } from '../../../src/nve-protocol/transport/clock.ts';
import { MemoryAuthority } from '../../unit/nve-protocol/memory-authority.ts';
import type { Namespace } from './namespace.ts';

export const nvaToken = 'of-the-test';

export class NvaInMemory extends MemoryAuthority {
  #server: NveServer | undefined;
  /** Connections that were not let in. */
  refused = 0;

  constructor(...networks: readonly VirtualNetwork[]) {
    super();
    for (const network of networks) this.add(network);
  }

  async serve(namespace: Namespace, host: string, port = 8394): Promise<void> {
    const server = new NveServer(
      { tokens: [{ token: nvaToken }] },
      {
        authority: this,
        clock: systemClock,
        log: ({ kind }) => {
          if (kind === 'refused') this.refused++;
        },
      },
    );
    this.#server = server;
    await namespace.begin(() => server.listen({ host, port }));
  }

  async silence(): Promise<void> {
    await this.#server?.close();
    this.#server = undefined;
  }

  override apply(changes: readonly Change[], by: Actor): ApplyResult {
    const before = new Map(this.attachments);
    const result = super.apply(changes, by);
    if (!result.ok) return result;
    for (const change of changes) {
      if (change.kind !== 'attachment') continue;
      const [network, id] = change.op === 'put' ? [change.value.network, change.value.id] : [change.network, change.id];
      const old = before.get(`${network} ${id}`);
      const now = change.op === 'put' ? this.#mappings(change.value) : [];
      const router = this.networks.get(network)?.l3;
      if (router !== undefined && old !== undefined) this.gone(router, ...this.#routed(old, router));
      if (router !== undefined && change.op === 'put') this.set(router, ...this.#routed(change.value, router));
      const others = [...this.attachments.values()].filter((other) => other.network === network && other.id !== id);
      const kept = new Set([...now, ...others.flatMap((other) => this.#mappings(other))].map(keyOf));
      this.gone(network, ...(old === undefined ? [] : this.#mappings(old)).filter((gone) => !kept.has(keyOf(gone))));
      this.set(network, ...now);
    }
    return result;
  }

  #mappings({ network, nve, mac, ips }: Attachment): Mapping[] {
    const vni = this.networks.get(network)?.vni ?? 0;
    const end = { nve: this.nves.get(nve)?.tunnelAddress ?? '', encapsulation: 'vxlan', vni } as const;
    const parameters = this.networks.get(network);
    if (parameters?.service === 'l3') return this.#routed({ nve, ips }, network);
    const router = parameters?.l3 === undefined ? undefined : this.networks.get(parameters.l3);
    const routerMac = this.nves.get(nve)?.routerMac ?? '';
    const flood: FloodMapping = { kind: 'flood', ...end };
    if (mac === undefined) return [flood];
    const host: HostMapping = { kind: 'host', ...end, mac, sequence: 0, sticky: false };
    const routed = router === undefined ? {} : { l3: { vni: router.vni, routerMac } };
    return [flood, host, ...ips.map((ip) => ({ ...host, ip, ...routed }))];
  }

  /** As a network with L3 service knows it. */
  #routed({ nve, ips }: Pick<Attachment, 'nve' | 'ips'>, network: string): HostMapping[] {
    const vni = this.networks.get(network)?.vni ?? 0;
    const { tunnelAddress = '', routerMac = '' } = this.nves.get(nve) ?? {};
    const end = { nve: tunnelAddress, encapsulation: 'vxlan', vni } as const;
    return ips.map((ip) => ({ kind: 'host', ...end, ip, sequence: 0, sticky: false, l3: { vni, routerMac } }));
  }
}

const keyOf = (mapping: Mapping) => JSON.stringify(mapping);
