/** What another policy would change of the routes of one direction, found in slices: nothing that comes meanwhile has to wait. */
import type { Clock } from 'bgp-ts';
import type { RouteFacts } from '../evpn/facts.ts';
import type { Crossing } from './crossing.ts';
import type { GatewayEnd, Judge } from './judge.ts';
import type { Direction } from './model.ts';
import { type CompiledPolicy, compilePolicy } from './policy/compile.ts';
import { PolicyComparison, type PolicyDiff } from './policy/diff.ts';
import type { SharedNetwork } from './shares.ts';

/** A route that is there, as samples name it. */
export interface ComparedRoute {
  readonly network: string;
  readonly facts: RouteFacts;
}

export interface ComparisonOptions {
  readonly direction: Direction;
  /** Has the policy that holds now. */
  readonly judge: Judge;
  readonly shares: readonly SharedNetwork[];
  readonly gatewayOf: (share: SharedNetwork) => GatewayEnd | 'dead' | undefined;
  readonly clock: Pick<Clock, 'now'>;
  readonly pause: () => Promise<void>;
}

/** Where there is none, everything that is shared crosses. */
const open = compilePolicy({ file: '', rules: [], default: 'accept' });
/** Milliseconds of looking between two pauses, and routes between two looks at the clock. */
const BUDGET = 4;
const LOOKS = 64;

export async function comparePolicies(
  crossing: Crossing,
  policy: CompiledPolicy,
  { direction, judge, shares, gatewayOf, clock, pause }: ComparisonOptions,
): Promise<PolicyDiff<ComparedRoute>> {
  const byName = new Map(shares.map((share) => [share.network.name, share]));
  const addresses = new Map(shares.map((share) => [share.network.name, addressOf(gatewayOf(share))]));
  const comparison = new PolicyComparison<ComparedRoute>(judge.policy ?? open, policy, {
    now: Math.floor(clock.now() / 1000),
    direction,
    gatewayOf: (network) => addresses.get(network),
    routingNetwork: (network) => byName.get(network)?.routing?.network.name,
    stays: (verdict, { network, type }) => {
      const own = byName.get(network);
      const share = verdict.aggregate !== undefined && type === 2 ? own?.routing : own;
      return share === undefined || judge.wantOfGateway(share, verdict, type) !== undefined;
    },
  });
  let until = clock.now() + BUDGET;
  let looked = 0;
  for (const { view, share, facts } of crossing.subjects()) {
    comparison.look(view, () => ({ network: share.network.name, facts: facts() }));
    if (++looked % LOOKS !== 0 || clock.now() < until) continue;
    await pause();
    until = clock.now() + BUDGET;
  }
  return comparison.result();
}

function addressOf(gateway: GatewayEnd | 'dead' | undefined): string | undefined {
  return gateway === undefined || gateway === 'dead' ? undefined : gateway.tunnelAddress;
}
