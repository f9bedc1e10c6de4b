/**
 * The NVE (seed §3.2): which tenant systems are plugged in, which networks they need, what the NVA says of those, and the
 * kernel kept as all of that wants it. Sockets, files, kernel and clock are handed in.
 */
import type { Crossing } from '../nva/crossing.ts';
import { type Mapping, type MappingChange, mappingKey } from '../nva/mapping.ts';
import type { AttachmentStore, HeldAttachment } from './attachment-store.ts';
import {
  type GatewayRoles,
  grantedRoles,
  learntAttachment,
  learntId,
  type PortRole,
  portAttachment,
  roleAttachments,
} from './gateway-roles.ts';
import type { Kernel } from './kernel.ts';
import type { KernelState } from './kernel-state.ts';
import { knownBefore } from './known-before.ts';
import type { HostTable, LearntHost } from './learnt-hosts.ts';
import { Legs, underlayOf } from './legs.ts';
import type { LocalAttachment } from './local-attachment.ts';
import { crossingNamespace, resolverName, routerNamespace } from './names.ts';
import type { NvaAnswer, NvaListener, NvaSession, NvaTrouble } from './nva-session.ts';
import { troubleText } from './nva-trouble.ts';
import { PortGateways } from './port-gateways.ts';
import type { Problem } from './problem.ts';
import { Reconciler, type ReconcilerClock } from './reconciler.ts';
import { Resolver } from './resolver.ts';
import type { TapPort, Taps } from './tap.ts';
import { heardAt, type KnownNetwork, type NetworkParameters, nothingWanted } from './wanted.ts';
import { type LegOptions, type WantedCaches, type WantedStates, wantedStates } from './wanted-crossing.ts';

export const fallbacks = ['keep', 'flood-and-learn'] as const;
/** What to do while no NVA answers: forward by what is known alone, or flood the rest and learn. */
export type Fallback = (typeof fallbacks)[number];

export interface NveOptions {
  /** In the domain. */
  readonly name: string;
  readonly tunnelAddress: string;
  readonly pull: boolean;
  readonly fallback: Fallback;
  /** Milliseconds without an NVA before the fallback. */
  readonly fallbackAfter: number;
  /** Addresses of the routers of networks with L2 service, with their prefix lengths. */
  readonly gateways: ReadonlyMap<string, readonly string[]>;
  /** Ends in the underlays of neighbour domains, one for each. */
  readonly legs?: readonly LegOptions[];
  readonly roles: GatewayRoles;
}

export interface NveLog {
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
  error(fields: object, text: string): void;
}

export interface NveModules {
  readonly kernel: Kernel & HostTable;
  readonly session: NvaSession;
  readonly store: AttachmentStore;
  readonly clock: ReconcilerClock;
  readonly log: NveLog;
  /** Needed in pull mode. */
  readonly taps?: Taps;
  /** Other network namespaces of this machine, for the legs that are in one. */
  readonly legKernel?: (namespace: string) => Kernel;
}

/** Where an attachment stands. Only what is `attached` is in the data path. */
export type AttachmentStatus =
  | { readonly status: 'attached' }
  /** The NVA has said yes, and its port is not there, or is another's; it is attached when that changes. */
  | { readonly status: 'no-port'; readonly reason: string }
  /** No NVA has answered yet. */
  | { readonly status: 'waiting' }
  | { readonly status: 'refused'; readonly reason: string };

export interface AttachmentView {
  readonly attachment: LocalAttachment;
  readonly status: AttachmentStatus;
}

export interface NetworkView {
  readonly name: string;
  /** Undefined until the NVA has said. */
  readonly parameters: NetworkParameters | undefined;
  /** The NVA has said all there is; until then what was known before is used. */
  readonly synced: boolean;
  readonly mappings: readonly Mapping[];
}

/** Where this NVE is a gateway, and the leg by which; undefined where it has none. */
export type CrossingView = Crossing & { readonly leg: Omit<LegOptions, 'domain'> | undefined };

