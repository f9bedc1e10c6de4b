/** What becomes of one route on its way between two domains, as steps. */
import type { Border } from '../../federation/border.ts';
import type { CrossingExplanation } from '../../federation/crossing.ts';
import type { Gateways } from '../../federation/gateways.ts';
import type { Direction } from '../../federation/model.ts';
import type { UnmetCondition } from '../../federation/policy/explain.ts';
import type { RuleReference } from '../../federation/policy/verdict.ts';
import { refusals } from '../../federation/refusals.ts';
import type { Name, SharedNetwork } from '../../federation/shares.ts';
import { rdText, viewVerdict } from '../policies/views.ts';
import { mergedText } from './merged-route.ts';
import { type Step, step } from './step.ts';

/** Where a route is on its way, where nothing speaks against it. */
export const crossingStates = {
  crosses: 'it crosses as a route of its own',
  merged: 'it crosses as a part of a route that stands for several',
  waiting: 'it has changed, and waits until its delay is over or the rate allows it',
  damped:
    'it, or another route to its MAC address, changes so often that they cross once in an interval: it rests until that is over',
  frozen: 'the neighbour is frozen: nothing changes until it is released',
  'on-its-way': 'it is about to cross',
  leaving: 'it has crossed before, and is about to be withdrawn',
} as const;

export interface CrossingContext {
  readonly border: Border;
  readonly direction: Direction;
  readonly gateways: Pick<Gateways, 'all' | 'identityOf'>;
  /** How the route is called. */
  readonly about: string;
}

export function crossingSteps(explained: CrossingExplanation, context: CrossingContext): Step[] {
  const { answer } = explained;
  const steps = policySteps(explained, context);
  if ('refusal' in answer) {
    const { refusal, share } = answer;
    const gateways = refusal === 'no-gateway' && share !== undefined ? livenessSteps(share, context) : [];
    const no = at(context, 'crossing', 'no', refusal, context.about, refusals[refusal]);
    return [...steps, ...gateways, no, ...(explained.told === 'nothing' ? [] : [stateStep(explained, context)])];
  }
  return [
    ...steps,
    ...gatewaySteps(explained, answer.share, context),
    at(context, 'translation', 'yes', 'translated', context.about, translated(explained, answer.share, context)),
    stateStep(explained, context),
  ];
}

function at(
  { border, direction }: CrossingContext,
  stage: Step['stage'],
  outcome: Step['outcome'],
  code: string,
  about: string,
  reason: string,
): Step {
  return step(stage, outcome, code, about, reason, { domain: border.config.domain, direction });
}

const ruleText = ({ file, line, name }: RuleReference) => `${file}:${line}${name === undefined ? '' : ` (${name})`}`;
const lacked = ({ key, wanted, found }: UnmetCondition) => `${key}: it asks for ${wanted}, and the route has ${found}`;

function policySteps({ policy, answer }: CrossingExplanation, context: CrossingContext): Step[] {
  const { border, direction, about } = context;
  if (policy === undefined) {
    if (border.policyOf(direction) !== undefined || 'refusal' in answer) return [];
    return [at(context, 'policy', 'yes', 'no-policy', about, 'there is no policy: everything that is shared crosses')];
  }
  const tried = policy.tried.flatMap(({ rule, unmet }) =>
    unmet.length === 0
      ? []
      : [at(context, 'policy', 'note', 'rule-not-matched', ruleText(rule), unmet.map(lacked).join('; '))],
  );
  const { outcome, rule, changes } = viewVerdict(policy.verdict);
  const does = [outcome === 'accept' ? 'accepts it' : 'refuses it', ...changes].join(', ');
  const isMade = changes.some((change) => change.startsWith('as part'));
  const decision = outcome === 'accept' || isMade ? 'yes' : 'no';
  if (rule === null) {
    return [...tried, at(context, 'policy', decision, 'default', 'default', `no rule matches, and the policy ${does}`)];
  }
  const name = ruleText({ file: rule.file, line: rule.line, index: 0, ...(rule.name !== null && { name: rule.name }) });
  return [...tried, at(context, 'policy', decision, 'rule-matched', name, `the rule matches, and ${does}`)];
}

