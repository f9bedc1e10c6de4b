import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { LabError, showFault } from '../fault.ts';
import { longName, mark } from '../names.ts';
import type { Plan, Step } from '../plan/plan.ts';
import { planUp } from '../plan/plan-up.ts';
import type { Topology } from '../topology/model.ts';
import { readTopology } from '../topology/read-topology.ts';
import type { Output, Run, RunOptions } from './command.ts';
import { checkMeans } from './means.ts';
import { enterNode, signalNode, startNode, tail } from './node-process.ts';
import { identify, isAlive, type ProcessId, signal } from './process.ts';
import type { Report } from './report.ts';
import type { LabState, StateStore } from './state.ts';
import { until } from './until.ts';

export type LabModules = {
  readonly run: Run;
  readonly report: Report;
  readonly store: StateStore;
  /** The checkout whose bin/nvad stands in for nvad's image; logs go to .lab in it. */
  readonly checkout: string;
};

export type NodeView = {
  readonly name: string;
  readonly longName: string;
  readonly kind: string;
  readonly image: string;
  readonly program: string;
  readonly state: 'running' | 'exited' | 'not started';
  readonly mgmtIpv4: string | undefined;
  readonly mgmtIpv6: string | undefined;
  /** The node's processes, as the host numbers them; the first is what ends the node. */
  readonly pids: readonly number[];
};

/** One lab, by its topology file: the same object brings it up, runs commands in it and takes it down. */
export class Lab {
  readonly topology: Topology;
  readonly logs: string;
  readonly #modules: LabModules;

  constructor(topology: Topology, modules: LabModules) {
    this.topology = topology;
    this.#modules = modules;
    this.logs = join(modules.checkout, '.lab', topology.name);
  }

  get name(): string {
    return this.topology.name;
  }

