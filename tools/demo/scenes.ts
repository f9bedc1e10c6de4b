import { table } from '../lab/cli/table.ts';
import { LabError } from '../lab/fault.ts';
import { run } from '../lab/run/command.ts';
import { PingRun } from '../lab/run/ping.ts';
import type { Route } from './api.ts';
import { DidNotHappen, type Stage } from './stage.ts';

const replicas = ['nvad1', 'nvad2'];
const nves = ['nve1', 'nve2'];
const everyRouter = [...replicas, ...nves];
const nameOf: Readonly<Record<string, string>> = {
  '10.0.0.1': 'nvad1',
  '10.0.0.2': 'nvad2',
  '10.0.0.11': 'nve1',
  '10.0.0.12': 'nve2',
};
const host1 = { mac: '02:00:00:00:01:01', ip: '192.168.100.1' };
const host2 = { mac: '02:00:00:00:02:02', ip: '192.168.100.2' };

export type Scene = { readonly title: string; readonly play: (stage: Stage) => Promise<void> };

/** The demo, in order. Each scene says what it did, and throws when what it promised did not happen. */
export const scenes: readonly Scene[] = [
  { title: 'Two FRR routers, two nvad replicas, a host behind each router', play: bringUp },
  { title: 'BGP sessions come up: every router with both replicas', play: sessions },
  { title: 'The two hosts ping each other through VXLAN', play: overlay },
  { title: 'What nvad knows: the routes it reflects', play: routes },
  { title: 'host1 moves from nve1 to nve2, with its MAC and IP address', play: move },
  { title: 'nvad1 is killed with SIGKILL while the hosts keep pinging', play: kill },
  { title: 'nvad1 comes back', play: comeBack },
  { title: 'An orchestrator says what should be: a virtual network, and where its hosts are', play: orchestrate },
  { title: 'nve1 turns rogue: it announces that host2 is behind it', play: rogue },
];

async function bringUp({ lab, screen, interrupt }: Stage): Promise<void> {
  if ((await run(['sh', '-c', 'command -v ping'])).code !== 0) {
    throw new LabError('missing-means', 'the program ping is missing; install it: apt-get install iputils-ping');
  }
  const begin = performance.now();
  await lab.up(interrupt, true);
  const seconds = ((performance.now() - begin) / 1000).toFixed(1);
  screen.good(`${lab.nodeNames.length} network namespaces are up after ${seconds} s: ${lab.nodeNames.join(', ')}`);
}

/** The sessions that are Established, as `nve1 with nvad1`, told by the router named first. */
async function established(stage: Stage): Promise<string[]> {
  const byNvad = await Promise.all(
    replicas.map(async (replica) => {
      const peers = (await stage.api(replica).peers()) ?? [];
      return peers.filter((peer) => peer.state === 'Established').map((peer) => session(replica, peer.address));
    }),
  );
  const byFrr = await Promise.all(
    nves.map(async (nve) => {
      const { code, stdout } = await stage.lab.exec(nve, ['vtysh', '-c', 'show bgp l2vpn evpn summary json']);
      if (code !== 0) return [];
      const { peers } = JSON.parse(stdout) as { peers?: Record<string, { state: string }> };
      const up = Object.entries(peers ?? {}).filter(([, peer]) => peer.state === 'Established');
      return up.map(([address]) => session(nve, address));
    }),
  );
  return [...byNvad, ...byFrr].flat();
}

function session(router: string, address: string): string {
  return `${router} with ${nameOf[address] ?? address}`;
}

const allSessions = [
  ...['nvad1 with nvad2', 'nvad1 with nve1', 'nvad1 with nve2'],
  ...['nvad2 with nvad1', 'nvad2 with nve1', 'nvad2 with nve2'],
  ...['nve1 with nvad1', 'nve1 with nvad2', 'nve2 with nvad1', 'nve2 with nvad2'],
];

async function sessions(stage: Stage): Promise<void> {
  const begin = performance.now();
  const seen = new Set<string>();
  await stage.waitFor('all sessions Established', everyRouter, 20_000, async () => {
    for (const name of await established(stage)) {
      if (seen.has(name) || !allSessions.includes(name)) continue;
      seen.add(name);
      const who = name.startsWith('nvad') ? 'nvad' : 'FRR';
      stage.screen.good(
        `${name.padEnd(17)} Established after ${((performance.now() - begin) / 1000).toFixed(1)} s, says ${who}`,
      );
    }
    return seen.size === allSessions.length || undefined;
  });
  stage.screen.command('nvactl show peers');
  stage.screen.block(await stage.output('nvad1', 'nvactl', 'show', 'peers'));
}