function gatewaySteps({ answer }: CrossingExplanation, share: SharedNetwork, context: CrossingContext): Step[] {
  if ('refusal' in answer) return [];
  const { direction, about } = context;
  const { gateway, verdict } = answer;
  if (gateway === undefined) {
    return [at(context, 'gateway', 'yes', 'direct', about, 'no gateways are configured: NVEs tunnel to each other')];
  }
  const { name } = share.network;
  const all = share.gateways[direction];
  const { address, end } = placeOf(gateway.tunnelAddress, all, context);
  const say = (code: string, why: string) => [
    ...livenessSteps(share, context),
    at(context, 'gateway', 'yes', code, address, `${why}${end}`),
  ];
  if (verdict.gateway !== undefined) return say('named-by-rule', 'a rule of the policy names it');
  if (share.gateways.anycast?.[direction] !== undefined) {
    return say('anycast', `${all.join(', ')} share it, and the underlay leads to one of those that are there`);
  }
  if (all.length === 1) return say('elected', `it is the only gateway of ${name}`);
  return say(
    'elected',
    `elected for ${name} of ${all.join(', ')}: networks are spread evenly over those that are alive`,
  );
}

/** A gateway as it is configured, which may be seen by another end of it. */
function placeOf(tunnelAddress: string, all: readonly string[], { border, direction, gateways }: CrossingContext) {
  const own = all.find((one) => gateways.identityOf(one) === gateways.identityOf(tunnelAddress));
  if (own === undefined || all.includes(tunnelAddress)) return { address: tunnelAddress, end: '' };
  const who = direction === 'export' ? border.config.domain : 'our NVEs';
  return { address: own, end: `; its end for ${who} is ${tunnelAddress}` };
}

function livenessSteps({ gateways: lists }: SharedNetwork, context: CrossingContext): Step[] {
  const { direction, gateways } = context;
  return lists[direction].map((address) => {
    const { state, reason } = gateways.all.get(gateways.identityOf(address)) ?? {
      state: 'dead' as const,
      reason: 'nothing is known of it',
    };
    return at(context, 'gateway', 'note', state, address, `it is ${state}: ${reason}`);
  });
}

const nameText = ({ vni, targets }: Name, text: (target: Name['targets'][number]) => string) =>
  `VNI ${vni} and ${targets.map(text).join(' ') || 'no route target'}`;

function translated(explained: CrossingExplanation, share: SharedNetwork, { direction }: CrossingContext): string {
  const { route, rd } = explained;
  const text = (target: Name['targets'][number]) =>
    share.network.routeTargets[share.inside.targets.indexOf(target)] ?? share.wire.routeTarget;
  const [inside, wire] = [nameText(share.inside, text), nameText(share.wire, () => share.wire.routeTarget)];
  const [from, to] = direction === 'import' ? [wire, inside] : [inside, wire];
  const before = route.rd === undefined ? '' : `RD ${rdText(route.rd)}, `;
  const after = rd === undefined ? '' : `RD ${rdText(rd)}, `;
  return `${before}${from} become ${after}${to}`;
}

function stateStep(explained: CrossingExplanation, context: CrossingContext): Step {
  const { answer, told, queued, isFrozen, merged } = explained;
  const { about } = context;
  const isRefused = 'refusal' in answer;
  const say = (outcome: Step['outcome'], code: keyof typeof crossingStates, which = '') =>
    at(context, 'crossing', outcome, code, about, `${crossingStates[code]}${which}`);
  if (isFrozen && (isRefused || queued !== undefined || told === 'nothing')) return say('waits', 'frozen');
  if (queued !== undefined) return say('waits', queued);
  if (isRefused) return say('waits', 'leaving');
  if (told === 'nothing') return say('waits', 'on-its-way');
  return merged === undefined ? say('yes', 'crosses') : say('yes', 'merged', `: ${mergedText(merged)}`);
}
