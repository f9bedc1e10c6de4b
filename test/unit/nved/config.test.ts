import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatConfigError } from '../../../src/config/error.ts';
import { parseArguments } from '../../../src/nved/arguments.ts';
import { parseNvedConfig } from '../../../src/nved/config.ts';

const errors = (text: string) => {
  const result = parseNvedConfig('nved.yaml', text);
  return result.ok ? [] : result.errors.map(formatConfigError);
};

describe("nved's configuration", () => {
  it('is made of what is written, with defaults and paths from where the file is', () => {
    const result = parseNvedConfig(
      '/etc/nved/nved.yaml',
      'name: nve1\ntunnelAddress: FD00::1\nnvas: ["10.0.0.1:8394", "[fd00::2]:8394"]\ntoken: token\n' +
        'gateways: [{ network: web, addresses: [192.168.0.254/24] }]\n',
    );
    expect(result).toMatchObject({
      ok: true,
      config: {
        tunnelAddress: 'fd00::1',
        nvas: [
          { host: '10.0.0.1', port: 8394 },
          { host: 'fd00::2', port: 8394 },
        ],
        tokenFile: '/etc/nved/token',
        mode: 'push',
        fallback: 'keep',
        gateways: new Map([['web', ['192.168.0.254/24']]]),
        bfd: { interval: 100, multiplier: 3 },
        socket: '/run/nved/nved.sock',
      },
    });
  });

  it('says how an NVA is answered by BFD, or that it is not', () => {
    const bfdOf = (written: string) => {
      const result = parseNvedConfig(
        'nved.yaml',
        `name: a\ntunnelAddress: 10.0.0.1\nnvas: ["10.0.0.2:1"]\n${written}\n`,
      );
      return result.ok ? result.config.bfd : result.errors.map(formatConfigError);
    };
    expect(bfdOf('bfd: { interval: 300 }')).toEqual({ interval: 300, multiplier: 3 });
    expect(bfdOf('bfd: { interval: 50, multiplier: 5 }')).toEqual({ interval: 50, multiplier: 5 });
    expect(bfdOf('bfd: { answer: false }')).toBeUndefined();
    expect(bfdOf('bfd: { multiplier: 0 }')).toEqual([expect.stringContaining('nved.yaml:4:20: bfd.multiplier')]);
  });

  it('is refused with the place and what would be right', () => {
    expect(errors('name: nve1\ntunnelAdress: 10.0.0.11\nnvas: ["10.0.0.1"]\nmode: pulled\ntls: { key: a }\n')).toEqual([
      'nved.yaml:2:1: unknown key "tunnelAdress"; did you mean "tunnelAddress"?',
      'nved.yaml:3:8: nvas[0]: "10.0.0.1" is not an address with a port; add the port: "10.0.0.1:8394"',
      'nved.yaml:4:7: mode must be one of push, pull, not the text "pulled"; did you mean pull?',
      'nved.yaml:5:13: tls.key is given without tls.certificate; add certificate, or leave key out',
    ]);
    expect(errors('')).toEqual(['nved.yaml: is empty; it needs at least name, tunnelAddress and nvas']);
    expect(
      errors(
        'name: a\ntunnelAddress: 10.0.0.1\nnvas: ["10.0.0.2:1"]\ngateways: [{network: web, addresses: [10.0.0.1]}]',
      ),
    ).toEqual([
      'nved.yaml:4:39: gateways[0].addresses[0]: "10.0.0.1" has no prefix length; write it as in 10.0.0.1/24',
    ]);
  });

  it('has legs, one for each domain', () => {
    const head = 'name: gw\ntunnelAddress: 10.0.0.1\nnvas: ["10.0.0.2:1"]\n';
    const result = parseNvedConfig(
      'nved.yaml',
      `${head}legs:\n  - { domain: dc2, namespace: wan, tunnelAddress: FD00::1 }\n  - { domain: dc3, tunnelAddress: 10.0.0.1 }\n`,
    );
    expect(result).toMatchObject({
      ok: true,
      config: {
        legs: [
          { domain: 'dc2', namespace: 'wan', tunnelAddress: 'fd00::1' },
          { domain: 'dc3', namespace: undefined, tunnelAddress: '10.0.0.1' },
        ],
      },
    });
    expect(
      errors(
        `${head}legs:\n  - { domain: dc2, namespace: nved-a, tunnelAddress: 10.0.0.1 }\n  - { domain: dc2, tunnelAddress: here }\n`,
      ),
    ).toEqual([
      'nved.yaml:5:31: legs[0].namespace: a network namespace has 1 to 64 letters, digits, dots, hyphens or underscores and does not start with nved-',
      'nved.yaml:6:15: legs[0] leads to dc2 already; leave one of the two out',
      'nved.yaml:6:35: legs[1].tunnelAddress: "here" is not an IP address; names are not looked up',
    ]);
  });

  const least = 'name: a\ntunnelAddress: 10.0.0.1\nnvas: ["10.0.0.2:1"]\n';

  it('has gateway roles', () => {
    const result = parseNvedConfig(
      'nved.yaml',
      `${least}gatewayRoles:
  ports: [{ network: web, port: eth2 }]
  joins:
    - networks: [{ network: red, prefixes: [192.168.0.0/24] }, { network: blue, prefixes: ["FD00::/64"] }]
      acl: [{ action: deny, protocol: tcp, destinationPorts: 22 }]
  outside: [{ network: blue, device: eth3 }, { network: red, device: eth3, prefixes: [10.0.0.0/8] }]
`,
    );
    expect(result).toMatchObject({
      config: {
        roles: {
          ports: [{ network: 'web', port: 'eth2', maxHosts: 256 }],
          joins: [
            {
              networks: [
                { network: 'red', prefixes: ['192.168.0.0/24'] },
                { network: 'blue', prefixes: ['fd00::/64'] },
              ],
              acl: [{ action: 'deny', protocol: 'tcp', destinationPorts: { from: 22, to: 22 } }],
            },
          ],
          outside: [
            { network: 'blue', device: 'eth3', prefixes: ['0.0.0.0/0'], acl: [], slot: 0 },
            { network: 'red', prefixes: ['10.0.0.0/8'], slot: 1 },
          ],
        },
      },
    });
  });

  it('has no gateway roles that contradict each other', () => {
    const join = (one: string, other: string) =>
      `{ networks: [{ network: ${one}, prefixes: [10.0.0.0/8] }, { network: ${other}, prefixes: [10.1.0.0/16] }] }`;
    expect(
      errors(
        `${least}gatewayRoles:
  ports: [{ network: web, port: eth2 }, { network: db, port: eth2 }]
  joins: [${join('red', 'red')}, ${join('red', 'blue')}, ${join('blue', 'red')}]
  outside: [{ network: red, device: eth3, prefixes: ["::/0"] }, { network: red, device: eth4 }]
`,
      ).map((error) => error.replace(/^nved.yaml:\d+:\d+: /, '')),
    ).toEqual([
      'gatewayRoles.ports[1].port: eth2 has a role already; leave one of the two out',
      'gatewayRoles.joins[0].networks[1].network: red is joined with itself; name two networks',
      'gatewayRoles.joins[2].networks: blue and red are joined already; leave one of the two out',
      'gatewayRoles.outside[0].prefixes[0]: ::/0 is of IPv6, and NAT here is of IPv4; join the network with one that routes IPv6',
      'gatewayRoles.outside[1].network: red is let out already; leave one of the two out',
    ]);
  });

  it('has an example that is valid', () => {
    expect(errors(readFileSync(join(import.meta.dirname, '../../../examples/nved.yaml'), 'utf8'))).toEqual([]);
  });
});

