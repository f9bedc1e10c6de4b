import { InvalidArgumentError } from 'commander';

/** Parser of an option that counts: a whole number of at least 1. */
export function positiveInteger(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('must be a whole number of at least 1');
  return Number(text);
}

/** Parser of an option in seconds: at least a tenth. */
export function seconds(text: string): number {
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || value < 0.1 || value > 86_400) {
    throw new InvalidArgumentError('must be seconds, from 0.1 to 86400');
  }
  return value;
}
