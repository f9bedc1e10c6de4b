/* Counts the routes in an UPDATE without decoding them. */
#pragma once
#include <stdint.h>

/* Whose routes are counted for a client. Octets of `self` are in network order. */
struct reader {
  uint32_t self;
  /* A bit for each number of a route distinguisher; NULL counts all. */
  const uint8_t *interest;
};

struct tally {
  /* Routes of others that the client is interested in, announced by the one that the distinguisher names. */
  uint32_t reach;
  uint32_t unreach;
  /* Everything. */
  uint32_t announced, withdrawn;
  /* Sequence number of the MAC mobility community (RFC 7432 section 7.7), 0 without one. */
  uint32_t sequence;
};

/* Adds the routes of a whole UPDATE; 0 when it cannot be followed. */
int count_update(const uint8_t *message, uint32_t length, const struct reader *reader, struct tally *tally);

static inline uint32_t be16(const uint8_t *at) { return (uint32_t)at[0] << 8 | at[1]; }
static inline uint32_t be32(const uint8_t *at) { return be16(at) << 16 | be16(at + 2); }
