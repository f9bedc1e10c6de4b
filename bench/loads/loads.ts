/** All loads, by name, and the groups that they are asked for in. */
import type { Load } from '../model/load.ts';
import { design, plain, variants } from './plain.ts';
import { scaling } from './scaling.ts';
import type { Size } from './size.ts';
import { churn, cold, leaving, refresh, silentNetworks, slowReader, smallNetworks } from './special.ts';

const special = {
  'small-networks': smallNetworks,
  'silent-networks': silentNetworks,
  churn,
  cold,
  slow: slowReader,
  refresh,
  leave: leaving,
};

const groups = {
  design: Object.entries(design).map(([name, shapes]) => plain(name, shapes)),
  variants,
  special: Object.entries(special).map(([name, load]) => (size: Size) => ({ name, ...load(size) })),
  scaling,
} satisfies Record<string, readonly ((size: Size) => Load)[]>;

export type GroupName = keyof typeof groups;

export function loadsOf(size: Size): readonly Load[] {
  return Object.values(groups).flatMap((loads) => loads.map((load) => load(size)));
}

/** Names of loads by the names of their groups. */
export const loadGroups: Readonly<Record<GroupName, readonly string[]>> = {
  design: namesIn('design'),
  variants: namesIn('variants'),
  special: namesIn('special'),
  scaling: namesIn('scaling'),
};

function namesIn(group: GroupName): readonly string[] {
  return groups[group].map((load) => load('quick').name);
}
