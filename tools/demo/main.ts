/**
 * The demo: plays a story on the lab topologies/frr-pair and checks every sentence of it. Exits with 0 when all of it
 * happened, 1 when something did not, 2 when this machine cannot run labs, 130 or 143 when interrupted.
 */
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { LabError } from '../lab/fault.ts';
import { checkout, openLocalLab } from '../lab/open.ts';
import type { Lab } from '../lab/run/lab.ts';
import type { Report } from '../lab/run/report.ts';
import { scenes, token } from './scenes.ts';
import { Screen } from './screen.ts';
import { DidNotHappen, Interrupted, Stage } from './stage.ts';

const topology = 'topologies/frr-pair';
const usage = readFileSync(join(import.meta.dirname, 'help.txt'), 'utf8');

const codes: Readonly<Record<string, number>> = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };

async function main(): Promise<number> {
  let keep: boolean;
  try {
    const { values } = parseArgs({ options: { keep: { type: 'boolean' } } });
    keep = values.keep ?? false;
  } catch (error) {
    process.stderr.write(`demo: ${(error as Error).message}\n${usage}`);
    return 2;
  }

  const screen = new Screen(process.stdout);
  const interrupt = new AbortController();
  let caught: NodeJS.Signals | undefined;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      screen.line(caught === undefined ? `\n${name}: cleaning up` : 'cleaning up, one moment');
      caught ??= name;
      interrupt.abort();
    });
  }
  // A pager or a pipe that goes away must not keep the lab from being taken down.
  process.stdout.on('error', () => interrupt.abort());

  const report: Report = {
    step: (title) => screen.passing(title),
    note: (text) => screen.aside(text),
    done: (text) => screen.good(text),
    bad: (text) => screen.bad(text),
  };
  const begin = performance.now();
  let lab: Lab | undefined;
  let happened = false;
  try {
    lab = openLocalLab(join(checkout, topology), report);
    if (lab.isUp) {
      screen.line('The lab is standing already, from an earlier run; it is taken down first.');
      await lab.down();
    }
    const stage = new Stage(lab, screen, interrupt.signal);
    for (const [i, scene] of scenes.entries()) {
      screen.heading(i + 1, scene.title);
      await scene.play(stage);
      if (interrupt.signal.aborted) throw new Interrupted();
    }
    happened = true;
    const seconds = ((performance.now() - begin) / 1000).toFixed(0);
    screen.line(`\n${screen.paint('green', `All of it happened, in ${seconds} s.`)}`);
    return 0;
  } catch (error) {
    if (interrupt.signal.aborted) return codes[caught ?? 'SIGINT'] ?? 1;
    return explain(error, lab, screen);
  } finally {
    // A lab that did not come up was taken down already, or was never ours.
    const stands = lab?.isHeld === true;
    if (stands && keep && !interrupt.signal.aborted) lookAround(screen);
    else {
      if (lab && stands) await cleanUp(lab, screen);
      if (happened) whatNext(screen);
    }
  }
}

/** Says what did not happen and shows what the routers said, while they still stand. */
function explain(error: unknown, lab: Lab | undefined, screen: Screen): number {
  if (error instanceof LabError) {
    screen.bad(error.message);
    return error.exitCode;
  }
  if (!(error instanceof DidNotHappen) || !lab) throw error;
  screen.bad(error.message);
  for (const node of error.nodes) {
    screen.line(`   ${screen.paint('bold', `the last lines of ${relative('.', lab.logOf(node))}`)}`);
    screen.line(lab.logTail(node, 8));
  }
  return 1;
}

async function cleanUp(lab: Lab, screen: Screen): Promise<void> {
  await lab.down();
  screen.line('The lab is taken down; nothing of it is left on this machine.');
}

function whatNext(screen: Screen): void {
  screen.line('\nWhat to try next:');
  const tries = [
    ['npm run demo -- --keep', 'the same, and leave the lab standing to look around'],
    ['npm run lab -- up topologies/frr-spine', 'four NVEs, three virtual networks, a routed underlay'],
    ['npm run lab -- up topologies/gobgp-mix', 'FRR, GoBGP and ExaBGP around one nvad'],
    ['npm start', 'nvad alone, without root, on port 1790'],
  ];
  for (const [command, what] of tries) screen.line(`  ${screen.paint('yellow', (command ?? '').padEnd(40))} ${what}`);
}

function lookAround(screen: Screen): void {
  screen.line('\nThe lab is left standing. Look around:');
  const tries = [
    ['bin/nvactl --api http://172.20.31.11:8080 show routes', 'the table of nvad1; nvad2 is at 172.20.31.12'],
    [`npm run lab -- exec ${topology} nvad1 -- nvactl show peers`, 'the same tool, inside the namespace'],
    [`npm run lab -- exec ${topology} nve1 -- vtysh`, "FRR's shell: show bgp l2vpn evpn"],
    [`npm run lab -- exec ${topology} host2 -- ping 192.168.100.1`, 'leave it running, and in another terminal:'],
    [`npm run lab -- exec ${topology} host1 -- move eth2 eth1`, 'host1 goes back to nve1, and nvad refuses that until'],
    [`export NVACTL_TOKEN=${token}`, 'the orchestrator has moved it:'],
    ['bin/nvactl --api http://172.20.31.11:8080 move web host1 nve1', 'at nvad1,'],
    ['bin/nvactl --api http://172.20.31.12:8080 move web host1 nve1', 'and at nvad2'],
    [`npm run lab -- kill ${topology} nvad2`, 'and lab -- start to have it back'],
    [`npm run lab -- down ${topology}`, 'the end'],
  ];
  for (const [command, what] of tries) screen.line(`  ${screen.paint('yellow', (command ?? '').padEnd(66))} ${what}`);
}

process.exitCode = await main();