  /**
   * Brings the lab up: all of it or nothing. What an earlier run left behind is taken away first; a lab that is up
   * is refused. When a step fails, or `interrupt` fires, everything made so far is taken down before this throws.
   * With `hold`, the lab is this process's as long as it lives: another one can neither take it down nor redo it.
   */
  async up(interrupt?: AbortSignal, hold = false): Promise<void> {
    const { run, report, store, checkout } = this.#modules;
    const planned = planUp(this.topology, { checkout, exists: existsSync });
    if (!planned.ok) throw new LabError('bad-topology', planned.faults.map(showFault).join('\n'));
    const plan = planned.plan;
    await checkMeans(plan, run);
    const release = store.lock(this.name);
    try {
      const before = store.read(this.name);
      this.#refuseHeld(before);
      if (before?.phase === 'up' && before.nodes.some((node) => node.process && isAlive(node.process))) {
        throw new LabError('already-up', `lab ${this.name} is up already (${before.file}); take it down first`);
      }
      await this.#takeDown(before);
      await this.#refuseForeign(plan);
      rmSync(this.logs, { recursive: true, force: true });
      mkdirSync(this.logs, { recursive: true });
      this.#remember(plan, hold);
      for (const note of plan.notes) report.note(note);
      for (const step of plan.steps) {
        report.step(step.title);
        await this.#carryOut(step, interrupt).catch((error: unknown) => {
          if (interrupt?.aborted) throw interrupted();
          // A node that ended before its exec lines ran is a failure of this `up`, not a mistake of the caller.
          if (error instanceof LabError) throw new LabError('step-failed', error.message);
          throw error;
        });
        if (interrupt?.aborted) throw interrupted();
      }
      this.#refuseEnded();
      store.write({ ...(store.read(this.name) as LabState), phase: 'up' });
    } catch (error) {
      if (store.read(this.name)?.phase === 'making') {
        report.bad(`${interrupt?.aborted ? 'interrupted' : 'that did not work'}; taking down what was made`);
        await this.#takeDown(store.read(this.name));
      }
      throw error;
    } finally {
      release();
    }
  }

  /** Takes the lab down, also what a crashed run left. Returns false when there was nothing. */
  async down(): Promise<boolean> {
    const { store } = this.#modules;
    if (process.getuid?.() !== 0) {
      throw new LabError('missing-means', 'labs need root; run the same command with sudo');
    }
    const release = store.lock(this.name);
    try {
      const state = store.read(this.name);
      this.#refuseHeld(state);
      return await this.#takeDown(state);
    } finally {
      release();
    }
  }

  /** Runs a command in a node and collects its output. */
  async exec(node: string, argv: readonly string[], options?: RunOptions): Promise<Output> {
    return this.#modules.run([...this.#enter(node), ...argv], options);
  }

  /** Starts a command in a node and leaves it to the caller, e.g. a ping that runs for a while. */
  spawn(node: string, argv: readonly string[], stdio: StdioOptions = 'pipe'): ChildProcess {
    const [program, ...args] = [...this.#enter(node), ...argv];
    return spawn(program as string, args, { stdio });
  }

  /** Signals the first process of a node, as `docker kill` would, and waits for its end when that is SIGKILL. */
  async kill(node: string, name: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const id = this.#processOf(node);
    signalNode(id, name);
    if (name !== 'SIGKILL') return;
    const gone = await until(() => (isAlive(id) ? undefined : true), 5000, 20);
    if (!gone) throw new LabError('step-failed', `${node} is still running after SIGKILL`);
  }

  /** Starts a node's program again after it ended; its namespace, links and addresses have stayed. */
  async start(node: string): Promise<void> {
    const state = this.#state();
    const entry = state.nodes.find((each) => each.name === node);
    if (!entry) throw new LabError('no-such-node', `lab ${this.name} has no node ${node}`);
    if (entry.process && isAlive(entry.process)) return;
    const id = await startNode(entry.start, this.#scriptOptions(), this.logOf(node));
    this.#rememberProcess(node, id);
  }

  logOf(node: string): string {
    return join(this.logs, `${node}.log`);
  }

  logTail(node: string, lines = 12): string {
    return tail(this.logOf(node), lines);
  }

  async inspect(): Promise<NodeView[]> {
    const state = this.#state();
    return Promise.all(
      state.nodes.map(async (node) => {
        const running = node.process !== undefined && isAlive(node.process);
        const inside = await this.#pidsIn(node.longName);
        const view: NodeView = {
          name: node.name,
          longName: node.longName,
          kind: node.kind,
          image: node.image,
          program: node.program,
          state: running ? 'running' : node.process === undefined ? 'not started' : 'exited',
          mgmtIpv4: node.mgmtIpv4,
          mgmtIpv6: node.mgmtIpv6,
          pids: inside,
        };
        return view;
      }),
    );
  }

  get nodeNames(): string[] {
    return this.topology.nodes.map((node) => node.name);
  }

  /** Whether this process brought the lab up for itself, and it still stands. */
  get isHeld(): boolean {
    return this.#modules.store.read(this.name)?.holder?.pid === process.pid;
  }

  get isUp(): boolean {
    return this.#modules.store.read(this.name)?.phase === 'up';
  }

  #state(): LabState {
    const state = this.#modules.store.read(this.name);
    if (state?.phase !== 'up') throw new LabError('not-up', `lab ${this.name} is not up; bring it up first`);
    return state;
  }

  #processOf(node: string): ProcessId {
    const state = this.#modules.store.read(this.name);
    if (!state) throw new LabError('not-up', `lab ${this.name} is not up; bring it up first`);
    const entry = state.nodes.find((each) => each.name === node);
    if (!entry) {
      const names = state.nodes.map((each) => each.name).join(', ');
      throw new LabError('no-such-node', `lab ${this.name} has no node ${node}; it has ${names}`);
    }
    if (!entry.process || !isAlive(entry.process)) {
      throw new LabError('node-not-running', `${node} is not running; its log ends with:\n${this.logTail(node)}`);
    }
    return entry.process;
  }

  #enter(node: string): string[] {
    const id = this.#processOf(node);
    const entry = this.#modules.store.read(this.name)?.nodes.find((each) => each.name === node);
    const { TERM } = process.env;
    return enterNode(id, { ...entry?.start.env, ...(TERM === undefined ? {} : { TERM }) });
  }

  #scriptOptions(): { mountPoint: string; checkout: string } {
    const { store, checkout } = this.#modules;
    const mountPoint = join(store.folder, 'root');
    mkdirSync(mountPoint, { recursive: true });
    return { mountPoint, checkout };
  }

  #remember(plan: Plan, hold: boolean): void {
    const { lab, file, hostInterfaces, nodes } = plan;
    const holder = hold ? identify(process.pid) : undefined;
    const state: LabState = { lab, file, phase: 'making', logs: this.logs, hostInterfaces, nodes };
    this.#modules.store.write(holder ? { ...state, holder } : state);
  }

  #refuseHeld(state: LabState | undefined): void {
    const holder = state?.holder;
    if (!holder || holder.pid === process.pid || !isAlive(holder)) return;
    const who = `process ${holder.pid}, a demo or a test`;
    throw new LabError('busy', `lab ${this.name} is in use by ${who}; wait for its end`);
  }

  #rememberProcess(node: string, id: ProcessId): void {
    const { store } = this.#modules;
    const state = store.read(this.name) as LabState;
    const nodes = state.nodes.map((each) => (each.name === node ? { ...each, process: id } : each));
    store.write({ ...state, nodes });
  }

  async #carryOut(step: Step, interrupt: AbortSignal | undefined): Promise<void> {
    switch (step.do) {
      case 'run':
        for (const argv of step.commands) {
          const output = await this.#modules.run(argv);
          if (output.code !== 0) throw failed(step.title, argv, output);
        }
        return;
      case 'wait':
        await until(() => interrupt?.aborted || undefined, step.seconds * 1000);
        return;
      case 'start': {
        const id = await startNode(step.start, this.#scriptOptions(), this.logOf(step.start.node), interrupt);
        this.#rememberProcess(step.start.node, id);
        return;
      }
      case 'exec': {
        const output = await this.exec(step.node, step.argv, { interrupt });
        if (output.code !== 0) throw failed(step.title, step.argv, output);
      }
    }
  }

  /** A program that ended before the lab was up, e.g. over its configuration. */
  #refuseEnded(): void {
    for (const { name, process: id } of this.#modules.store.read(this.name)?.nodes ?? []) {
      if (id && isAlive(id)) continue;
      throw new LabError('step-failed', `the program of ${name} has ended; its log ends with:\n${this.logTail(name)}`);
    }
  }

  /** Names that are taken by something that is not this lab's, e.g. by the real containerlab. */
  async #refuseForeign(plan: Plan): Promise<void> {
    for (const { longName: ns } of plan.nodes) {
      if (!existsSync(`/run/netns/${ns}`)) continue;
      throw new LabError('name-taken', `there is a network namespace ${ns} that is not this runner's; remove it first`);
    }
    for (const name of plan.hostInterfaces) {
      if (!existsSync(`/sys/class/net/${name}`)) continue;
      const owner = await this.#aliasOf(name);
      const whose = owner?.startsWith('nvad-lab:') ? `belongs to lab ${owner.slice(9)}` : "is not this runner's";
      throw new LabError('name-taken', `there is an interface ${name} that ${whose}; take it down or rename yours`);
    }
  }

  /**
   * Ends what belongs to the lab: by the state that was written before anything was made, and by the mark on every
   * namespace and interface, so that a lost state file loses nothing. Only the lab's own names are looked at.
   */
  async #takeDown(state: LabState | undefined): Promise<boolean> {
    const { run, store } = this.#modules;
    for (const node of state?.nodes ?? []) if (node.process) signal(node.process, 'SIGKILL');
    const names = new Set([
      ...(state?.nodes.map((node) => node.longName) ?? []),
      ...this.topology.nodes.map((node) => longName(this.topology, node.name)),
    ]);
    let found = state !== undefined;
    for (const ns of names) {
      if (!existsSync(`/run/netns/${ns}`)) continue;
      const recorded = state?.nodes.some((node) => node.longName === ns) ?? false;
      if (!recorded && !(await this.#isMarked(ns))) continue;
      found = true;
      await this.#endAllIn(ns);
      await run(['ip', 'netns', 'delete', ns]);
    }
    for (const name of await this.#ownHostInterfaces()) {
      found = true;
      await run(['ip', 'link', 'delete', 'dev', name]);
    }
    store.remove(this.name);
    return found;
  }

  /** Ends the processes that live in a namespace of the lab, and waits until the kernel has let go of them. */
  async #endAllIn(ns: string): Promise<void> {
    await until(
      async () => {
        const pids = await this.#pidsIn(ns);
        for (const pid of pids) {
          try {
            process.kill(pid, 'SIGKILL');
          } catch {
            // It ended by itself meanwhile.
          }
        }
        return pids.length === 0 ? true : undefined;
      },
      5000,
      20,
    );
  }

  async #pidsIn(ns: string): Promise<number[]> {
    const { stdout, code } = await this.#modules.run(['ip', 'netns', 'pids', ns]);
    return code === 0 ? stdout.split('\n').filter(Boolean).map(Number) : [];
  }

  async #isMarked(ns: string): Promise<boolean> {
    const { stdout } = await this.#modules.run(['ip', '-n', ns, '-json', 'link', 'show', 'dev', 'lo']);
    return aliases(stdout).some(({ alias }) => alias === mark(this.name));
  }

  async #aliasOf(name: string): Promise<string | undefined> {
    const { stdout } = await this.#modules.run(['ip', '-json', 'link', 'show', 'dev', name]);
    return aliases(stdout)[0]?.alias;
  }

  async #ownHostInterfaces(): Promise<string[]> {
    const { stdout } = await this.#modules.run(['ip', '-json', 'link', 'show']);
    return aliases(stdout)
      .filter(({ alias }) => alias === mark(this.name))
      .map(({ name }) => name);
  }
}

