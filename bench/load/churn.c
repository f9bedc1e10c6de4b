#include "churn.h"
#include <stdlib.h>

enum { POINTS = 1000 };

void churn_begin(struct churn *churn, const struct change *changes, uint32_t count, double rate, uint32_t clients, uint32_t readers) {
  *churn = (struct churn){ .changes = changes, .count = count, .open = count, .rate = rate, .readers = readers };
  churn->sent = calloc(count, sizeof *churn->sent);
  churn->seen = calloc(count, sizeof *churn->seen);
  churn->reads = calloc(count, sizeof *churn->reads);
  churn->told = calloc(((uint64_t)clients * count + 7) / 8, 1);
  if (!churn->sent || !churn->seen || !churn->reads || !churn->told) { fputs("load: no memory\n", stderr); exit(1); }
}

int churn_read(struct churn *churn, uint32_t client, uint32_t sequence, double now) {
  uint32_t change = sequence - 1;
  if (change >= churn->next) return 0;
  uint64_t bit = (uint64_t)client * churn->count + change;
  if (churn->told[bit >> 3] >> (bit & 7) & 1) { churn->repeats++; return 0; }
  churn->told[bit >> 3] |= 1 << (bit & 7);
  churn->seen[change] = now;
  if (++churn->reads[change] < churn->readers) return 0;
  churn->open--;
  return 1;
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Steps of a thousandth, the greatest last: enough for a curve and for p99.9, and short. */
void churn_print(struct churn *churn, FILE *to) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < churn->count; i++)
    if (churn->reads[i] == churn->readers) churn->seen[count++] = churn->seen[i] - churn->sent[i];
  qsort(churn->seen, count, sizeof *churn->seen, ascending);
  fputc('[', to);
  for (uint32_t point = 0; count > 0 && point <= POINTS; point++)
    fprintf(to, "%s%.6f", point ? "," : "", churn->seen[(uint64_t)(count - 1) * point / POINTS]);
  fputc(']', to);
}

void churn_end(struct churn *churn) {
  free(churn->sent);
  free(churn->seen);
  free(churn->reads);
  free(churn->told);
  *churn = (struct churn){ 0 };
}
