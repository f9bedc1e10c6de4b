import { describe, expect, it } from 'vitest';
import { leadsBack, neighbours, remoteAddresses } from '../../../src/daemon/acquaintances.ts';

describe('who has spoken with this machine', () => {
  it('reads the neighbour table: those that were heard, and not those that were only asked', () => {
    const arp = `IP address       HW type     Flags       HW address            Mask     Device
10.0.0.11        0x1         0x2         9a:0f:4b:5d:6a:01     *        eth0
10.0.0.12        0x1         0x0         00:00:00:00:00:00     *        eth0
10.0.0.13        0x1         0x6         9a:0f:4b:5d:6a:03     *        eth0
`;
    expect(neighbours(arp)).toEqual(['10.0.0.11', '10.0.0.13']);
  });

  it('reads nothing from an empty or a strange table', () => {
    expect(neighbours('')).toEqual([]);
    expect(neighbours('no table\n\n 1.2.3 0x1 0x2\n')).toEqual([]);
    expect(remoteAddresses('no table\n  0: 0100000A:00B3 \n', [179])).toEqual([]);
  });

  const line = (entry: string) =>
    `   0: ${entry} 00000000:00000000 03:00001234 00000000     0        0 0 3 0000000000000000\n`;

  it('reads the far ends of connections to our port and to port 179, sessions of before among them (TIME_WAIT), not listeners', () => {
    const tcp =
      line('0100000A:00B3 0B00000A:9C40 06') +
      line('0100000A:00B3 0C00000A:9C41 01') +
      line('0100000A:1F90 0D00000A:9C42 06') +
      line('0100000A:9C43 0E00000A:00B3 06') +
      line('00000000:00B3 00000000:0000 0A');
    expect(remoteAddresses(tcp, [179], 'LE')).toEqual(['10.0.0.11', '10.0.0.12', '10.0.0.14']);
    expect(remoteAddresses(tcp, [8080], 'LE')).toEqual(['10.0.0.13', '10.0.0.14']);
  });

  it('reads IPv6, and IPv4 in its mapped form, on machines of both octet orders', () => {
    const local = '00000000000000000000000000000000:00B3';
    const little =
      line(`${local} B80D0120000000000000000001000000:9C40 06`) +
      line(`${local} 0000000000000000FFFF00000B00000A:9C40 06`);
    const big =
      line(`${local} 20010DB8000000000000000000000001:9C40 06`) +
      line(`${local} 00000000000000000000FFFF0A00000B:9C40 06`);
    expect(remoteAddresses(little, [179], 'LE')).toEqual(['2001:db8::1', '10.0.0.11']);
    expect(remoteAddresses(big, [179], 'BE')).toEqual(['2001:db8::1', '10.0.0.11']);
  });

  it('knows where it would call itself', () => {
    const machine = ['127.0.0.1', '10.0.0.1', '10.0.0.2'];
    const one = [{ address: '10.0.0.1', port: 179 }];
    expect(['10.0.0.1', '10.0.0.2', '10.0.0.11'].map((address) => leadsBack(address, one, machine))).toEqual([
      true,
      false,
      false,
    ]);
    const all = [{ address: '::', port: 179 }];
    expect(['10.0.0.2', '10.0.0.11'].map((address) => leadsBack(address, all, machine))).toEqual([true, false]);
    expect(leadsBack('10.0.0.2', [{ address: '::', port: 1179 }], machine)).toBe(false);
  });
});
