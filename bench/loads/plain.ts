/** Everybody announces, then everybody withdraws. */
import type { Load } from '../model/load.ts';
import { everywhere, type Shape } from '../model/population.ts';
import { type Size, type Sized, thousands } from './size.ts';

/** The loads that a reflector's worth is known by. */
export const design: Readonly<Record<string, Sized<Shape>>> = {
  '10x1000': {
    full: { clients: 10, networks: 10, macs: 100 },
    quick: { clients: 10, networks: 10, macs: 10 },
  },
  '100x1000': {
    full: { clients: 100, networks: 10, macs: 100 },
    quick: { clients: 30, networks: 10, macs: 30 },
  },
  '20x50000': {
    full: { clients: 20, networks: 100, macs: 500 },
    quick: { clients: 20, networks: 10, macs: 500 },
  },
  '480-one': {
    full: { clients: 480, networks: 10, macs: 1000, senders: 1 },
    quick: { clients: 100, networks: 10, macs: 500, senders: 1 },
  },
  '480x210': {
    full: { clients: 480, networks: 10, macs: 21 },
    quick: { clients: 100, networks: 10, macs: 21 },
  },
};

interface Variant {
  readonly suffix: string;
  readonly words: string;
  readonly change: (shape: Shape) => Shape;
}

const PATHS = 5;
const kinds: readonly Variant[] = [
  { suffix: 'type5', words: 'type 5', change: (shape) => ({ ...shape, type: 5 }) },
  { suffix: 'ipv6', words: 'over IPv6', change: (shape) => ({ ...shape, ip: 6 }) },
  {
    suffix: 'paths',
    words: `${PATHS} paths a route`,
    change: (shape) => ({ ...shape, paths: PATHS, ...(shape.senders === 1 && { senders: PATHS }) }),
  },
];

/** The same loads with other routes; the smallest of them has shown what it can. */
export const variants: readonly ((size: Size) => Load)[] = kinds.flatMap((variant) =>
  Object.entries(design)
    .filter(([name]) => name !== '10x1000')
    .map(([name, shapes]) => plain(name, shapes, variant)),
);

export function plain(name: string, shapes: Sized<Shape>, variant?: Variant): (size: Size) => Load {
  return (size) => {
    const shape = variant === undefined ? shapes[size] : variant.change(shapes[size]);
    const title = titleOf(shape);
    return {
      name: variant === undefined ? name : `${name}-${variant.suffix}`,
      title: variant === undefined ? title : `${title}, ${variant.words}`,
      population: everywhere(shape),
      steps: [{ kind: 'announce' }, { kind: 'withdraw' }],
      shown: ['announce', 'withdraw'],
    };
  };
}

const senders: Readonly<Record<number, string>> = { 1: 'one sends', [PATHS]: 'five send' };

function titleOf({ clients, networks, macs, senders: some = clients }: Shape): string {
  const routes = thousands(networks * macs);
  return some === clients ? `${clients} clients × ${routes} routes` : `${clients} clients, ${senders[some]} ${routes}`;
}
