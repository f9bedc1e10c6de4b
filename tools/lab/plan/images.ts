/**
 * What this runner starts instead of an image: programs of the host (Debian's packages) or of this checkout. The
 * root of a node is the host's, copy-on-write; `private` folders start empty, so that nothing of the host's own
 * configuration or state of such a program leaks into a node.
 */
export type Program = {
  /** What people read: which program stands in for the image. */
  readonly name: string;
  readonly entrypoint: readonly string[];
  /** Used when the node has no `cmd`. */
  readonly cmd: readonly string[];
  /** Empty folders that the program expects, and who owns them. */
  readonly private: readonly { readonly path: string; readonly owner?: string }[];
  /** Files that the image would bring, made only where no bind does. */
  readonly files: Readonly<Record<string, string>>;
  /** Files of the host that must be there, and the Debian package (or the command) that brings each. */
  readonly needs: readonly { readonly path: string; readonly from: string }[];
  /** Put before the usual PATH. */
  readonly path: readonly string[];
};

const nothing: Program = {
  name: 'sleep',
  entrypoint: [],
  cmd: ['sleep', 'infinity'],
  private: [],
  files: {},
  needs: [],
  path: [],
};

/** watchfrr as the first process, started the way the FRR project's own image starts it. */
const frr: Program = {
  ...nothing,
  name: 'frr',
  entrypoint: ['/bin/bash', '-c', '. /usr/lib/frr/frrcommon.sh && exec /usr/lib/frr/watchfrr $(daemon_list)'],
  cmd: [],
  private: [
    { path: '/etc/frr' },
    { path: '/run/frr', owner: 'frr:frr' },
    { path: '/var/lib/frr', owner: 'frr:frr' },
    { path: '/var/log/frr', owner: 'frr:frr' },
  ],
  files: { '/etc/frr/daemons': '', '/etc/frr/vtysh.conf': '' },
  needs: [
    { path: '/usr/lib/frr/watchfrr', from: 'frr' },
    { path: '/usr/bin/vtysh', from: 'frr' },
  ],
};

function nvad(checkout: string): Program {
  const built = 'npm ci && npm run build';
  return {
    ...nothing,
    name: 'nvad',
    entrypoint: [`${checkout}/bin/nvad`],
    cmd: [],
    needs: [
      { path: `${checkout}/bin/nvad`, from: built },
      { path: `${checkout}/dist/daemon/main.js`, from: built },
    ],
    path: [`${checkout}/bin`],
  };
}

/** GoBGP and ExaBGP side by side, as topologies/gobgp-mix/Dockerfile builds them; `cmd` says which one runs. */
const peers: Program = {
  ...nothing,
  name: 'gobgp/exabgp',
  needs: [
    { path: '/usr/bin/gobgpd', from: 'gobgpd' },
    { path: '/usr/sbin/exabgp', from: 'exabgp' },
  ],
};

/** The map, by repository without registry and tag. The host has one version of each program, whatever the tag. */
export function programFor(image: string, checkout: string): Program | undefined {
  switch (repository(image)) {
    case 'frrouting/frr':
      return frr;
    case 'nvad':
      return nvad(checkout);
    case 'nvad-peers':
      return peers;
    case 'alpine':
    case 'busybox':
    case 'debian':
    case 'ubuntu':
      return nothing;
    default:
      return undefined;
  }
}

export const knownImages = 'frrouting/frr, nvad, nvad-peers, alpine, busybox, debian, ubuntu';

function repository(image: string): string {
  const name = image.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
  return name.replace(/^(docker\.io|quay\.io|localhost)\//, '').replace(/^library\//, '');
}
