/* One BGP session of the generator: connects, sends a prepared stream, keeps and counts what it receives. */
#pragma once
#include "count.h"
#include "pool.h"
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum { MAX_OPEN = 512 };
enum state { AWAY, CONNECTING, OPENING, ESTABLISHED, GONE };

struct piece { uint32_t chunk, used; };

struct client {
  uint32_t index;
  int fd;
  enum state state;
  struct sockaddr_storage source;
  uint8_t open[MAX_OPEN];
  uint32_t open_length;
  int heard_open;
  /* When a refused connection is tried again. */
  double retry_at;
  uint32_t refusals;

  /* Octets a second that are read, 0 for as many as there are. */
  uint32_t rate;
  double read_until;

  const uint8_t *stream;
  size_t stream_left;
  /* KEEPALIVEs and the OPEN, behind a stream that has been begun. */
  uint8_t control[MAX_OPEN];
  size_t control_left;
  int wants_out;

  struct reader reader;
  struct piece *pieces;
  uint32_t piece_count, piece_room;
  /* In the last piece: octets received; its `used` are whole messages. */
  uint32_t filled;
  uint64_t kept;

  uint64_t want_reach, want_unreach, reach, unreach;
  int complete;
  double heard_at;
};

/* What happens to all clients together. */
struct sums {
  uint64_t updates, octets, announced, withdrawn;
  double last_update;
};

struct world {
  int poll;
  struct sockaddr_storage target;
  socklen_t target_length;
  struct sums sums;
  /* UPDATEs without a route that is counted are not kept. */
  int drops_unwanted;
  /* Told of each UPDATE with a sequence number. */
  void (*moved)(struct client *client, uint32_t sequence, double now);
  /* Told when a session is up, and when counters of one changed. */
  void (*established)(struct client *client, double now);
  void (*counted)(struct client *client, double now);
};

double now_seconds(void);
void client_connect(struct world *world, struct client *client, double now);
void client_event(struct world *world, struct client *client, uint32_t events);
/* Reads at most `limit` octets of what is there. */
void client_read(struct world *world, struct client *client, size_t limit);
void client_send(struct world *world, struct client *client, const uint8_t *stream, size_t length);
/* Sends what the socket takes. */
void client_flush(struct world *world, struct client *client);
void client_keepalive(struct world *world, struct client *client);
/* Begins or ends being woken by what comes in. */
void client_listen(struct world *world, struct client *client);
void client_leave(struct world *world, struct client *client);
/* Says on standard error what went wrong with a client, and ends the program. */
_Noreturn void client_fails(const struct client *client, const char *what, int detail, int more);
