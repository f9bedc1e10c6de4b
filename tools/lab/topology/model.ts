import type { Place } from '../fault.ts';

/**
 * A containerlab topology, reduced to what this runner can start: inheritance (defaults, kind, group, node) is
 * resolved, every key was known, every value has its type.
 */
export type Topology = {
  /** Absolute path of the file; relative binds start at its folder. */
  readonly file: string;
  readonly name: string;
  /** containerlab's `prefix`: undefined is `clab`, '' leaves node names bare, `__lab-name` leaves only the lab's. */
  readonly prefix: string | undefined;
  readonly mgmt: Management;
  readonly nodes: readonly Node[];
  readonly links: readonly Link[];
};

export type Management = {
  readonly network: string;
  readonly bridge: string | undefined;
  readonly ipv4Subnet: string | undefined;
  readonly ipv6Subnet: string | undefined;
  readonly mtu: number;
  readonly at: Place;
};

export type Bind = { readonly source: string; readonly target: string; readonly readOnly: boolean; readonly at: Place };

/** A command line and where it stands, already split into words. */
export type Command = { readonly argv: readonly string[]; readonly at: Place };

export type Node = {
  readonly name: string;
  readonly kind: 'linux';
  readonly image: string;
  readonly imageAt: Place;
  readonly group: string | undefined;
  readonly hostname: string;
  readonly entrypoint: readonly string[] | undefined;
  readonly cmd: readonly string[] | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly binds: readonly Bind[];
  readonly exec: readonly Command[];
  readonly labels: Readonly<Record<string, string>>;
  readonly sysctls: Readonly<Record<string, string>>;
  /** Published ports. The runner notes that they are not: a node is reached at its management address. */
  readonly ports: readonly string[];
  readonly mgmtIpv4: string | undefined;
  readonly mgmtIpv6: string | undefined;
  /** `network-mode: none`: the node has no eth0. */
  readonly management: boolean;
  readonly startupDelaySeconds: number;
  readonly at: Place;
};

export type Endpoint = {
  readonly node: string;
  readonly interface: string;
  readonly mac: string | undefined;
  readonly ipv4: string | undefined;
  readonly ipv6: string | undefined;
  readonly at: Place;
};

type LinkCommon = { readonly mtu: number; readonly at: Place };

export type Link = LinkCommon &
  (
    | { readonly type: 'veth'; readonly a: Endpoint; readonly b: Endpoint }
    | { readonly type: 'host' | 'mgmt-net'; readonly endpoint: Endpoint; readonly hostInterface: string }
    | { readonly type: 'dummy'; readonly endpoint: Endpoint }
  );
