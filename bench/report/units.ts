/** Figures as people read them: three digits and a unit. */

const digits = (value: number) => value.toFixed(Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2);

export function seconds(value: number): string {
  return value >= 1 ? `${digits(value)} s` : `${digits(value * 1000)} ms`;
}

export function rate(value: number): string {
  return value >= 1e6 ? `${digits(value / 1e6)} M/s` : `${digits(value / 1e3)} k/s`;
}

export function octets(value: number): string {
  return Math.abs(value) >= 1e9 ? `${digits(value / 1e9)} GB` : `${digits(value / 1e6)} MB`;
}

export const milliseconds = (value: number): string => `${digits(value)} ms`;
export const times = (value: number): string => `${digits(value)} ×`;
export const percent = (part: number): string => `${(100 * part).toFixed(1)} %`;