export interface NveView {
  /** The NVA that answers. */
  readonly nva: string | undefined;
  /** Why others do not, or did not the last time that they were tried: sentences without a full stop. */
  readonly troubles: readonly string[];
  /** The fallback is in force. */
  readonly learning: boolean;
  readonly attachments: readonly AttachmentView[];
  readonly networks: readonly NetworkView[];
  readonly crossings: readonly CrossingView[];
  readonly problems: readonly Problem[];
}

export type AttachResult = AttachmentStatus | { readonly status: 'failed'; readonly reason: string };

interface Held {
  readonly attachment: LocalAttachment;
  accepted: boolean;
  /** By an NVA, to this process. */
  answered: boolean;
  refused?: string;
  /** Learnt at a port, and to be taken from elsewhere when the NVA agrees. */
  moved?: boolean;
  /** The NVA has refused it, and is asked again. */
  cancelAsking?: () => void;
}

interface Network {
  parameters: NetworkParameters | undefined;
  mappings: Map<string, Mapping>;
  synced: boolean;
  /** Of mappings and pulled. */
  version: number;
  /** Who waits for the parameters. */
  readonly waiting: (() => void)[];
  /** Joined so that its mappings are asked for. */
  pull: boolean;
  /** In pull mode: what was asked for, by the address. */
  readonly pulled: Map<string, Mapping>;
  /** Of the device by that name, while it is there. */
  resolver: { readonly vni: number; readonly port: TapPort } | undefined;
}

const newNetwork = (parameters: NetworkParameters | undefined, mappings: readonly Mapping[]): Network => ({
  parameters,
  mappings: new Map(mappings.map((mapping) => [mappingKey(mapping), mapping])),
  synced: false,
  version: 0,
  waiting: [],
  pull: false,
  pulled: new Map(),
  resolver: undefined,
});

/** Milliseconds between looks at a kernel that nothing is known to have happened to, and before a failure is tried anew. */
const LOOK_EVERY = 60_000;
const RETRY_AFTER = 2_000;

/** Milliseconds; they come with the first words on a network. */
const PARAMETERS_WITHIN = 2_000;

/** Milliseconds for which an answer is used that has no lease. */
const USED_ONCE = 1_000;

/** Milliseconds after which a host that was learnt, and refused, is said to the NVA again. */
const ASK_AGAIN = 60_000;

/** What nved can hold: a machine has not more ports. */
const MOST_ATTACHMENTS = 65_536;

export class Nve {
  readonly #options: NveOptions;
  readonly #modules: NveModules;
  readonly #reconciler: Reconciler;
  readonly #attachments = new Map<string, Held>();
  readonly #networks = new Map<string, Network>();
  readonly #wantedBefore: WantedCaches = { networks: new Map(), crossed: new Map() };
  readonly #legs: Legs;
  #crossings: readonly Crossing[] = [];
  /** As the NVA was told of them last. */
  #saidLegs = '[]';
  /** The kernel as it was looked at last. */
  #kernel: KernelState | undefined;
  #version = 0;
  #nva: string | undefined;
  /** By the NVA's address: why it could not be had the last time. */
  readonly #troubles = new Map<string, string>();
  #learning = false;
  #cancelFallback: (() => void) | undefined;
  readonly #portGateways: PortGateways;
  /** Roles of ports with as many hosts behind them as there may be. */
  readonly #full = new Set<PortRole>();

