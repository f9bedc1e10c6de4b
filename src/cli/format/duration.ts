/** Seconds as people write them, in at most two units: `42s`, `3m05s`, `1h02m`, `2d03h`. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (value: number) => String(value).padStart(2, '0');
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m${two(whole % 60)}s`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)}h${two(Math.floor((whole % 3600) / 60))}m`;
  return `${Math.floor(whole / 86_400)}d${two(Math.floor((whole % 86_400) / 3600))}h`;
}

/** Time from an RFC 3339 moment to `now` (milliseconds since 1970). */
export const formatAge = (since: string, now: number): string => formatDuration((now - Date.parse(since)) / 1000);
