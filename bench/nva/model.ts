/**
 * What should be, as a plain model: who is attached where, and what follows from that for whoever is told of it, as text and
 * octets that are written here once more, without nvad's own code.
 */
export interface Shape {
  readonly networks: number;
  readonly nves: number;
  /** Spread evenly over the networks, each with a MAC and an IPv4 address. */
  readonly attachments: number;
}

/** A virtual network of the model. */
export interface ModelNetwork {
  readonly name: string;
  readonly vni: number;
}

/** What a comparison found; examples are sentences. */
export interface Comparison {
  readonly compared: number;
  readonly wrong: number;
  readonly examples: readonly string[];
}

const ASN = 65000;
const FIRST_VNI = 1000;
const ABSENT = -1;
const EXAMPLES = 5;

const hexOf = (value: number, octets: number) => value.toString(16).padStart(2 * octets, '0');
const hexOfIp = (ip: string) =>
  ip
    .split('.')
    .map((octet) => hexOf(Number(octet), 1))
    .join('');

export class Model {
  readonly shape: Shape;
  readonly networks: readonly ModelNetwork[];
  /** Tunnel addresses of members that have no attachment, by network. */
  readonly members = new Map<string, string[]>();
  /** By attachment: index of the NVE, or that it is not attached. */
  readonly #places: Int32Array;
  readonly #sequences: Uint32Array;

  constructor(shape: Shape) {
    this.shape = shape;
    this.networks = Array.from({ length: shape.networks }, (_, i) => ({ name: `net${i}`, vni: FIRST_VNI + i }));
    this.#places = new Int32Array(shape.attachments).fill(ABSENT);
    this.#sequences = new Uint32Array(shape.attachments);
  }

  id = (i: number): string => `vm${i}`;
  network = (i: number): ModelNetwork => this.networks[i % this.shape.networks] as ModelNetwork;
  mac = (i: number): string => (hexOf(0x020000000000 + i, 6).match(/../g) ?? []).join(':');
  ip = (i: number): string => `172.${16 + (i >> 16)}.${(i >> 8) & 0xff}.${i & 0xff}`;
  nveName = (nve: number): string => `tor${nve}`;
  tunnel = (nve: number): string => `10.1.${nve >> 8}.${nve & 0xff}`;
  /** Index of the attachment with an IP address, which is one of the model's. */
  ofIp(ip: string): number {
    const [, second = 0, third = 0, last = 0] = ip.split('.').map(Number);
    return ((second - 16) << 16) | (third << 8) | last;
  }
  /** Index of the attachment with a MAC address, which is one of the model's. */
  ofMac = (mac: string): number => Number.parseInt(mac.replaceAll(':', '').slice(4), 16);

