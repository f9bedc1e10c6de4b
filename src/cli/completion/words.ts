/** The command tree as completion scripts need it: which words may follow where. */
import type { Argument, Command, Option } from 'commander';

import type { WordKind } from '../commands/complete.ts';

/** Where the words for a value come from. */
export type Values =
  | { readonly kind: 'fixed'; readonly words: readonly string[] }
  /** From nvad, by `nvactl complete WHAT`. */
  | { readonly kind: 'asked'; readonly what: WordKind }
  | { readonly kind: 'free' };

export interface OptionWords {
  readonly names: readonly string[];
  readonly description: string;
  /** Undefined for a switch. */
  readonly values: Values | undefined;
  /** The value may be left out. */
  readonly optional: boolean;
}

export interface CommandWords {
  /** From below the program's own name: `['show', 'peer']`. */
  readonly path: readonly string[];
  readonly description: string;
  readonly options: readonly OptionWords[];
  readonly positional: readonly Values[];
  readonly subcommands: readonly { readonly name: string; readonly description: string }[];
}

const asked: Readonly<Record<string, WordKind>> = {
  address: 'peers',
  component: 'components',
  '--peer': 'peers',
  network: 'virtual-networks',
  '--network': 'virtual-networks',
  '--vn': 'virtual-networks',
  '--l3': 'virtual-networks',
  domain: 'domains',
  '--domain': 'domains',
  '--at': 'domains',
  nve: 'nves',
  '--nve': 'nves',
};

function valuesOf(name: string, choices: readonly string[] | undefined): Values {
  if (choices !== undefined) return { kind: 'fixed', words: choices };
  const what = asked[name];
  return what === undefined ? { kind: 'free' } : { kind: 'asked', what };
}

function optionWords(option: Option): OptionWords {
  const names = [option.short, option.long].filter((name) => name !== undefined);
  const takesValue = option.required || option.optional;
  return {
    names,
    description: option.description,
    values: takesValue ? valuesOf(option.long ?? '', option.argChoices) : undefined,
    optional: option.optional,
  };
}

const positional = (argument: Argument): Values => valuesOf(argument.name(), argument.argChoices);

/** All commands that are not hidden, the program itself first. Global options are repeated at each. */
export function commandWords(program: Command): CommandWords[] {
  const help: OptionWords = { names: ['-h', '--help'], description: 'print help', values: undefined, optional: false };
  const global = program.options.map(optionWords);
  const rows: CommandWords[] = [];
  const visit = (command: Command, path: readonly string[]) => {
    const visible = program
      .createHelp()
      .visibleCommands(command)
      .filter((child) => child.name() !== 'help');
    const own = command === program ? [] : command.options.map(optionWords);
    rows.push({
      path,
      description: command.description(),
      options: [...own, ...global, help],
      positional: command.registeredArguments.map(positional),
      subcommands: visible.map((child) => ({ name: child.name(), description: child.description() })),
    });
    for (const child of visible) visit(child, [...path, child.name()]);
  };
  visit(program, []);
  return rows;
}
