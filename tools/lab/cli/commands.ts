import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { LabError } from '../fault.ts';
import { checkout, openLocalLab, stateFolder } from '../open.ts';
import type { Lab, NodeView } from '../run/lab.ts';
import { isAlive } from '../run/process.ts';
import { type Report, silent } from '../run/report.ts';
import { StateStore } from '../run/state.ts';
import { table } from './table.ts';

export type Streams = { readonly out: (text: string) => void; readonly report: Report };

export async function up(path: string, { report }: Streams): Promise<number> {
  const lab = openLocalLab(path, report);
  const started = performance.now();
  const interrupt = new AbortController();
  const stop = () => interrupt.abort();
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  try {
    await lab.up(interrupt.signal);
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  report.done(
    `lab ${lab.name} is up: ${lab.nodeNames.length} nodes in ${seconds} s; logs in ${relative('.', lab.logs)}`,
  );
  return 0;
}

export async function down(path: string, { report }: Streams): Promise<number> {
  const lab = openLocalLab(path, report);
  const found = await lab.down();
  report.done(found ? `lab ${lab.name} is down` : `lab ${lab.name} was not up; nothing to do`);
  return 0;
}

/** Runs a command in one node (its exit code is ours), or in all of them (the first code that is not 0 is ours). */
export async function exec(path: string, node: string | undefined, argv: string[], streams: Streams): Promise<number> {
  if (argv.length === 0) {
    throw new LabError(
      'bad-topology',
      'which command? write it after --, e.g. lab exec topologies/frr-pair nve1 -- ip address',
    );
  }
  const lab = openLocalLab(path, silent);
  if (node !== undefined) return attach(lab, node, argv);
  let worst = 0;
  for (const name of lab.nodeNames) {
    const { code, stdout, stderr } = await lab.exec(name, argv);
    streams.out(`== ${name} (exit code ${code})\n${stdout}${stderr}`);
    worst ||= code;
  }
  return worst;
}

function attach(lab: Lab, node: string, argv: string[]): Promise<number> {
  return new Promise((done) => {
    const child = lab.spawn(node, argv, 'inherit');
    // The terminal sends Ctrl-C to the command as well; what it does about it is its own affair.
    const ignore = () => {};
    process.on('SIGINT', ignore);
    child.on('error', () => done(127));
    child.on('close', (code, signal) => {
      process.off('SIGINT', ignore);
      done(code ?? (signal === 'SIGINT' ? 130 : signal === 'SIGKILL' ? 137 : 143));
    });
  });
}

export async function inspect(path: string, json: boolean, { out }: Streams): Promise<number> {
  const views = await openLocalLab(path, silent).inspect();
  out(json ? `${JSON.stringify(views, undefined, 2)}\n` : `${inspectTable(views)}\n`);
  return 0;
}

function inspectTable(views: readonly NodeView[]): string {
  const head = ['NODE', 'KIND', 'IMAGE', 'RUNS', 'STATE', 'MANAGEMENT', 'PIDS'];
  const rows = views.map((view) => [
    view.longName,
    view.kind,
    view.image,
    view.program,
    view.state,
    view.mgmtIpv4 ?? view.mgmtIpv6 ?? '-',
    view.pids.join(' ') || '-',
  ]);
  return table([head, ...rows]);
}

/** The labs of this checkout and those that are up, from wherever. */
export function list({ out }: Streams): number {
  const known = new Map<string, string>();
  const folder = join(checkout, 'topologies');
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    for (const name of readdirSync(join(folder, entry.name))) {
      if (/\.clab\.ya?ml$/.test(name)) known.set(join(folder, entry.name, name), 'down');
    }
  }
  for (const state of new StateStore(stateFolder).list()) {
    const running = state.nodes.filter((node) => node.process && isAlive(node.process)).length;
    known.set(state.file, state.phase === 'up' ? `up, ${running} of ${state.nodes.length} nodes` : 'unfinished');
  }
  const rows = [...known].sort().map(([file, state]) => [relative('.', file), state]);
  out(`${table([['TOPOLOGY', 'STATE'], ...rows])}\n`);
  return 0;
}

/** Ends a node's program, or starts it again: what a failure looks like to the others. */
export async function kill(path: string, node: string, { report }: Streams): Promise<number> {
  await openLocalLab(path, silent).kill(node);
  report.done(`${node} was killed (SIGKILL); start it again with: lab start`);
  return 0;
}

export async function start(path: string, node: string, { report }: Streams): Promise<number> {
  await openLocalLab(path, silent).start(node);
  report.done(`${node} is running`);
  return 0;
}
