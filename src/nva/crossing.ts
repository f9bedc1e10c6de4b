/**
 * Where an NVE is a gateway between this domain and a neighbour (IP-G, RFC 9014 §2): what it is told, and what it says of
 * itself so that it can be one.
 */

/** An end that an NVE has in the underlay of a neighbour domain. */
export interface Leg {
  /** Name of the neighbour domain. */
  readonly domain: string;
  /** Where its tunnels of that underlay end; another domain may use the same address. */
  readonly tunnelAddress: string;
  /** Inner destination of routed traffic to it from there (RFC 9135 §8.1). */
  readonly routerMac?: string;
}

/** An NVE is to join a virtual network to what a neighbour domain has of it. */
export interface Crossing {
  /** Name of the virtual network. */
  readonly network: string;
  /** Name of the neighbour domain; an NVE without a leg there can do nothing for it. */
  readonly domain: string;
  /** Name under which the NVE joins the far side, as a network of its own: its VNI there and its NVEs or gateways. */
  readonly outside: string;
  /** Whether it is this gateway that carries broadcast, unknown unicast and multicast between the two. */
  readonly floods: boolean;
}