async function overlay(stage: Stage): Promise<void> {
  await stage.waitFor('an answer to the first ping', everyRouter, 10_000, async () => {
    const { code } = await stage.lab.exec('host1', ['ping', '-c', '1', '-W', '1', host2.ip]);
    return code === 0 || undefined;
  });
  stage.screen.command(`ping -c 3 ${host2.ip}`);
  stage.screen.block(await stage.output('host1', 'ping', '-c', '3', '-i', '0.2', host2.ip));
  stage.screen.good('host1 and host2 are in one Ethernet, across an IP network that knows neither');
}

async function routes(stage: Stage): Promise<void> {
  for (const replica of replicas) {
    await stage.waitFor(`both hosts in the table of ${replica}`, everyRouter, 10_000, async () => {
      const known = (await stage.api(replica).routes({ type: '2' })) ?? [];
      return [host1.mac, host2.mac].every((mac) => known.some((route) => route.mac === mac)) || undefined;
    });
  }
  const known = (await stage.api('nvad1').routes()) ?? [];
  const rows = known.map((route) => [
    `type ${route.type}`,
    route.rd,
    route.text,
    `next hop ${route.best?.nextHop ?? '-'}`,
    `VNI ${route.best?.vnis.join(',') ?? '-'}`,
    owner(route),
  ]);
  stage.screen.block(table(rows));
  stage.screen.good(
    `${known.length} routes, in both replicas; next hops are the NVEs, never nvad: no packet passes it`,
  );
}

function owner(route: Route): string {
  if (route.mac === host1.mac) return 'host1';
  if (route.mac === host2.mac) return 'host2';
  return route.type === 3 ? 'where to flood' : '';
}

async function move(stage: Stage): Promise<void> {
  const { lab, screen } = stage;
  const pings = new PingRun(lab, 'host2', host1.ip);
  try {
    await stage.waitFor('pings from host2 to host1', everyRouter, 10_000, async () => pings.received > 10 || undefined);
    screen.command('move eth1 eth2   (in host1)');
    const begin = Date.now();
    await stage.output('host1', 'move', 'eth1', 'eth2');
    const moved = await Promise.all(
      replicas.map((replica) =>
        stage.waitFor(`the move in the table of ${replica}`, everyRouter, 10_000, async () => {
          const known = (await stage.api(replica).routes({ mac: host1.mac })) ?? [];
          return known.find((route) => route.best?.nextHop === '10.0.0.12' && route.best.mobility?.sequence === 1);
        }),
      ),
    );
    await stage.waitFor(
      'pings after the move',
      everyRouter,
      2000,
      async () => pings.lastAnswerAt > begin + 200 || undefined,
    );
    const { answer } = moved[0] as (typeof moved)[0];
    screen.good(
      `both replicas: ${host1.mac} is behind 10.0.0.12 (nve2), MAC mobility sequence ${answer.best?.mobility?.sequence}`,
    );
    await stage.waitFor('the withdrawal by nve1', everyRouter, 10_000, async () => {
      const known = await stage.api('nvad1').routes({ mac: host1.mac });
      return known?.length === 1 || undefined;
    });
    screen.good('nve1 saw the higher sequence and withdrew its own route (RFC 7432 §15)');
    const counted = await pings.stop();
    if (counted.longestGapMs > 2000) {
      throw new DidNotHappen(`host1 was away for ${counted.longestGapMs} ms, more than 2 s`, everyRouter);
    }
    screen.good(
      `pings went on: the longest time without an answer was ${counted.longestGapMs} ms, ${counted.lost} lost`,
    );
  } finally {
    await pings.stop();
  }
}

async function kill(stage: Stage): Promise<void> {
  const { lab, screen } = stage;
  const runs = [new PingRun(lab, 'host1', host2.ip), new PingRun(lab, 'host2', host1.ip)];
  const received = () => Math.min(...runs.map((run) => run.received));
  try {
    await stage.waitFor('pings both ways', everyRouter, 10_000, async () => received() > 10 || undefined);
    await lab.kill('nvad1');
    screen.good('nvad1 is gone');
    const { seconds } = await stage.waitFor('the NVEs to notice', nves, 15_000, async () => {
      const up = await established(stage);
      return !up.some((name) => name.endsWith('with nvad1')) || undefined;
    });
    screen.good(`both NVEs lost their session with it ${seconds} s later, and kept what nvad2 tells them`);
    const before = received();
    await stage.waitFor('pings with one replica', everyRouter, 10_000, async () => {
      screen.passing(`${received()} pings answered each way`);
      return received() > before + 60 || undefined;
    });
    const counted = await Promise.all(runs.map((run) => run.stop()));
    const lost = counted.reduce((sum, count) => sum + count.lost, 0);
    const answered = counted.reduce((sum, count) => sum + count.received, 0);
    if (lost > 0) throw new DidNotHappen(`${lost} pings were lost while nvad1 was down`, ['nvad2', ...nves]);
    screen.good(`${answered} pings answered, not one lost`);
  } finally {
    await Promise.all(runs.map((run) => run.stop()));
  }
}

