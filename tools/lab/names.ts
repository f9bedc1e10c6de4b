import { createHash } from 'node:crypto';
import type { Topology } from './topology/model.ts';

/** The name that containerlab gives to a node's container, and this runner to its namespace. */
export function longName(topology: Pick<Topology, 'name' | 'prefix'>, node: string): string {
  if (topology.prefix === '') return node;
  if (topology.prefix === '__lab-name') return `${topology.name}-${node}`;
  return `${topology.prefix ?? 'clab'}-${topology.name}-${node}`;
}

/** The host's end of a node's eth0; short and stable, since interface names hold 15 characters only. */
export function hostEnd(nodeLongName: string): string {
  return `vlab${createHash('sha256').update(nodeLongName).digest('hex').slice(0, 10)}`;
}

/** What marks every namespace and host interface as this lab's, in the kernel itself (ifalias). */
export function mark(lab: string): string {
  return `nvad-lab:${lab}`;
}
