/** A value of the API as it came: on one line, or indented for people. */
export const formatJson = (value: unknown, compact: boolean): string =>
  `${JSON.stringify(value, undefined, compact ? undefined : 2)}\n`;
