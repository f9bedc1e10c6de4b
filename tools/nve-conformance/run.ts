import { Broken, Peer, Skipped, type Target } from './peer.ts';
import { type Context, type Rule, rules } from './rules.ts';

export interface Result {
  readonly rule: Rule;
  readonly verdict: 'kept' | 'broken' | 'skipped';
  /** Of a rule that was not kept. */
  readonly reason?: string;
}

/** Tries each rule on connections of its own, one after the other. */
export async function* run(target: Target): AsyncGenerator<Result> {
  for (const rule of rules) {
    const skip = rule.skip?.(target);
    yield skip === undefined ? await trial(rule, target) : { rule, verdict: 'skipped', reason: skip };
  }
}

async function trial(rule: Rule, target: Target): Promise<Result> {
  const peers: Peer[] = [];
  const open = async () => {
    const peer = await Peer.open(target);
    peers.push(peer);
    return peer;
  };
  const hello = (more: object = {}) => ({
    type: 'hello',
    versions: [1],
    name: target.name,
    tunnelAddress: target.tunnelAddress,
    encapsulations: ['vxlan'],
    ...(target.token !== undefined && { token: target.token }),
    ...more,
  });
  const up: Context['up'] = async (more = {}) => {
    const peer = await open();
    peer.send(hello(more));
    return Object.assign(peer, { welcome: await peer.expect('welcome') });
  };
  const second = () => up({ name: `${target.name}-2`, tunnelAddress: target.secondTunnelAddress });
  try {
    await rule.check({ target, open, up, second, hello });
    return { rule, verdict: 'kept' };
  } catch (error) {
    if (error instanceof Skipped) return { rule, verdict: 'skipped', reason: error.message };
    if (error instanceof Broken) return { rule, verdict: 'broken', reason: error.message };
    throw error;
  } finally {
    for (const peer of peers) peer.close();
  }
}
