import type { ProtectedPeers, ProtectionFault } from 'bgp-ts';
import type { LinuxTcpSecurity } from 'bgp-ts/linux';
import { describe, expect, it } from 'vitest';
import { formatConfigError } from '../../../src/config/error.ts';
import { type LoadedConfig, parseConfig } from '../../../src/config/load.ts';
import { protectionErrors, protector } from '../../../src/daemon/protection.ts';

const text = `domain: dc1
asn: 65000
routerId: 10.0.0.1
listen: ["10.0.0.1:179", "[2001:db8::1]:179"]
nves:
  - prefix: 10.0.0.0/16
  - prefix: 10.1.0.0/16
    password: of all
    ttlSecurity: 2
nvas:
  - address: 10.1.0.7
    password: its own
`;

function loaded(from = text): LoadedConfig {
  const result = parseConfig('nvad.yaml', from);
  if (!result.ok) throw new Error(result.errors.map(formatConfigError).join('\n'));
  return result.loaded;
}

/** Means that answer `check` so, by the address listened on. */
function means(check: (address: string) => Partial<ProtectionFault> | undefined) {
  const asked: [string, readonly ProtectedPeers[]][] = [];
  const security = {
    check: (address: string, peers: readonly ProtectedPeers[]) => {
      asked.push([address, peers]);
      return check(address);
    },
  } as unknown as LinuxTcpSecurity;
  return { asked, means: { ok: true, security } as const };
}

const printed = (check: Parameters<typeof means>[0]) =>
  protectionErrors(loaded(), means(check).means).map(formatConfigError);

describe('what a configuration asks of this machine', () => {
  it('is tried for each listener, with all peers', () => {
    const { asked, means: able } = means(() => undefined);
    expect(protectionErrors(loaded(), able)).toEqual([]);
    const peers = [
      { peers: '10.0.0.0/16' },
      { peers: '10.1.0.0/16', md5Key: 'of all', ttlSecurity: 2 },
      { peers: '10.1.0.7', md5Key: 'its own' },
    ];
    expect(asked).toEqual([
      ['10.0.0.1', peers],
      ['2001:db8::1', peers],
    ]);
  });

  it('is nothing without a password or a number of hops', () => {
    const plain = loaded(text.replaceAll(/ +(password|ttlSecurity): .*\n/g, ''));
    expect(protectionErrors(plain, { ok: false, reason: 'no koffi' })).toEqual([]);
  });

  it('is refused where the first asks for it, when there are no means', () => {
    expect(
      protectionErrors(loaded(), protector({ ok: false, reason: 'darwin is not Linux' })).map(formatConfigError),
    ).toEqual([
      'nvad.yaml:8:15: nves[1].password needs TCP-MD5, for which nvad has no means here: darwin is not Linux; run it on Linux with koffi, which "npm ci" installs, or leave password out',
    ]);
    const hops = loaded(text.replaceAll(/ +password: .*\n/g, ''));
    expect(protectionErrors(hops, { ok: false, reason: 'no' }).map(formatConfigError)).toEqual([
      'nvad.yaml:8:18: nves[1].ttlSecurity needs GTSM, for which nvad has no means here: no; run it on Linux with koffi, which "npm ci" installs, or leave ttlSecurity out',
    ]);
  });

  it('is refused where it stands, with the reason and what to do', () => {
    const fault = { code: 'unprotected', option: 'md5Key', reason: 'a reason' } as const;
    expect(printed(() => ({ ...fault, peers: '10.1.0.7', errno: 'ENOMEM' }))).toEqual([
      'nvad.yaml:12:15: nvas[0].password cannot be had: a reason; raise net.core.optmem_max with sysctl, or give the peers of one prefix one password',
    ]);
    expect(printed(() => ({ ...fault, peers: '10.1.0.0/16', errno: 'ENOPROTOOPT' }))).toEqual([
      'nvad.yaml:8:15: nves[1].password cannot be had: a reason; use a kernel that has it, or leave password out',
    ]);
    expect(printed(() => ({ ...fault, option: 'ttlSecurity', peers: '10.1.0.0/16', errno: 'EINVAL' }))).toEqual([
      'nvad.yaml:9:18: nves[1].ttlSecurity cannot be had: a reason; leave ttlSecurity out',
    ]);
    expect(printed(() => ({ ...fault, errno: 'EMFILE' }))).toEqual([
      'nvad.yaml:8:15: nves[1].password cannot be had: a reason; leave password out',
    ]);
  });

  it('leaves it to the listener to say that there is no IPv6', () => {
    const fault = { code: 'unprotected', option: 'md5Key', reason: 'no socket', errno: 'EAFNOSUPPORT' } as const;
    expect(printed((address) => (address.includes(':') ? fault : undefined))).toEqual([]);
  });
});