  /** Index of its NVE; -1 for one that is not attached. */
  place = (i: number): number => this.#places[i] as number;
  sequence = (i: number): number => this.#sequences[i] as number;
  get attached(): number {
    let count = 0;
    for (const place of this.#places) if (place !== ABSENT) count++;
    return count;
  }

  /** The body of a PUT. */
  body(i: number, nve: number) {
    return { nve: this.nveName(nve), mac: this.mac(i), ips: [this.ip(i)] };
  }

  /** One of the changes of an apply. */
  put(i: number, nve: number) {
    const value = { network: this.network(i).name, id: this.id(i), ...this.body(i, nve) };
    return { op: 'put', kind: 'attachment', value } as const;
  }

  remove(i: number) {
    return { op: 'delete', kind: 'attachment', network: this.network(i).name, id: this.id(i) } as const;
  }

  /** It was put there: another place is a move, and raises the sequence number (RFC 7432 §15). */
  attach(i: number, nve: number): void {
    const before = this.#places[i];
    this.#sequences[i] = before === ABSENT ? 0 : (this.#sequences[i] as number) + (before === nve ? 0 : 1);
    this.#places[i] = nve;
  }

  detach(i: number): void {
    this.#places[i] = ABSENT;
    this.#sequences[i] = 0;
  }

  /** What is known of an attachment that was found otherwise. */
  found(i: number, nve: number, sequence: number): void {
    this.#places[i] = nve;
    this.#sequences[i] = sequence;
  }

  /** Mappings that an NVE is to know of a network, by what tells them apart. */
  mappings({ name, vni }: ModelNetwork, reader: string): Map<string, string> {
    const found = new Map<string, string>();
    const floods = new Set(this.members.get(name));
    this.#each(name, (i, nve) => {
      const tunnel = this.tunnel(nve);
      floods.add(tunnel);
      const end = `${tunnel} vxlan ${vni} ${this.#sequences[i]}`;
      found.set(`host ${this.mac(i)} `, end);
      found.set(`host ${this.mac(i)} ${this.ip(i)}`, end);
    });
    floods.delete(reader);
    for (const tunnel of floods) found.set(`flood ${tunnel}`, `${tunnel} vxlan ${vni}`);
    return found;
  }

  /** Routes that nvad is to announce, by their octets in hexadecimal: next hop and extended communities. */
  routes(): Map<string, string> {
    const found = new Map<string, string>();
    const tell = (value: string, tunnel: string, { vni }: ModelNetwork, type: number, sequence: number) => {
      const communities = ['030c000000000008', `0002${hexOf(ASN, 2)}${hexOf(vni, 4)}`];
      if (sequence > 0) communities.push(`06000000${hexOf(sequence, 4)}`);
      const nlri = `${hexOf(type, 1)}${hexOf(value.length / 2 + 8, 1)}${this.#rd(tunnel, vni)}${value}`;
      found.set(nlri, `${hexOfIp(tunnel)} ${communities.sort().join(' ')}`);
    };
    for (const network of this.networks) {
      const tunnels = new Set(this.members.get(network.name));
      this.#each(network.name, (i, nve) => {
        const tunnel = this.tunnel(nve);
        tunnels.add(tunnel);
        const mac = `${'00'.repeat(10)}0000000030${this.mac(i).replaceAll(':', '')}`;
        const label = hexOf(network.vni, 3);
        tell(`${mac}00${label}`, tunnel, network, 2, this.sequence(i));
        tell(`${mac}20${hexOfIp(this.ip(i))}${label}`, tunnel, network, 2, this.sequence(i));
      });
      for (const tunnel of tunnels) tell(`0000000020${hexOfIp(tunnel)}`, tunnel, network, 3, 0);
    }
    return found;
  }

  #rd = (tunnel: string, vni: number): string => `0001${hexOfIp(tunnel)}${hexOf(vni, 2)}`;

  #each(network: string, tell: (i: number, nve: number) => void): void {
    for (let i = 0; i < this.#places.length; i++) {
      if (this.network(i).name === network && this.#places[i] !== ABSENT) tell(i, this.#places[i] as number);
    }
  }
}

/** What two tables do not have in common. */
export function compare(
  what: string,
  found: ReadonlyMap<string, string>,
  wanted: ReadonlyMap<string, string>,
): Comparison {
  let wrong = 0;
  const examples: string[] = [];
  const complain = (sentence: string) => {
    if (wrong++ < EXAMPLES) examples.push(`${what}: ${sentence}`);
  };
  for (const [key, value] of wanted) {
    const other = found.get(key);
    if (other === undefined) complain(`${key} is missing`);
    else if (other !== value) complain(`${key} is ${other}, and should be ${value}`);
  }
  for (const [key, value] of found) if (!wanted.has(key)) complain(`${key} is ${value}, and should not be there`);
  return { compared: wanted.size, wrong, examples };
}

/** All comparisons as one. */
export function together(all: readonly Comparison[]): Comparison {
  return {
    compared: all.reduce((sum, { compared }) => sum + compared, 0),
    wrong: all.reduce((sum, { wrong }) => sum + wrong, 0),
    examples: all.flatMap(({ examples }) => examples),
  };
}
