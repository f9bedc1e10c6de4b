/** All loads, by name, and the groups that they are asked for in. */
import type { Load, Step } from '../model/load.ts';
import { everywhere, type Shape, scattered } from '../model/population.ts';

/** `quick` is about a tenth of everything, to see that it works. */
export type Size = 'full' | 'quick';

const announceAndWithdraw: readonly Step[] = [{ kind: 'announce' }, { kind: 'withdraw' }];

/** The loads that a reflector's worth is known by. */
const design: Readonly<Record<string, Readonly<Record<Size, Shape>>>> = {
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

const thousands = (value: number) => value.toLocaleString('en');

function titleOf({ clients, networks, macs, senders }: Shape): string {
  const routes = thousands(networks * macs);
  return senders === 1 ? `${clients} clients, one sends ${routes}` : `${clients} clients × ${routes} routes`;
}

/** Many small virtual networks: everybody must get those that he is in. */
const small: Readonly<Record<Size, Parameters<typeof scattered>[0]>> = {
  full: { clients: 200, networks: 2000, networksOfEach: 30, macs: 100 },
  quick: { clients: 50, networks: 250, networksOfEach: 15, macs: 40 },
};

export function loadsOf(size: Size): readonly Load[] {
  const { clients, networks, networksOfEach } = small[size];
  return [
    ...Object.entries(design).map(([name, shapes]) => ({
      name,
      title: titleOf(shapes[size]),
      population: everywhere(shapes[size]),
      steps: announceAndWithdraw,
    })),
    {
      name: 'small-networks',
      title: `${thousands(networks)} networks, ${clients} clients in ${networksOfEach} of them each`,
      population: scattered(small[size]),
      steps: announceAndWithdraw,
    },
  ];
}

export const loadGroups: Readonly<Record<string, readonly string[]>> = {
  design: Object.keys(design),
};
