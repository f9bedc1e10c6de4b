/**
 * Policies of neighbour domains while nvad runs: tested, applied, taken back, kept. What the configuration's files say holds
 * until another is applied, and that until those files change.
 */
import { setImmediate as pause } from 'node:timers/promises';
import type { ListedPolicy, PolicyTest, PolicyVersions } from '../api/contract/policies.ts';
import { viewPart, viewVersions } from '../api/policies/views.ts';
import type { AppliedPolicies, PolicyFile, PolicyListing, PolicyRefusal, PolicySource } from '../api/policy-source.ts';
import { formatConfigError } from '../config/error.ts';
import { readPolicy } from '../config/policy-file.ts';
import type { Border } from '../federation/border.ts';
import type { Federation } from '../federation/federation.ts';
import type { Direction, NeighbourDomain } from '../federation/model.ts';
import { type CompiledPolicy, compilePolicy } from '../federation/policy/compile.ts';
import { namedBy } from '../federation/policy/file-names.ts';
import { PolicyHistory, type PolicyTexts, rolledBack, sameTexts } from '../federation/policy/history.ts';
import { NvaStoreError } from '../nva/store-error.ts';
import type { Store } from '../store/store.ts';
import { type ConfiguredNeighbourhood, type PolicyHome, policyUse } from './federation-service.ts';
import type { Logger } from './logging.ts';

export interface PolicyServiceModules {
  readonly federation: Pick<Federation, 'border' | 'borders'>;
  readonly home: () => PolicyHome;
  /** Once it is open. */
  readonly store: () => Store;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly logger: Logger;
}

interface ReadPolicies {
  readonly policies: { readonly import?: CompiledPolicy; readonly export?: CompiledPolicy };
  readonly warnings: readonly string[];
  readonly reasons: readonly string[];
}

const directions = ['import', 'export'] as const;
/** Policies that are compared at a time. */
const MOST_TESTS = 4;
const noDomain: PolicyRefusal = { refused: 'no-such-domain' };

export class PolicyService implements PolicySource {
  readonly #modules: PolicyServiceModules;
  /** What the files say, and what holds, by domain. */
  readonly #configured = new Map<string, PolicyTexts>();
  readonly #held = new Map<string, PolicyTexts>();
  /** Being compared now. */
  #tests = 0;

  constructor(modules: PolicyServiceModules) {
    this.#modules = modules;
  }

  /** After a start or a reload: the same neighbours, with what holds of each. */
  settle(read: readonly ConfiguredNeighbourhood[]): readonly ConfiguredNeighbourhood[] {
    this.#configured.clear();
    return read.map((neighbourhood) => {
      const { neighbour, texts } = neighbourhood;
      const { domain } = neighbour;
      this.#configured.set(domain, texts);
      const inForce = this.#settled(domain, texts);
      if (sameTexts(inForce, texts)) return neighbourhood;
      const { policies, reasons } = this.#read(neighbour, inForce);
      const { logger } = this.#modules;
      if (reasons.length > 0) {
        logger.warn(
          { domain, reasons },
          `the policy that was applied for ${domain} is not valid any more: its files hold`,
        );
        return neighbourhood;
      }
      const version = this.#history.versions(domain).at(-1)?.version;
      logger.info({ domain, version }, `version ${version} of the policies for ${domain}, which was applied, holds`);
      return { ...neighbourhood, texts: inForce, policies };
    });
  }

