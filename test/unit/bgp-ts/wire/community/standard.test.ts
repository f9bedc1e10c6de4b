import { describe, expect, it } from 'vitest';
import {
  formatCommunity,
  parseCommunity,
  WellKnownCommunity,
} from '../../../../../src/bgp-ts/wire/community/standard.ts';

describe('community', () => {
  it.each([
    [0xfde80064, '65000:100'],
    [0, '0:0'],
    [0xffffff00, '65535:65280'],
    [WellKnownCommunity.NoExport, 'no-export'],
    [WellKnownCommunity.NoAdvertise, 'no-advertise'],
    [WellKnownCommunity.NoExportSubconfed, 'no-export-subconfed'],
    [WellKnownCommunity.NoPeer, 'no-peer'],
    [WellKnownCommunity.Blackhole, 'blackhole'],
    [WellKnownCommunity.GracefulShutdown, 'graceful-shutdown'],
    [WellKnownCommunity.AcceptOwn, 'accept-own'],
    [WellKnownCommunity.LlgrStale, 'llgr-stale'],
    [WellKnownCommunity.NoLlgr, 'no-llgr'],
  ])('%i is %s', (community, text) => {
    expect(formatCommunity(community)).toBe(text);
    expect(parseCommunity(text)).toBe(community);
  });

  it.each(['', '1', '65536:1', '1:65536', '1:1:1', 'no-such'])('refuses %j', (text) => {
    expect(parseCommunity(text)).toBeUndefined();
  });
});
