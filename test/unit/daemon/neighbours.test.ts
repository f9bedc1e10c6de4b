import { describe, expect, it } from 'vitest';
import { defaultGracefulRestart as gracefulRestart } from '../../../src/config/config.ts';
import { parseTcpEndpoint, type TcpEndpoint } from '../../../src/config/endpoint.ts';
import { dialFrom, dynamicNeighbours, policyOf, staticNeighbour } from '../../../src/daemon/neighbours.ts';

const listen = (...texts: string[]): TcpEndpoint[] =>
  texts.map((text) => {
    const parsed = parseTcpEndpoint(text);
    if (!parsed.ok) throw new Error(text);
    return parsed.value;
  });

const dynamic = { kind: 'dynamic', prefix: '10.0.0.0/16', asn: 65000, holdTime: 90, gracefulRestart } as const;
const said = { asn: 65000, holdTime: 30, gracefulRestart };
const fixed = { kind: 'static', address: '10.1.0.7', port: 179, passive: false, ...said } as const;

describe('a configured neighbour', () => {
  it('is a client if it is an NVE, and a non-client if it is a replica (RFC 4456)', () => {
    expect(policyOf('nve', dynamic)).toEqual({
      reflection: 'client',
      asn: 65000,
      holdTime: 90,
      gracefulRestart,
    });
    expect(policyOf('nva', fixed)).toEqual({ reflection: 'non-client', ...said });
  });

  it('keeps what was said of it', () => {
    const patient = { ...gracefulRestart, staleTime: 900 };
    const maxRoutes = { limit: 1001, warning: 75, restart: 'never' } as const;
    const rack = {
      ...dynamic,
      maxRoutes,
      gracefulRestart: patient,
      description: 'rack 7',
      password: 'secret',
      ttlSecurity: 2,
      sendHoldTime: 600,
      passive: true,
      interest: 'derived',
      interestLost: 'keep',
    } as const;
    expect(dynamicNeighbours('nve', rack)).toEqual({
      prefix: '10.0.0.0/16',
      passive: true,
      reflection: 'client',
      asn: 65000,
      holdTime: 90,
      routeLimit: { limit: 1001, warnAbove: 750, restart: 'never' },
      gracefulRestart: patient,
      description: 'rack 7',
      md5Key: 'secret',
      ttlSecurity: 2,
      sendHoldTime: 600,
      interest: 'derived',
      interestLost: 'keep',
    });
    expect(staticNeighbour('nva', { ...fixed, passive: true, port: 1790 }, [])).toEqual({
      address: '10.1.0.7',
      port: 1790,
      passive: true,
      reflection: 'non-client',
      ...said,
    });
    expect(policyOf('nve', { ...fixed, maxRoutes: { limit: 5 } }).routeLimit).toEqual({ limit: 5 });
  });

  it('is dialled from the address it knows us by', () => {
    expect(staticNeighbour('nve', fixed, listen('10.0.0.1:179'))).toMatchObject({ localAddress: '10.0.0.1' });
    expect(staticNeighbour('nve', fixed, listen('[::]:179'))).not.toHaveProperty('localAddress');
  });
});

describe('dialFrom', () => {
  it.each([
    ['10.1.0.7', ['10.0.0.1:179'], '10.0.0.1'],
    ['10.1.0.7', ['[2001:db8::1]:179', '10.0.0.1:179', '10.0.0.2:179'], '10.0.0.1'],
    ['2001:db8::7', ['10.0.0.1:179', '[2001:db8::1]:179'], '2001:db8::1'],
    ['2001:db8::7', ['10.0.0.1:179'], undefined],
    ['10.1.0.7', ['0.0.0.0:179', '[::]:179'], undefined],
    ['10.1.0.7', [], undefined],
    // Loopback reaches nobody else, and nobody else is reached from it.
    ['10.1.0.7', ['127.0.0.1:1790'], undefined],
    ['127.0.0.2', ['10.0.0.1:179', '127.0.0.1:1790'], '127.0.0.1'],
    ['::1', ['[2001:db8::1]:179', '[::1]:1790'], '::1'],
  ])('for %s of %j is %s', (address, texts, expected) => {
    expect(dialFrom(address, listen(...texts))).toBe(expected);
  });
});
