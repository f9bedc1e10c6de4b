import { existsSync } from 'node:fs';
import { LabError } from '../fault.ts';
import type { Plan } from '../plan/plan.ts';
import type { Run } from './command.ts';

const tools = [
  { program: 'ip', from: 'iproute2' },
  { program: 'nsenter', from: 'util-linux' },
  { program: 'unshare', from: 'util-linux' },
  { program: 'mount', from: 'mount' },
  { program: 'sysctl', from: 'procps' },
];

const modules: Readonly<Record<string, string>> = { vxlan: 'vxlan', bridge: 'bridge', veth: 'veth', dummy: 'dummy' };

/**
 * Whether this machine has what the plan needs: root, the tools, the programs that stand in for images, namespaces
 * and every kind of device. Tried in a namespace that is gone when the trial ends, so nothing is left behind.
 */
export async function checkMeans(plan: Plan, run: Run): Promise<void> {
  if (process.getuid?.() !== 0) {
    throw new LabError(
      'missing-means',
      'labs need root (they make network namespaces); run the same command with sudo',
    );
  }
  for (const { program, from } of tools) {
    if ((await run(['sh', '-c', `command -v ${program}`])).code !== 0) {
      throw new LabError('missing-means', `the program ${program} is missing; install it: apt-get install ${from}`);
    }
  }
  for (const need of plan.needs) {
    if (existsSync(need.path)) continue;
    const how = /\s/.test(need.from) ? `run: ${need.from}` : `install it: apt-get install ${need.from}`;
    throw new LabError('missing-means', `${need.path} is missing; ${how}`);
  }
  const spaces = await run(['unshare', '--net', '--mount', '--uts', '--pid', '--fork', 'true']);
  if (spaces.code !== 0) {
    throw new LabError(
      'missing-means',
      `this machine does not let root make namespaces (${oneLine(spaces.stderr)}); in a container, start it with --privileged`,
    );
  }
  for (const kind of plan.deviceKinds) {
    const trial = await run(['unshare', '--net', 'ip', 'link', 'add', 'name', 'trial', ...deviceArguments(kind)]);
    if (trial.code !== 0) {
      const load = kind in modules ? `; load it if there is one: modprobe ${modules[kind]}` : '';
      throw new LabError(
        'missing-means',
        `the kernel of this machine cannot make a device of type ${kind} (${oneLine(trial.stderr)})${load}`,
      );
    }
  }
}

function deviceArguments(kind: string): string[] {
  return kind === 'vxlan' ? ['type', 'vxlan', 'id', '1', 'dstport', '4789'] : ['type', kind];
}

function oneLine(text: string): string {
  return text.trim().split('\n').join('; ');
}
