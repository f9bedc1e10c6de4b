/** Everything needed to start a node's processes, again too: a restart uses the same value. */
export type NodeStart = {
  readonly node: string;
  /** The name of its network namespace, and of the container in containerlab. */
  readonly longName: string;
  readonly hostname: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly private: readonly { readonly path: string; readonly owner?: string }[];
  readonly binds: readonly { readonly source: string; readonly target: string; readonly readOnly: boolean }[];
  /** Small files that are written before the binds are made: path to content. */
  readonly files: Readonly<Record<string, string>>;
};

export type PlannedNode = {
  readonly name: string;
  readonly longName: string;
  readonly kind: string;
  readonly image: string;
  readonly program: string;
  readonly group: string | undefined;
  readonly mgmtIpv4: string | undefined;
  readonly mgmtIpv6: string | undefined;
  readonly start: NodeStart;
};

/** One step of `up`. `title` is its line of progress. Steps are only values; `run/` carries them out. */
export type Step =
  | { readonly do: 'run'; readonly title: string; readonly commands: readonly (readonly string[])[] }
  | { readonly do: 'wait'; readonly title: string; readonly seconds: number }
  | { readonly do: 'start'; readonly title: string; readonly start: NodeStart }
  | { readonly do: 'exec'; readonly title: string; readonly node: string; readonly argv: readonly string[] };

export type Plan = {
  readonly lab: string;
  readonly file: string;
  readonly bridge: string;
  /** Interfaces that `up` makes in the host's own namespace, the bridge among them. */
  readonly hostInterfaces: readonly string[];
  readonly nodes: readonly PlannedNode[];
  /** Kinds of network device that the kernel must be able to make. */
  readonly deviceKinds: readonly string[];
  /** Files of the host that must be there, with what brings them. */
  readonly needs: readonly { readonly path: string; readonly from: string }[];
  /** What the file asks for and the runner does differently, one sentence each. */
  readonly notes: readonly string[];
  readonly steps: readonly Step[];
};