  /** A store that cannot be written costs no more than what was to be kept. */
  #settled(domain: string, texts: PolicyTexts): PolicyTexts {
    try {
      return this.#history.settle(domain, texts, this.#modules.now());
    } catch (error) {
      if (!(error instanceof NvaStoreError)) throw error;
      this.#modules.logger.error({ domain }, `the policies for ${domain} are those of its files: ${error.message}`);
      return texts;
    }
  }

  /** Lets these hold that {@link settle} gave, where others did. */
  enforce(settled: readonly ConfiguredNeighbourhood[]): void {
    for (const { neighbour, texts, policies } of settled) {
      const before = this.#held.get(neighbour.domain);
      this.#held.set(neighbour.domain, texts);
      const border = this.#modules.federation.border(neighbour.domain);
      if (before !== undefined && border !== undefined) change(border, before, texts, policies);
    }
  }

  list({ domain, direction, file }: PolicyListing): readonly ListedPolicy[] | PolicyRefusal {
    const { federation } = this.#modules;
    if (domain !== undefined && federation.border(domain) === undefined) return noDomain;
    const domains = domain === undefined ? [...federation.borders].map(({ config }) => config.domain).sort() : [domain];
    const listed = domains.flatMap((of) =>
      directions
        .filter((one) => direction === undefined || one === direction)
        .map((one) => ({
          domain: of,
          direction: one,
          configured: this.#configuredOf(of)[one]?.file ?? null,
          holds: this.#held.get(of)?.[one]?.file ?? null,
        })),
    );
    const filesOf = ({ configured, holds }: (typeof listed)[number]) =>
      [configured, holds].filter((name) => name !== null);
    const named = file === undefined ? undefined : namedBy(file, listed.map(filesOf));
    return listed.map((one, i) => ({ ...one, named: named?.[i] ?? null }));
  }

  async test(domain: string, direction: Direction, file: PolicyFile): Promise<PolicyTest | PolicyRefusal> {
    const border = this.#modules.federation.border(domain);
    if (border === undefined) return noDomain;
    const { policies, warnings, reasons } = this.#read(border.config, { [direction]: file });
    const policy = policies[direction];
    if (policy === undefined) return { refused: 'invalid-policy', reasons };
    if (this.#tests === MOST_TESTS) return { refused: 'busy' };
    this.#tests++;
    try {
      const { routes, gained, lost, changed } = await border.compare(direction, policy, () => pause());
      const parts = { gained: viewPart(gained), lost: viewPart(lost), changed: viewPart(changed) };
      return { domain, direction, routes, ...parts, warnings: [...warnings] };
    } finally {
      this.#tests--;
    }
  }

  apply(domain: string, direction: Direction, file: PolicyFile): AppliedPolicies | PolicyRefusal {
    const border = this.#modules.federation.border(domain);
    if (border === undefined) return noDomain;
    const { warnings, reasons } = this.#read(border.config, { [direction]: file });
    if (reasons.length > 0) return { refused: 'invalid-policy', reasons };
    const texts = { ...this.#held.get(domain), [direction]: { file: file.file, text: file.text } };
    const versioned = this.#history.apply(domain, texts, this.#modules.now(), this.#configuredOf(domain));
    if (!versioned.ok) return { refused: versioned.code, reason: versioned.reason };
    return this.#hold(border, texts, warnings);
  }

  rollBack(domain: string, to: number | undefined): AppliedPolicies | PolicyRefusal {
    const border = this.#modules.federation.border(domain);
    if (border === undefined) return noDomain;
    const now = this.#modules.now();
    // What had been valid may not be any more, and is looked at before it is kept.
    const wanted = rolledBack(this.#history.versions(domain), now, to);
    if (!wanted.ok) return { refused: wanted.code, reason: wanted.reason };
    const { warnings, reasons } = this.#read(border.config, wanted.current.texts);
    if (reasons.length > 0) return { refused: 'invalid-policy', reasons };
    const versioned = this.#history.rollBack(domain, now, to);
    if (!versioned.ok) return { refused: versioned.code, reason: versioned.reason };
    return this.#hold(border, versioned.current.texts, warnings);
  }

  versions(domain: string): PolicyVersions | PolicyRefusal {
    if (this.#modules.federation.border(domain) === undefined) return noDomain;
    return this.#view(domain);
  }

  get #history(): PolicyHistory {
    return new PolicyHistory(this.#modules.store().policies);
  }

  #configuredOf(domain: string): PolicyTexts {
    return this.#configured.get(domain) ?? {};
  }

  #view(domain: string): PolicyVersions {
    return viewVersions(domain, this.#history.versions(domain), this.#configuredOf(domain));
  }

  #hold(border: Border, texts: PolicyTexts, warnings: readonly string[]): AppliedPolicies {
    const { domain } = border.config;
    change(border, this.#held.get(domain) ?? {}, texts, this.#read(border.config, texts).policies);
    this.#held.set(domain, texts);
    const view = this.#view(domain);
    this.#modules.logger.info(
      { domain, version: view.inForce },
      `version ${view.inForce} of the policies for ${domain} holds`,
    );
    return { ...view, warnings };
  }

  /** With every fault of both. */
  #read(neighbour: NeighbourDomain, texts: PolicyTexts): ReadPolicies {
    const policies: { import?: CompiledPolicy; export?: CompiledPolicy } = {};
    const warnings: string[] = [];
    const reasons: string[] = [];
    for (const direction of directions) {
      const one = texts[direction];
      if (one === undefined) continue;
      const read = readPolicy(one.file, one.text, policyUse(neighbour, direction, this.#modules.home()));
      if (read.ok) {
        policies[direction] = compilePolicy(read.policy);
        warnings.push(...read.warnings.map(formatConfigError));
      } else reasons.push(...read.errors.map(formatConfigError));
    }
    return { policies, warnings, reasons };
  }
}

function change(border: Border, before: PolicyTexts, after: PolicyTexts, policies: ReadPolicies['policies']): void {
  for (const direction of directions) {
    const [was, is] = [before[direction], after[direction]];
    if (was?.file !== is?.file || was?.text !== is?.text) border.policyChanged(direction, policies[direction]);
  }
}