async function comeBack(stage: Stage): Promise<void> {
  const { lab, screen } = stage;
  await lab.start('nvad1');
  const keys = async (replica: string) => {
    const known = await stage.api(replica).routes();
    return known
      ?.map((route) => route.key)
      .sort()
      .join('\n');
  };
  const { seconds } = await stage.waitFor('nvad1 with every session and every route', everyRouter, 20_000, async () => {
    const up = await established(stage);
    if (!allSessions.every((name) => up.includes(name))) return undefined;
    const own = await keys('nvad1');
    return (own !== undefined && own !== '' && own === (await keys('nvad2'))) || undefined;
  });
  screen.good(`all sessions are up and both replicas hold the same routes ${seconds} s after its start`);
}

/** Of the lab's access.yaml. */
export const token = 'an-orchestrator-of-the-demo';
const file = '/etc/nvad/web.yaml';

async function orchestrate(stage: Stage): Promise<void> {
  const { screen } = stage;
  screen.aside(
    'Until now nvad passed on what it heard. From here on it knows what should be, and each replica is told.',
  );
  for (const replica of replicas) {
    screen.command(`nvactl apply web.yaml   (${replica})`);
    screen.block(await stage.output(replica, 'env', `NVACTL_TOKEN=${token}`, 'nvactl', 'apply', file));
  }
  for (const replica of replicas) {
    await stage.waitFor(`${replica} to have both hosts at nve2`, everyRouter, 10_000, async () => {
      const places = await Promise.all([host1, host2].map(({ mac }) => stage.api(replica).places('web', mac)));
      return places.every((at) => at?.join() === '10.0.0.12') || undefined;
    });
  }
  screen.command('nvactl show attachments web');
  screen.block(await stage.output('nvad1', 'nvactl', 'show', 'attachments', 'web'));
  screen.good('what an NVE announces in web counts only where the orchestrator has registered it: trust both');
}

async function rogue(stage: Stage): Promise<void> {
  const { screen } = stage;
  screen.command(`bridge fdb replace ${host2.mac} dev lie master dynamic   (in nve1)`);
  await stage.output(
    'nve1',
    'ip',
    'link',
    'add',
    'lie',
    'master',
    'br100',
    'up',
    'type',
    'veth',
    'peer',
    'name',
    'end',
  );
  await stage.output('nve1', 'ip', 'link', 'set', 'end', 'addrgenmode', 'none', 'up');
  await stage.output('nve1', 'bridge', 'fdb', 'replace', host2.mac, 'dev', 'lie', 'master', 'dynamic');
  const lies = async (replica: string) =>
    (await stage.api(replica).conflicts('web'))?.filter(
      ({ code, claims: [first] }) => code === 'registered-elsewhere' && first?.mac === host2.mac,
    );
  for (const replica of replicas) {
    await stage.waitFor(`${replica} to refuse it`, everyRouter, 10_000, async () => {
      return ((await lies(replica))?.length ?? 0) > 0 || undefined;
    });
    screen.good(`${replica} refuses the route`);
  }
  screen.command('nvactl show conflicts --network web');
  screen.block(await stage.output('nvad1', 'nvactl', 'show', 'conflicts', '--network', 'web'));
  screen.command(`nvactl show mappings web --mac ${host2.mac}`);
  screen.block(await stage.output('nvad1', 'nvactl', 'show', 'mappings', 'web', '--mac', host2.mac));
  const places = await stage.api('nvad1').places('web', host2.mac);
  if (places?.join() !== '10.0.0.12') throw new DidNotHappen(`host2 is at ${places?.join()}`, everyRouter);
  screen.good('host2 is where it was, and the answer says why; nobody was told of the lie');
  await stage.output('nve1', 'ip', 'link', 'delete', 'lie');
  for (const replica of replicas) {
    await stage.waitFor(`${replica} to forget the lie`, everyRouter, 10_000, async () => {
      return (await lies(replica))?.length === 0 || undefined;
    });
  }
  screen.good('nve1 takes it back, and that conflict is over');
}
