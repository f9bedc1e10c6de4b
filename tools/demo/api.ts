/** The little that the demo asks nvad's HTTP API for. */
export type Peer = {
  readonly address: string;
  readonly role: string;
  readonly state: string;
};

export type Route = {
  readonly key: string;
  readonly type: number;
  readonly rd: string;
  readonly text: string;
  readonly mac: string | null;
  readonly best: {
    readonly nextHop: string;
    readonly vnis: readonly number[];
    readonly peer: string;
    readonly mobility: { readonly sequence: number } | null;
  } | null;
};

export type Conflict = {
  readonly code: string;
  readonly claims: readonly { readonly by: string; readonly mac?: string }[];
};

/** One replica's API, at its management address. */
export class NvadApi {
  readonly url: string;

  constructor(managementAddress: string) {
    this.url = `http://${managementAddress}:8080`;
  }

  /** All peers; undefined while nvad does not answer. */
  async peers(): Promise<readonly Peer[] | undefined> {
    return (await this.#get<{ peers: Peer[] }>('/v1/peers'))?.peers;
  }

  /** Routes that match; undefined while nvad does not answer. */
  async routes(filter: Readonly<Record<string, string>> = {}): Promise<readonly Route[] | undefined> {
    return (await this.#get<{ routes: Route[] }>(`/v1/routes?${new URLSearchParams(filter)}`))?.routes;
  }

  /** What contradicts what should be in a network; undefined while nvad does not answer. */
  async conflicts(network: string): Promise<readonly Conflict[] | undefined> {
    return (await this.#get<{ conflicts: Conflict[] }>(`/v1/conflicts?${new URLSearchParams({ network })}`))?.conflicts;
  }

  /** Behind which NVEs a MAC address is, by its tunnel address. */
  async places(network: string, mac: string): Promise<readonly string[] | undefined> {
    const path = `/v1/virtual-networks/${network}/mappings?${new URLSearchParams({ mac })}`;
    const found = await this.#get<{ mappings: { nve: string }[] }>(path);
    return found && [...new Set(found.mappings.map(({ nve }) => nve))];
  }

  async #get<T>(path: string): Promise<T | undefined> {
    try {
      const answer = await fetch(this.url + path, { signal: AbortSignal.timeout(2000) });
      return answer.ok ? ((await answer.json()) as T) : undefined;
    } catch {
      return undefined;
    }
  }
}
