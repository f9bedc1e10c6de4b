import type { Lab } from '../lab/run/lab.ts';
import { NvadApi } from './api.ts';
import type { Screen } from './screen.ts';

/** Something that the demo promised did not happen. `nodes` are those whose logs may tell why. */
export class DidNotHappen extends Error {
  readonly nodes: readonly string[];

  constructor(what: string, nodes: readonly string[]) {
    super(what);
    this.name = 'DidNotHappen';
    this.nodes = nodes;
  }
}

export class Interrupted extends Error {
  constructor() {
    super('interrupted');
    this.name = 'Interrupted';
  }
}

/** What every scene of the demo is given. */
export class Stage {
  readonly lab: Lab;
  readonly screen: Screen;
  readonly interrupt: AbortSignal;

  constructor(lab: Lab, screen: Screen, interrupt: AbortSignal) {
    this.lab = lab;
    this.screen = screen;
    this.interrupt = interrupt;
  }

  /** The API of a replica, at the management address that the topology gives it. */
  api(replica: string): NvadApi {
    const address = this.lab.topology.nodes.find((node) => node.name === replica)?.mgmtIpv4;
    if (address === undefined) throw new DidNotHappen(`${replica} has no management address in the topology`, []);
    return new NvadApi(address);
  }

  /** What a command in a node printed. */
  async output(node: string, ...argv: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.lab.exec(node, argv, { interrupt: this.interrupt, timeoutMs: 20_000 });
    if (this.interrupt.aborted) throw new Interrupted();
    if (code !== 0) throw new DidNotHappen(`\`${argv.join(' ')}\` failed in ${node}:\n${stderr}${stdout}`, [node]);
    return stdout;
  }

  /**
   * Asks until there is an answer other than undefined, and gives it with the time it took in seconds. The end of
   * the time is a promise that was not kept.
   */
  async waitFor<T>(
    what: string,
    nodes: readonly string[],
    timeoutMs: number,
    ask: () => Promise<T | undefined>,
  ): Promise<{ answer: T; seconds: string }> {
    const begin = performance.now();
    for (;;) {
      if (this.interrupt.aborted) throw new Interrupted();
      const answer = await ask();
      const elapsed = performance.now() - begin;
      if (answer !== undefined) return { answer, seconds: (elapsed / 1000).toFixed(1) };
      if (elapsed > timeoutMs) throw new DidNotHappen(`${what}: not within ${timeoutMs / 1000} s`, nodes);
      this.screen.passing(`waiting: ${what} (${(elapsed / 1000).toFixed(1)} s)`);
      await new Promise((go) => setTimeout(go, 50));
    }
  }
}
