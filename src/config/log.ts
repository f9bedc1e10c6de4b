/** Parts of nvad that log under their own name and have a level of their own. */
export const logComponents = ['daemon', 'config', 'bgp', 'rib', 'nva', 'federation', 'api'] as const;
export type LogComponent = (typeof logComponents)[number];

/** From the most to the least talkative; `silent` logs nothing. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

export const logFormats = ['json', 'pretty'] as const;
export type LogFormat = (typeof logFormats)[number];

export function isLogLevel(text: string): text is LogLevel {
  return (logLevels as readonly string[]).includes(text);
}

export function isLogComponent(text: string): text is LogComponent {
  return (logComponents as readonly string[]).includes(text);
}