  constructor(options: NveOptions, modules: NveModules) {
    this.#options = options;
    this.#modules = modules;
    const { kernel, clock, log } = modules;
    this.#portGateways = new PortGateways(options.roles.ports, {
      ...{ hosts: kernel, clock },
      found: (role, there) => this.#found(role, there),
    });
    const times = { lookEvery: LOOK_EVERY, retryAfter: RETRY_AFTER };
    const failed = (what: string, reason: string) => log.error({ what, reason }, `refused: ${what}: ${reason}`);
    const told = (commands: number) => log.info({ commands }, 'the kernel is changed');
    this.#reconciler = new Reconciler(times, {
      kernel,
      clock,
      wanted: (state) => {
        this.#kernel = state;
        this.#sayLegs();
        return this.#wanted().here;
      },
      log: {
        changed: (commands) => {
          told(commands);
          this.#legs.madeMore();
        },
        failed,
      },
    });
    this.#legs = new Legs(options.legs ?? [], times, {
      kernel: (namespace) => {
        if (modules.legKernel === undefined) throw new Error(`the network namespace ${namespace} cannot be reached`);
        return modules.legKernel(namespace);
      },
      clock,
      wanted: (namespace) => this.#wanted().there.get(namespace) ?? nothingWanted,
      changed: () => {
        this.#sayLegs();
        this.#reconciler.touch();
      },
      log: { changed: told, failed },
    });
  }

  /** What does not lead anywhere is no leg to the NVA, which then has another gateway serve the networks. */
  #sayLegs(): void {
    const working = this.#legs.working(this.#kernel);
    const said = JSON.stringify(working);
    if (said === this.#saidLegs) return;
    this.#saidLegs = said;
    this.#modules.session.legs(working);
  }

  /** Takes up what the kernel and the file of attachments say, without disturbing it, and goes to the NVA. */
  async start(): Promise<void> {
    const { store, session, log } = this.#modules;
    const { attachments, networks, crossings = [] } = store.load();
    this.#crossings = crossings;
    const outdated = this.#takeUp(attachments);
    this.#kernel = await this.#reconciler.start();
    await this.#legs.start();
    for (const parameters of networks) {
      const network = newNetwork(parameters, this.#knownBefore(parameters));
      network.version = ++this.#version;
      this.#networks.set(parameters.name, network);
    }
    log.info({ attachments: attachments.length, networks: networks.length }, 'taken up from before');
    this.#openResolvers();
    this.#touch();
    this.#awaitFallback();
    session.start(this.#listener());
    for (const name of this.#needed()) this.#join(name);
    for (const { network, id } of outdated) void session.detach(network, id);
    this.#portGateways.start();
  }

  /** What is attached by a gateway role is as the configuration has it now; answers what is not any more. */
  #takeUp(attachments: readonly HeldAttachment[]): LocalAttachment[] {
    const { name, roles } = this.#options;
    const outdated: LocalAttachment[] = [];
    const byRole = new Map(roleAttachments(name, roles).map((attachment) => [key(attachment), attachment]));
    for (const { attachment, accepted } of attachments) {
      const { source, network, port } = attachment;
      const isWanted =
        source === 'port'
          ? roles.ports.some((role) => role.network === network && role.port === port)
          : source === undefined || byRole.has(key(attachment));
      if (isWanted) this.#attachments.set(key(attachment), { attachment, accepted, answered: false });
      else outdated.push(attachment);
    }
    for (const [at, attachment] of byRole)
      this.#attachments.set(at, {
        attachment,
        accepted: this.#attachments.get(at)?.accepted === true,
        answered: false,
      });
    return outdated;
  }

  /** Leaves the kernel as it is: tenants go on while nved is away. */
  async stop(): Promise<void> {
    this.#cancelFallback?.();
    this.#portGateways.stop();
    for (const { cancelAsking } of this.#attachments.values()) cancelAsking?.();
    this.#modules.session.stop();
    await this.#reconciler.stop();
    await this.#legs.stop();
    this.#modules.taps?.stop();
  }

  /** Plugs a tenant system in, when the NVA allows it. The same one again, with other values, takes the place of the first. */
  async attach(attachment: LocalAttachment): Promise<AttachResult> {
    const at = key(attachment);
    if (!this.#attachments.has(at) && this.#attachments.size >= MOST_ATTACHMENTS)
      return { status: 'failed', reason: `there are ${MOST_ATTACHMENTS} attachments, and no room for more` };
    if (this.#crossings.some(({ outside }) => outside === attachment.network))
      return {
        status: 'failed',
        reason: `${attachment.network} is the far side of a crossing; attach to the network that is this domain's`,
      };
    const role = this.#options.roles.ports.find(({ port }) => port === attachment.port);
    if (role !== undefined)
      return {
        status: 'failed',
        reason: `who is behind ${role.port} is learnt, by a gateway role of the configuration`,
      };
    const taken = [...this.#attachments.values()].find(
      (held) => held.attachment.port === attachment.port && held.attachment.network !== attachment.network,
    );
    if (taken !== undefined) {
      const { port, network, id } = taken.attachment;
      return { status: 'failed', reason: `${port} is a port of ${id} in the network ${network}` };
    }
    const said = await this.#modules.session.attach(attachment);
    if (said.answer === 'no') return { status: 'refused', reason: said.reason };
    const yes = said.answer === 'yes';
    // What the NVA has said before holds until it says something else.
    const held: Held = { attachment, accepted: yes || this.#attachments.get(at)?.accepted === true, answered: yes };
    this.#attachments.set(at, held);
    this.#save();
    this.#join(attachment.network);
    this.#touch();
    if (yes) await this.#parametersOf(attachment.network);
    await this.#reconciler.settled();
    return this.#status(held);
  }

  /** Takes it out of the data path, and tells the NVA. */
  async detach(network: string, id: string): Promise<{ readonly found: boolean; readonly told: boolean }> {
    if (!this.#attachments.delete(`${network}/${id}`)) return { found: false, told: false };
    this.#forgetUnneeded();
    this.#save();
    this.#touch();
    const said = await this.#modules.session.detach(network, id);
    await this.settled();
    return { found: true, told: said.answer !== 'unreachable' };
  }

  /** Waits until the kernel is as it should be, as far as it can be. */
  async settled(): Promise<void> {
    await this.#reconciler.settled();
    await this.#legs.settled();
  }

  /** See {@link NveView.troubles}. */
  get troubles(): readonly string[] {
    return [...this.#troubles.values()];
  }

  view(): NveView {
    return {
      nva: this.#nva,
      troubles: this.troubles,
      learning: this.#learning,
      attachments: [...this.#attachments.values()].map((held) => ({
        attachment: held.attachment,
        status: this.#status(held),
      })),
      networks: [...this.#networks].map(([name, { parameters, synced, mappings, pulled }]) => ({
        name,
        parameters,
        synced,
        mappings: [...mappings.values(), ...pulled.values()],
      })),
      crossings: this.#crossings.map((crossing) => ({ ...crossing, leg: this.#legTo(crossing.domain) })),
      problems: [...this.#reconciler.problems, ...this.#legs.problems, ...[...this.#full].map(fullPort)],
    };
  }

  #listener(): NvaListener {
    const { log } = this.#modules;
    return {
      connected: (nva) => {
        log.info({ nva }, `the NVA ${nva} answers`);
        this.#nva = nva;
        this.#troubles.delete(nva);
        this.#cancelFallback?.();
        if (this.#learning) {
          this.#learning = false;
          this.#touch();
        }
        for (const held of this.#attachments.values()) if (!held.answered) void this.#ask(held);
      },
      disconnected: (trouble) => this.#disconnected(trouble),
      parameters: (name, parameters) => this.#parameters(name, parameters),
      complete: (name, mappings) => {
        const network = this.#networks.get(name);
        if (network === undefined) return;
        network.mappings = new Map();
        for (const mapping of mappings) {
          network.mappings.set(mappingKey(mapping), mapping);
          this.#movedAway(name, mapping);
        }
        network.version = ++this.#version;
        network.synced = true;
        this.#touch();
      },
      changes: (name, changes) => this.#changes(name, changes),
      refused: (name, reason) => {
        log.warn({ network: name, reason }, `the network ${name} cannot be joined: ${reason}`);
      },
      crossings: (crossings) => this.#crossed(crossings),
      attachmentRefused: (network, id, reason) => {
        const held = this.#attachments.get(key({ network, id }));
        if (held !== undefined) this.#answered(held, { answer: 'no', reason });
      },
      resolved: (name, address, resolution) => {
        const network = this.#networks.get(name);
        if (network?.pulled.has(address) !== true) return;
        if (resolution?.answer === 'mapping') network.pulled.set(address, resolution.mapping);
        else network.pulled.delete(address);
        network.version = ++this.#version;
        this.#touch();
      },
    };
  }

  /** A line for each loss; of tries that fail one for each new reason, as they come every few seconds. */
  #disconnected(trouble: NvaTrouble): void {
    const { nva, code } = trouble;
    const lost = this.#nva !== undefined;
    const text = troubleText(trouble, lost);
    if (lost || this.#troubles.get(nva) !== text) this.#modules.log.warn({ nva, code }, text);
    this.#troubles.set(nva, text);
    this.#nva = undefined;
    this.#awaitFallback();
  }

  /** Says an attachment that no NVA has answered yet; the session says it again to each NVA that comes. */
  async #ask(held: Held): Promise<void> {
    this.#answered(held, await this.#modules.session.attach(held.attachment));
  }

  #answered(held: Held, said: NvaAnswer): void {
    const { network, id } = held.attachment;
    if (this.#attachments.get(key(held.attachment)) !== held || said.answer === 'unreachable') return;
    const before = status(held).status;
    held.answered = true;
    delete held.refused;
    if (said.answer === 'no') {
      if (before !== 'refused')
        this.#modules.log.warn({ network, id, reason: said.reason }, `${id} in ${network} is refused: ${said.reason}`);
      held.refused = said.reason;
      // The NVA has it elsewhere: there it is, whatever is sent here.
      if (held.moved === true) this.#reconciler.refresh();
      // Nobody else asks for it, and it may be registered later.
      if (held.attachment.source === 'port')
        held.cancelAsking = this.#modules.clock.after(ASK_AGAIN, () => void this.#ask(held));
    } else {
      held.accepted = true;
      if (held.moved === true) void this.#settle(held);
    }
    if (before === status(held).status) return;
    this.#save();
    this.#touch();
  }

  /** Who is behind the port of a role: the NVA is told who has come, and who is not heard of any more. */
  #found(role: PortRole, there: readonly LearntHost[]): void {
    const before = new Map<string, Held>();
    for (const held of this.#attachments.values()) {
      const { source, network, port, mac = '' } = held.attachment;
      if (source === 'port' && network === role.network && port === role.port) before.set(mac, held);
    }
    const present = new Set(there.map(({ mac }) => mac));
    const gone = [...before].flatMap(([mac, held]) => (present.has(mac) ? [] : [held]));
    const come: Held[] = [];
    let inTheWay = false;
    for (const { mac, moved } of there) {
      const known = before.get(mac);
      if (known !== undefined) {
        known.moved = moved;
        const standing = status(known).status;
        // The NVA has it elsewhere: there it is, whatever is sent here.
        if (moved && standing === 'refused') inTheWay = true;
        if (moved && standing === 'attached') void this.#settle(known);
        continue;
      }
      if (before.size - gone.length + come.length >= role.maxHosts) continue;
      const attachment = learntAttachment(this.#options.name, role, mac);
      come.push({ attachment, accepted: false, answered: false, moved });
    }
    if (there.length >= role.maxHosts) this.#full.add(role);
    else this.#full.delete(role);
    for (const held of gone) this.#lose(held);
    for (const held of come) {
      this.#attachments.set(key(held.attachment), held);
      void this.#ask(held);
    }
    if (come.length + gone.length > 0) this.#save();
    if (inTheWay) this.#reconciler.refresh();
  }

  /** What came from elsewhere, and has the NVA's yes, is from now on as if it had been learnt here first. */
  async #settle(held: Held): Promise<void> {
    const { port, mac } = held.attachment;
    held.moved = false;
    if (port === undefined || mac === undefined) return;
    await this.#modules.kernel.settleAt(port, mac);
    this.#reconciler.refresh();
  }

  /** A host that was learnt here and that the NVA says is elsewhere has moved there. */
  #movedAway(network: string, mapping: Mapping): void {
    if (mapping.kind !== 'host' || mapping.mac === undefined || this.#options.roles.ports.length === 0) return;
    // What was learnt is announced without an IP address, and who had it before may still say one.
    if (mapping.ip !== undefined) return;
    const held = this.#attachments.get(key({ network, id: learntId(this.#options.name, mapping.mac) }));
    if (held === undefined || !held.accepted || mapping.nve === this.#options.tunnelAddress) return;
    this.#lose(held);
    this.#save();
  }

  #lose({ attachment, cancelAsking }: Held): void {
    cancelAsking?.();
    this.#attachments.delete(key(attachment));
    this.#touch();
    void this.#modules.session.detach(attachment.network, attachment.id);
  }

  #parameters(name: string, parameters: NetworkParameters): void {
    const network = this.#networks.get(name);
    if (network === undefined) return;
    network.parameters = parameters;
    for (const resume of network.waiting.splice(0)) resume();
    this.#rejoin(name, network);
    // The network that routes for it is needed as well, and another one may not be any more.
    for (const needed of this.#needed()) if (!this.#networks.has(needed)) this.#join(needed);
    this.#forgetUnneeded();
    this.#save();
    this.#openResolvers();
    this.#touch();
  }

  /** Waits until the NVA has said what a network is like, so that who has attached something finds it in the data path. */
  async #parametersOf(name: string): Promise<void> {
    const network = this.#networks.get(name);
    if (network === undefined || network.parameters !== undefined) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    network.waiting.push(resolve);
    const cancel = this.#modules.clock.after(PARAMETERS_WITHIN, resolve);
    await promise;
    cancel();
  }

  /** In pull mode: the devices by which networks give what the kernel knows no place for. */
  #openResolvers(): void {
    const { taps, log } = this.#modules;
    if (!this.#options.pull || taps === undefined) return;
    for (const [name, network] of this.#networks) {
      const vni = this.#isPulled(name, network) ? network.parameters?.vni : undefined;
      if (network.resolver?.vni === vni) continue;
      network.resolver?.port.close();
      network.resolver = undefined;
      if (vni === undefined) continue;
      try {
        const resolver: Resolver = new Resolver({
          resolve: (address) => this.#resolve(name, address),
          send: (frame) => port.write(frame),
        });
        const port = taps.open(resolverName(vni), (frame) => resolver.received(frame));
        network.resolver = { vni, port };
        this.#reconciler.refresh();
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        log.error({ network: name, reason }, `what is not known of ${name} cannot be asked for: ${reason}`);
      }
    }
  }

  /** Asks the NVA, and waits until its answer is in the kernel. */
  async #resolve(name: string, address: string): Promise<Mapping | undefined> {
    const resolution = await this.#modules.session.resolve(name, address);
    const network = this.#networks.get(name);
    if (resolution.answer !== 'mapping' || network === undefined) return undefined;
    network.pulled.set(address, resolution.mapping);
    network.version = ++this.#version;
    // Of such an answer's end nothing will be heard.
    if (resolution.lease === 0)
      this.#modules.clock.after(USED_ONCE, () => {
        network.pulled.delete(address);
        network.version = ++this.#version;
        this.#touch();
      });
    this.#touch();
    await this.settled();
    return resolution.mapping;
  }

  #changes(name: string, changes: readonly MappingChange[]): void {
    const network = this.#networks.get(name);
    if (network === undefined) return;
    for (const change of changes) {
      if ('set' in change) {
        network.mappings.set(mappingKey(change.set), change.set);
        this.#movedAway(name, change.set);
      } else network.mappings.delete(mappingKey(change.gone));
    }
    network.version = ++this.#version;
    this.#touch();
  }

  /** Where it stands, and whether its port can be used. */
  #status(held: Held): AttachmentStatus {
    const said = status(held);
    if (said.status !== 'attached') return said;
    const { network, port } = held.attachment;
    const problem = this.#reconciler.problems.find((one) => one.network === network && one.port === port);
    return problem === undefined ? said : { status: 'no-port', reason: problem.reason };
  }

  #wanted(): WantedStates {
    const known = new Map<string, KnownNetwork>();
    for (const [name, network] of this.#networks)
      if (network.parameters !== undefined) known.set(name, knownNetwork(network.parameters, network));
    const attached = [...this.#attachments.values()].filter((held) => status(held).status === 'attached');
    const { name: nve, tunnelAddress, pull, gateways, roles } = this.#options;
    const plugged = attached.map(({ attachment }) => attachment);
    const underlay = this.#kernel === undefined ? undefined : underlayOf(tunnelAddress, this.#kernel);
    const states = wantedStates(
      known,
      [...roles.ports.map((role) => portAttachment(nve, role)), ...plugged],
      {
        tunnelAddress,
        pull,
        learning: this.#learning,
        gateways,
        roles: grantedRoles(nve, roles, plugged),
        ...(underlay !== undefined && { underlay }),
        crossings: this.#crossings,
        legs: this.#legs.states(this.#kernel),
      },
      this.#wantedBefore,
    );
    return { ...states, here: { ...states.here, denied: this.#denied() } };
  }

  #denied(): ReadonlySet<string> {
    const denied = new Set<string>();
    if (this.#options.roles.ports.length === 0) return denied;
    for (const { attachment, refused } of this.#attachments.values()) {
      const { source, port, mac } = attachment;
      if (source === 'port' && port !== undefined && mac !== undefined && refused !== undefined)
        denied.add(heardAt(port, mac));
    }
    return denied;
  }

  /** What is wanted may have changed, here and in the namespaces of legs. */
  #touch(): void {
    this.#reconciler.touch();
    this.#legs.touch();
  }

  #legTo(domain: string): Omit<LegOptions, 'domain'> | undefined {
    const leg = this.#options.legs?.find((one) => one.domain === domain);
    return leg === undefined ? undefined : { namespace: leg.namespace, tunnelAddress: leg.tunnelAddress };
  }

  #crossed(crossings: readonly Crossing[]): void {
    if (JSON.stringify(crossings) === JSON.stringify(this.#crossings)) return;
    this.#crossings = crossings;
    for (const [name, network] of this.#networks) this.#rejoin(name, network);
    for (const needed of this.#needed()) if (!this.#networks.has(needed)) this.#join(needed);
    this.#forgetUnneeded();
    this.#save();
    this.#openResolvers();
    this.#touch();
  }

  /** What the kernel says of a network before the NVA has said anything, in the namespace that it is in. */
  #knownBefore(parameters: NetworkParameters): Mapping[] {
    const { name, vni, service } = parameters;
    const { tunnelAddress } = this.#options;
    const crossing = this.#crossings.find(({ outside }) => outside === name);
    const namespace = crossing === undefined ? undefined : this.#legTo(crossing.domain)?.namespace;
    const isElsewhere = service === 'l2' && namespace !== undefined;
    const kernel = isElsewhere ? this.#legs.kernelOf(namespace) : this.#kernel;
    const router =
      crossing === undefined
        ? routerNamespace(tunnelAddress, vni)
        : crossingNamespace(tunnelAddress, crossing.network, name, namespace);
    return kernel === undefined ? [] : knownBefore(parameters, router, kernel);
  }

  #needed(): Set<string> {
    const needed = new Set([
      ...this.#options.roles.ports.map(({ network }) => network),
      ...[...this.#attachments.values()].map(({ attachment }) => attachment.network),
    ]);
    for (const name of [...needed]) {
      const router = this.#networks.get(name)?.parameters?.l3;
      if (router !== undefined) needed.add(router);
    }
    for (const { domain, network, outside } of this.#crossings) {
      if (this.#legTo(domain) === undefined) continue;
      needed.add(network);
      needed.add(outside);
    }
    return needed;
  }

  #join(name: string): void {
    const network = this.#networks.get(name) ?? newNetwork(undefined, []);
    this.#networks.set(name, network);
    network.pull = this.#isPulled(name, network);
    this.#modules.session.join(name, network.pull);
  }

  /**
   * Whether mappings are asked for one by one. A router has to know where all routes lead, since there is no frame for it to
   * hold, and a gateway what is on either side of it.
   */
  #isPulled(name: string, { parameters }: Network): boolean {
    const isCrossed = this.#crossings.some(({ network, outside }) => network === name || outside === name);
    return this.#options.pull && parameters?.service !== 'l3' && !isCrossed;
  }

  /** After what decides about it has changed. */
  #rejoin(name: string, network: Network): void {
    if (network.pull === this.#isPulled(name, network)) return;
    this.#modules.session.leave(name);
    network.pulled.clear();
    this.#join(name);
  }

  /** The last detach from a network reclaims all of it (seed §4.3). */
  #forgetUnneeded(): void {
    const needed = this.#needed();
    for (const name of this.#networks.keys()) {
      if (needed.has(name)) continue;
      const port = this.#networks.get(name)?.resolver?.port;
      this.#networks.delete(name);
      this.#wantedBefore.networks.delete(name);
      this.#wantedBefore.crossed.delete(name);
      this.#modules.session.leave(name);
      // The device is taken out of the kernel first, as everything else.
      if (port !== undefined) setImmediate(() => this.#reconciler.settled().then(() => port.close()));
    }
  }

  #awaitFallback(): void {
    const { fallback, fallbackAfter } = this.#options;
    this.#cancelFallback?.();
    if (fallback !== 'flood-and-learn') return;
    this.#cancelFallback = this.#modules.clock.after(fallbackAfter, () => {
      this.#modules.log.warn({}, 'no NVA answers: what is not known is flooded, and learnt');
      this.#learning = true;
      this.#touch();
    });
  }

  #save(): void {
    const attachments: HeldAttachment[] = [...this.#attachments.values()].map(({ attachment, accepted }) => ({
      attachment,
      accepted,
    }));
    const networks = [...this.#networks.values()].flatMap(({ parameters }) => parameters ?? []);
    try {
      this.#modules.store.save({ attachments, networks, crossings: this.#crossings });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#modules.log.error({ reason }, `a restart would not know what is attached: ${reason}`);
    }
  }
}

const knownNetwork = (parameters: NetworkParameters, { mappings, pulled, version }: Network): KnownNetwork => ({
  parameters,
  mappings: {
    *[Symbol.iterator]() {
      yield* mappings.values();
      yield* pulled.values();
    },
  },
  version,
});

function fullPort({ network, port, maxHosts }: PortRole): Problem {
  const reason = `${maxHosts} hosts are behind ${port}, and no other one is heard there: raise maxHosts of its role for more`;
  return { network, code: 'port-full', reason };
}

const key = ({ network, id }: Pick<LocalAttachment, 'network' | 'id'>) => `${network}/${id}`;

function status({ accepted, refused }: Held): AttachmentStatus {
  if (refused !== undefined) return { status: 'refused', reason: refused };
  return accepted ? { status: 'attached' } : { status: 'waiting' };
}
