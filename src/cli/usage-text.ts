/** What commander says of a wrong command line, in plainer words and with an example. Pure. */

/** By the name of the argument. */
const examples: Readonly<Record<string, string>> = {
  address: '10.0.0.11',
  shell: 'bash',
};

type Rule = readonly [pattern: RegExp, say: (...groups: readonly string[]) => string];

const rules: readonly Rule[] = [
  [
    /^missing required argument '([^']+)'/,
    (name) => `${name} is missing${examples[name] === undefined ? '' : `, for example ${examples[name]}`}`,
  ],
  [
    /^command-argument value '(.*)' is invalid for argument '[^']+'\. Allowed choices are (.*)\.$/,
    (value, choices) => `'${value}' must be one of ${choices}`,
  ],
  [
    /^command-argument value '(.*)' is invalid for argument '[^']+'\. (must .*)$/,
    (value, must) => `'${value}' ${must}`,
  ],
  [
    /^option '(?:-\w, )?(--[\w-]+)[^']*' argument '(.*)' is invalid\. (must .*)$/,
    (option, value, must) => `${option}: '${value}' ${must}`,
  ],
  [
    /^too many arguments for '([^']+)'\. Expected 0 arguments but got \d+\.$/,
    (command) => `${command} takes no argument; for example: nvactl show peers, nvactl show peer 10.0.0.11`,
  ],
  [/^too many arguments for '([^']+)'\. Expected (\d+) .*$/, (command, most) => `${command} takes ${most} at most`],
];

/** `error: …` of commander as a sentence of nvactl; what no rule knows stays as it is. */
export function plainUsage(text: string): string {
  const [line = '', ...rest] = text.replace(/^error: /, '').split('\n');
  for (const [pattern, say] of rules) {
    const match = pattern.exec(line);
    if (match !== null) return [`nvactl: ${say(...match.slice(1))}`, ...rest].join('\n');
  }
  return text.replace(/^error: /, 'nvactl: ');
}
