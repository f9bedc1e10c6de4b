import { describe, expect, it } from 'vitest';
import { answerTo, questionOf } from '../../../src/nve/frame.ts';

const octets = (text: string) =>
  Uint8Array.from(text.replace(/\s|\/\/.*$/gm, '').match(/../g) ?? [], (hex) => Number.parseInt(hex, 16));

const arpRequest = octets(`
  ffffffffffff 020000000001 0806  // Ethernet
  0001 0800 06 04 0001            // Ethernet, IPv4, request
  020000000001 c0a80001           // sender 192.168.0.1
  000000000000 c0a80002           // target 192.168.0.2`);

const solicitation = octets(`
  3333ff000002 020000000001 86dd
  60000000 0020 3a ff
  fd000000000000000000000000000001  // source fd00::1
  ff0200000000000000000001ff000002
  87 00 0000 00000000
  fd000000000000000000000000000002  // target fd00::2
  01 01 020000000001`);

describe('questionOf', () => {
  it('reads who is asked for', () => {
    const mac = '02:00:00:00:00:01';
    expect(questionOf(arpRequest)).toEqual({
      kind: 'arp',
      address: '192.168.0.2',
      from: { mac, ip: '192.168.0.1' },
    });
    expect(questionOf(solicitation)).toEqual({ kind: 'nd', address: 'fd00::2', from: { mac, ip: 'fd00::1' } });
    const unicast = octets('020000000002 020000000001 0800 4500');
    expect(questionOf(unicast)).toEqual({ kind: 'unicast', address: '02:00:00:00:00:02' });
  });

  it('finds no question in what is for all, in an announcement, and in what is cut off', () => {
    expect(questionOf(octets('ffffffffffff 020000000001 0800 4500'))).toBeUndefined();
    const announcement = arpRequest.slice();
    announcement.set([192, 168, 0, 1], 38);
    expect(questionOf(announcement)).toBeUndefined();
    for (const frame of [arpRequest, solicitation])
      for (let length = 0; length < frame.length - 8; length++)
        expect(questionOf(frame.subarray(0, length))).toBeUndefined();
  });
});

describe('answerTo', () => {
  it('answers ARP as the owner would', () => {
    const question = questionOf(arpRequest);
    if (question?.kind !== 'arp') throw new Error('no question');
    expect(answerTo(question, '02:00:00:00:00:02').subarray(0, 42)).toEqual(
      octets(`
        020000000001 020000000002 0806
        0001 0800 06 04 0002
        020000000002 c0a80002
        020000000001 c0a80001`),
    );
  });

  it('advertises a neighbour, with a checksum that is right', () => {
    const question = questionOf(solicitation);
    if (question?.kind !== 'nd') throw new Error('no question');
    const frame = answerTo(question, '02:00:00:00:00:02');
    expect(frame.subarray(0, 56)).toEqual(
      octets(`
        020000000001 020000000002 86dd
        60000000 0020 3a ff
        fd000000000000000000000000000002
        fd000000000000000000000000000001
        88 00`),
    );
    expect(frame.subarray(58)).toEqual(octets('60000000 fd000000000000000000000000000002 0201 020000000002'));
    // One's complement sum over pseudo-header and message.
    let sum = 32 + 58;
    for (let at = 22; at < frame.length; at += 2) sum += ((frame[at] ?? 0) << 8) | (frame[at + 1] ?? 0);
    expect((sum & 0xffff) + (sum >>> 16)).toBe(0xffff);
  });
});
