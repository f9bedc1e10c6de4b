import { describe, expect, it } from 'vitest';
import { configJsonSchema } from '../../../src/config/json-schema.ts';
import { knownKeys } from '../../../src/config/known-keys.ts';

type Key =
  | 'virtualNetworks'
  | 'vni'
  | 'nves'
  | 'asn'
  | 'store'
  | 'log'
  | 'levels'
  | 'bgp'
  | 'holdTime'
  | 'sendHoldTime';

interface Node {
  readonly $schema?: string;
  readonly properties?: Readonly<Partial<Record<Key, Node>>>;
  readonly items?: Node;
  readonly required?: readonly string[];
  readonly oneOf?: readonly Node[];
  readonly additionalProperties?: boolean;
}

const schema = configJsonSchema() as Node;
const nve = schema.properties?.nves?.items;

describe('the JSON Schema of the configuration', () => {
  it('has every key that is accepted, and no other', () => {
    expect(schema.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
    expect(Object.keys(schema.properties ?? {})).toEqual(knownKeys([]));
    expect(knownKeys([])).toEqual([
      'domain',
      'asn',
      'routerId',
      'clusterId',
      'domainId',
      'listen',
      'nves',
      'nvas',
      'virtualNetworks',
      'admission',
      'macMobility',
      'nveProtocol',
      'federation',
      'bfd',
      'gracefulRestart',
      'api',
      'store',
      'log',
      'user',
      'group',
    ]);
    expect(schema.required).toEqual(['domain', 'asn', 'routerId']);
    expect(schema.additionalProperties).toBe(false);
  });

  it('has every key of a neighbour, of the one kind and of the other', () => {
    expect(Object.keys(nve?.properties ?? {})).toEqual([
      'prefix',
      'address',
      'name',
      'kind',
      'tunnelAddress',
      'encapsulations',
      'routerMac',
      'asn',
      'role',
      'strictRole',
      'interest',
      'interestLost',
      'port',
      'passive',
      'description',
      'holdTime',
      'sendHoldTime',
      'maxRoutes',
      'gracefulRestart',
      'password',
      'ttlSecurity',
      'addPath',
    ]);
    expect(knownKeys(['nves', 0])).toEqual(Object.keys(nve?.properties ?? {}));
    const replica = [
      'address',
      'port',
      'passive',
      'description',
      'holdTime',
      'sendHoldTime',
      'maxRoutes',
      'gracefulRestart',
      'password',
      'ttlSecurity',
      'addPath',
    ];
    expect(knownKeys(['nvas', 3])).toEqual(replica);
    expect(knownKeys(['nves', 0, 'maxRoutes'])).toEqual(['limit', 'warning', 'restart']);
  });

  it('has every key of a virtual network', () => {
    const network = schema.properties?.virtualNetworks?.items;
    expect(Object.keys(network?.properties ?? {})).toEqual([
      'name',
      'vni',
      'service',
      'routeTargets',
      'l3',
      'mtu',
      'qos',
      'acl',
      'flooding',
      'encapsulations',
      'unknownUnicast',
      'trust',
    ]);
    expect(network?.required).toEqual(['name', 'vni']);
    expect(network?.properties?.vni).toMatchObject({ type: 'integer', minimum: 1, maximum: 16777215 });
    expect(knownKeys(['virtualNetworks', 0])).toEqual(Object.keys(network?.properties ?? {}));
    expect(knownKeys(['virtualNetworks', 0, 'acl', 0, 'destinationPorts'])).toEqual(['from', 'to']);
    expect(knownKeys(['virtualNetworks', 0, 'flooding'])).toEqual(['multicast']);
  });

  it('says that an NVE is either one address or a prefix, or has no session', () => {
    expect(nve?.oneOf).toEqual([
      { required: ['prefix'] },
      { required: ['address'] },
      { required: ['name', 'kind', 'tunnelAddress'], properties: { kind: { enum: ['agent', 'static'] } } },
    ]);
    expect(nve?.additionalProperties).toBe(false);
  });

  it('gives types, bounds, defaults and descriptions', () => {
    expect(schema.properties?.asn).toEqual({
      type: 'integer',
      minimum: 1,
      maximum: 4294967295,
      description: "The domain's AS number.",
    });
    expect(nve?.properties?.holdTime).toMatchObject({ type: 'integer', minimum: 0, maximum: 65535, default: 90 });
    expect(nve?.properties?.sendHoldTime).toMatchObject({ type: 'integer', minimum: 0, maximum: 65535 });
    expect(schema.properties?.store?.oneOf).toHaveLength(2);
    expect(schema.properties?.log?.properties?.levels?.properties?.bgp).toMatchObject({
      enum: ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
    });
  });
});
