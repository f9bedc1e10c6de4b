#define _GNU_SOURCE
#include "pool.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

static const size_t RESERVED = (size_t)1 << 36;
static const size_t HUGE_PAGE = (size_t)1 << 21;

static uint8_t *base;
static uint32_t taken, touched;

void pool_open(size_t octets) {
  uint8_t *start = mmap(NULL, RESERVED, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (start == MAP_FAILED) { perror("load: mmap"); exit(1); }
  base = (uint8_t *)(((uintptr_t)start + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1));
  /* Where huge pages are to be had they halve the cost of receiving; where not, all goes on without. */
  madvise(base, RESERVED - HUGE_PAGE, MADV_HUGEPAGE);
  touched = (octets + CHUNK - 1) / CHUNK;
  for (size_t at = 0; at < (size_t)touched * CHUNK; at += 4096) base[at] = 0;
}

uint32_t pool_take(void) {
  if ((size_t)(taken + 1) * CHUNK > RESERVED - HUGE_PAGE) { fputs("load: the pool is used up\n", stderr); exit(1); }
  return taken++;
}

uint8_t *pool_chunk(uint32_t number) { return base + (size_t)number * CHUNK; }

uint32_t pool_untouched(void) { return taken > touched ? taken - touched : 0; }
