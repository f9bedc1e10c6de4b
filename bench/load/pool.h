/* Memory for everything that is received. It is touched before anything is measured, and never given back. */
#pragma once
#include <stddef.h>
#include <stdint.h>

enum { CHUNK = 256 * 1024 };

/* Reserves the pool and touches its first `octets`. */
void pool_open(size_t octets);
/* Number of a chunk that nobody has. */
uint32_t pool_take(void);
uint8_t *pool_chunk(uint32_t number);
/* Chunks taken beyond those that had been touched: their page faults are in the measured time. */
uint32_t pool_untouched(void);
