/* Changes at a steady rate, and how long each takes to reach everybody. */
#pragma once
#include <stdint.h>
#include <stdio.h>

/* One prepared UPDATE; change i carries MAC mobility sequence number i + 1. */
struct change {
  uint32_t client;
  uint32_t length;
  uint64_t offset;
};

struct churn {
  const struct change *changes;
  uint32_t count, next, open;
  uint32_t readers;
  double rate;
  double *sent, *seen;
  uint32_t *reads;
  /* For each client a bit for each change that it has read. */
  uint8_t *told;
  /* Changes that a client was told of again. */
  uint64_t repeats;
};

/* `readers`: by how many of the `clients` each change is to be read. */
void churn_begin(struct churn *churn, const struct change *changes, uint32_t count, double rate, uint32_t clients, uint32_t readers);
/* A client has read the change with this sequence number; true when it was the last one to do so. */
int churn_read(struct churn *churn, uint32_t client, uint32_t sequence, double now);
/* Sorts the latencies of the changes that everybody has read and prints them, as a JSON array of seconds. */
void churn_print(struct churn *churn, FILE *to);
void churn_end(struct churn *churn);