describe("nved's arguments", () => {
  const parse = (...argv: readonly string[]) => parseArguments(argv, '1.2.3');

  it('ask for what they say', () => {
    expect(parse('--config', 'x.yaml')).toEqual({ kind: 'run', config: 'x.yaml' });
    const words = [
      'attach',
      '--network',
      'web',
      '--id',
      'vm1',
      '--port',
      'veth7',
      '--ip',
      '192.168.0.1',
      '--ip',
      'fd00::1',
    ];
    expect(parse(...words, '--socket', '/s', '--json', '--pre-associate')).toEqual({
      ...{ kind: 'ask', socket: '/s', json: true },
      request: {
        ...{
          request: 'attach',
          network: 'web',
          id: 'vm1',
          port: 'veth7',
          ips: ['192.168.0.1', 'fd00::1'],
          prefixes: [],
        },
        ...{ state: 'pre-associated', role: 'tenant', sticky: false },
      },
    });
    expect(parse('show')).toMatchObject({ kind: 'ask', request: { request: 'show' }, json: false });
    expect(parse('--help')).toMatchObject({ kind: 'text', text: expect.stringContaining('Examples:') });
  });

  it('are refused with what is missing', () => {
    expect(parse('attach', '--network', 'web')).toMatchObject({
      kind: 'usage',
      text: expect.stringContaining("'-i, --id <id>'"),
    });
    expect(parse()).toMatchObject({ kind: 'usage', text: expect.stringContaining('--config FILE is missing') });
    expect(parse('--check')).toMatchObject({ kind: 'usage' });
  });
});