function aliases(json: string): { name: string; alias: string | undefined }[] {
  if (json.trim() === '') return [];
  const links = JSON.parse(json) as { ifname?: string; ifalias?: string }[];
  return links.flatMap(({ ifname, ifalias }) => (ifname === undefined ? [] : [{ name: ifname, alias: ifalias }]));
}

function interrupted(): LabError {
  return new LabError('interrupted', 'interrupted');
}

function failed(title: string, argv: readonly string[], output: Output): LabError {
  const said = `${output.stderr}${output.stdout}`.trim() || '(nothing was printed)';
  const indented = said.split('\n').map((line) => `  ${line}`);
  return new LabError(
    'step-failed',
    `this step failed: ${title}\n  ${argv.join(' ')}\n  exit code ${output.code}\n${indented.join('\n')}`,
  );
}

/** The topology file that a folder holds (its only *.clab.yml), or the file itself. */
export function findTopologyFile(path: string): string {
  const absolute = resolve(path);
  let folder = false;
  try {
    folder = statSync(absolute).isDirectory();
  } catch {
    throw new LabError('no-topology', `there is no file or folder ${path}`);
  }
  if (!folder) return absolute;
  const files = readdirSync(absolute).filter((name) => /\.clab\.ya?ml$/.test(name));
  if (files.length === 1) return join(absolute, files[0] as string);
  const what = files.length === 0 ? 'no *.clab.yml' : `more than one: ${files.join(', ')}; name the file`;
  throw new LabError('no-topology', `${path} holds ${what}`);
}

/** Opens a lab by its file or folder; nothing is started. */
export function openLab(path: string, modules: LabModules): Lab {
  const file = findTopologyFile(path);
  const read = readTopology(file, readFileSync(file, 'utf8'));
  if (!read.ok) {
    const shown = read.faults.map((fault) => showFault({ ...fault, at: { ...fault.at, file: shortPath(path, file) } }));
    throw new LabError('bad-topology', shown.join('\n'));
  }
  return new Lab(read.topology, modules);
}

/** The file as the caller would name it. */
function shortPath(path: string, file: string): string {
  return resolve(path) === file ? path : join(dirname(join(path, 'x')), basename(file));
}
