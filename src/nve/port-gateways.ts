/** Port to VN: looks who is behind the ports of such roles, and says so. Looks are bounded in number, however much moves. */
import type { PortRole } from './gateway-roles.ts';
import type { HostTable, LearntHost } from './learnt-hosts.ts';
import type { ReconcilerClock } from './reconciler.ts';

export interface PortGatewaysModules {
  readonly hosts: HostTable;
  readonly clock: ReconcilerClock;
  /** All that there are at a role's port. */
  readonly found: (role: PortRole, hosts: readonly LearntHost[]) => void;
}

/** Milliseconds between looks: after something happened, and when nothing is known to have. */
const LOOK_SOON = 100;
const LOOK_EVERY = 60_000;

export class PortGateways {
  readonly #roles: readonly PortRole[];
  readonly #modules: PortGatewaysModules;
  #cancel: (() => void) | undefined;
  #unwatch: (() => void) | undefined;
  #soon = false;
  #stopped = false;

  constructor(roles: readonly PortRole[], modules: PortGatewaysModules) {
    this.#roles = roles;
    this.#modules = modules;
  }

  start(): void {
    if (this.#roles.length === 0) return;
    const ports = this.#roles.map(({ port }) => port);
    this.#unwatch = this.#modules.hosts.watchHosts(ports, () => this.#happened());
    this.#happened();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
    this.#unwatch?.();
  }

  #happened(): void {
    if (this.#soon) return;
    this.#soon = true;
    this.#again(LOOK_SOON);
  }

  #again(milliseconds: number): void {
    this.#cancel?.();
    if (!this.#stopped) this.#cancel = this.#modules.clock.after(milliseconds, () => void this.#look());
  }

  async #look(): Promise<void> {
    this.#again(LOOK_EVERY);
    // What happens from here on is seen in the next.
    this.#soon = false;
    const { hosts, found } = this.#modules;
    for (const role of this.#roles) {
      const there = await hosts.learntAt(role.port);
      if (there !== undefined && !this.#stopped) found(role, there);
    }
  }
}
