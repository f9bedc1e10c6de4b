#include "count.h"
#include <stddef.h>
#include <string.h>

enum { MP_REACH = 14, MP_UNREACH = 15, EXTENDED_COMMUNITIES = 16 };
enum { AFI_L2VPN = 25, SAFI_EVPN = 70 };

/* In an EVPN route (type, length, value) the value begins with a route distinguisher: type, IPv4 address, number. */
enum { RD_ADDRESS = 4, RD_NUMBER = 8, SHORTEST = 10 };

static uint32_t raw32(const uint8_t *at) { uint32_t value; memcpy(&value, at, sizeof value); return value; }

static int wanted(const struct reader *reader, const uint8_t *nlri) {
  if (reader->interest == NULL) return 1;
  uint32_t number = be16(nlri + RD_NUMBER);
  return reader->interest[number >> 3] >> (number & 7) & 1;
}

static int is_evpn(const uint8_t *at) { return be16(at) == AFI_L2VPN && at[2] == SAFI_EVPN; }

/* Routes in [at, end), or -1. */
static int32_t routes_in(const uint8_t *at, const uint8_t *end) {
  int32_t count = 0;
  for (; at + SHORTEST <= end; at += 2 + at[1]) count++;
  return at == end ? count : -1;
}

/* The routes of one message share attributes, so the first tells whose they are. */
static int count_reach(const uint8_t *at, const uint8_t *end, const struct reader *reader, struct tally *tally) {
  if (end - at < 5) return 0;
  if (!is_evpn(at)) return 1;
  const uint8_t *next_hop_end = at + 4 + at[3];
  const uint8_t *nlri = next_hop_end + 1;
  if (at[3] < 4 || nlri + SHORTEST > end) return 0;
  int32_t count = routes_in(nlri, end);
  if (count < 0) return 0;
  tally->announced += count;
  uint32_t announcer = raw32(next_hop_end - 4);
  if (announcer == raw32(nlri + RD_ADDRESS) && announcer != reader->self && wanted(reader, nlri)) tally->reach += count;
  return 1;
}

static int count_unreach(const uint8_t *at, const uint8_t *end, const struct reader *reader, struct tally *tally) {
  if (end - at < 3) return 0;
  if (!is_evpn(at)) return 1;
  for (at += 3; at + SHORTEST <= end; at += 2 + at[1]) {
    tally->withdrawn++;
    if (raw32(at + RD_ADDRESS) != reader->self && wanted(reader, at)) tally->unreach++;
  }
  return at == end;
}

static uint32_t mobility(const uint8_t *at, const uint8_t *end) {
  for (; at + 8 <= end; at += 8)
    if (at[0] == 6 && at[1] == 0) return be32(at + 4);
  return 0;
}

int count_update(const uint8_t *message, uint32_t length, const struct reader *reader, struct tally *tally) {
  const uint8_t *end = message + length;
  const uint8_t *at = message + 19;
  if (end - at < 4) return 0;
  at += 2 + be16(at);
  if (end - at < 2) return 0;
  const uint8_t *stop = at + 2 + be16(at);
  if (stop > end) return 0;
  for (at += 2; at + 3 <= stop;) {
    int extended = at[0] & 0x10;
    if (extended && at + 4 > stop) return 0;
    const uint8_t *value = at + (extended ? 4 : 3);
    const uint8_t *next = value + (extended ? be16(at + 2) : at[2]);
    if (next > stop) return 0;
    if (at[1] == MP_REACH) { if (!count_reach(value, next, reader, tally)) return 0; }
    else if (at[1] == MP_UNREACH) { if (!count_unreach(value, next, reader, tally)) return 0; }
    else if (at[1] == EXTENDED_COMMUNITIES) tally->sequence = mobility(value, next);
    at = next;
  }
  return at == stop;
}
