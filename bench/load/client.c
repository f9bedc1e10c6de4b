#define _GNU_SOURCE
#include "client.h"
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

enum { HEADER = 19, MAX_MESSAGE = 4096, READ = 128 * 1024, ROUNDS = 4 };
enum { OPEN = 1, UPDATE = 2, NOTIFICATION = 3, KEEPALIVE = 4 };
static const uint8_t keepalive[HEADER] = {
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0, HEADER, KEEPALIVE,
};
/* A slow reader's kernel must not read for it. */
static const int SMALL_BUFFER = 16 * 1024;
static const double RETRY = 0.2;

double now_seconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

void client_fails(const struct client *client, const char *what, int detail, int more) {
  fprintf(stderr, "client %u: %s %d/%d\n", client->index, what, detail, more);
  exit(1);
}

static void watch(struct world *world, struct client *client, int operation) {
  int reads = client->rate == 0 || client->state != ESTABLISHED;
  struct epoll_event event = {
    .events = (reads ? EPOLLIN : 0) | (client->wants_out ? EPOLLOUT : 0),
    .data.ptr = client,
  };
  if (epoll_ctl(world->poll, operation, client->fd, &event)) client_fails(client, "epoll_ctl", errno, 0);
}

void client_listen(struct world *world, struct client *client) { watch(world, client, EPOLL_CTL_MOD); }

static void hand_over(struct world *world, struct client *client, int wants_out) {
  if (client->wants_out == wants_out) return;
  client->wants_out = wants_out;
  watch(world, client, EPOLL_CTL_MOD);
}

void client_connect(struct world *world, struct client *client, double now) {
  int family = client->source.ss_family;
  int fd = client->fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (fd < 0) client_fails(client, "socket", errno, 0);
  int one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
  if (client->rate > 0) setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &SMALL_BUFFER, sizeof SMALL_BUFFER);
  if (bind(fd, (struct sockaddr *)&client->source, world->target_length)) client_fails(client, "bind", errno, 0);
  int result = connect(fd, (struct sockaddr *)&world->target, world->target_length);
  if (result && errno != EINPROGRESS) client_fails(client, "connect", errno, 0);
  client->state = CONNECTING;
  client->heard_open = 0;
  client->heard_at = now;
  client->wants_out = 1;
  if (client->piece_count == 0) {
    client->piece_room = 16;
    client->pieces = calloc(client->piece_room, sizeof *client->pieces);
    client->pieces[0] = (struct piece){ .chunk = pool_take() };
    client->piece_count = 1;
  }
  watch(world, client, EPOLL_CTL_ADD);
}

/* Before a session is up it may be turned away; then all is tried again. */
static void refused(struct client *client, const char *what, int detail, int more) {
  if (client->state == ESTABLISHED || client->state == GONE) client_fails(client, what, detail, more);
  close(client->fd);
  client->state = AWAY;
  client->filled = client->pieces[0].used = 0;
  client->kept = 0;
  client->control_left = 0;
  client->refusals++;
  client->retry_at = now_seconds() + RETRY;
}

static int put(struct client *client, const uint8_t *octets, size_t length) {
  ssize_t sent = send(client->fd, octets, length, MSG_NOSIGNAL);
  if (sent >= 0) return (int)sent;
  if (errno == EAGAIN) return 0;
  refused(client, "send", errno, 0);
  return -1;
}

void client_flush(struct world *world, struct client *client) {
  while (client->control_left > 0 || client->stream_left > 0) {
    int control = client->control_left > 0;
    /* Streams are far larger than any int only in theory: the kernel takes a few megabytes at a time. */
    size_t length = control ? client->control_left : client->stream_left < (1 << 30) ? client->stream_left : 1 << 30;
    int sent = put(client, control ? client->control : client->stream, length);
    if (sent < 0) return;
    if (control) {
      memmove(client->control, client->control + sent, client->control_left - sent);
      client->control_left -= sent;
    } else {
      client->stream += sent;
      client->stream_left -= sent;
    }
    if ((size_t)sent < length) break;
  }
  hand_over(world, client, client->control_left > 0 || client->stream_left > 0);
}

static void say(struct world *world, struct client *client, const uint8_t *octets, size_t length) {
  if (client->control_left + length > sizeof client->control) return;
  memcpy(client->control + client->control_left, octets, length);
  client->control_left += length;
  client_flush(world, client);
}

/* In the middle of a stream nothing may be said, nor need it be: an UPDATE is a sign of life too. */
void client_keepalive(struct world *world, struct client *client) {
  if (client->state == ESTABLISHED && client->stream_left == 0) say(world, client, keepalive, sizeof keepalive);
}

void client_send(struct world *world, struct client *client, const uint8_t *stream, size_t length) {
  if (client->stream_left > 0) client_fails(client, "still sends", 0, 0);
  client->stream = stream;
  client->stream_left = length;
  client_flush(world, client);
}

void client_leave(struct world *world, struct client *client) {
  (void)world;
  close(client->fd);
  client->state = GONE;
  client->stream_left = client->control_left = 0;
}

/* Whether the message is to be kept. */
static int update(struct world *world, struct client *client, const uint8_t *message, uint32_t length, double now) {
  struct tally tally = { 0 };
  if (!count_update(message, length, &client->reader, &tally)) client_fails(client, "an UPDATE that cannot be read", 0, 0);
  client->reach += tally.reach;
  client->unreach += tally.unreach;
  world->sums.updates++;
  world->sums.announced += tally.announced;
  world->sums.withdrawn += tally.withdrawn;
  int kept = !world->drops_unwanted || tally.reach > 0 || tally.unreach > 0;
  /* Slow readers are not waited for: what trickles in to them holds no step up. Neither does what is dropped. */
  if (client->rate == 0 && kept) world->sums.last_update = now;
  if (tally.sequence > 0 && tally.reach > 0 && world->moved) world->moved(client, tally.sequence, now);
  return kept;
}

enum fate { SESSION_GONE, DROPPED, KEPT };

static enum fate message(struct world *world, struct client *client, const uint8_t *message, uint32_t length, double now) {
  switch (message[18]) {
    case OPEN:
      client->heard_open = 1;
      say(world, client, keepalive, sizeof keepalive);
      return client->state != AWAY ? KEPT : SESSION_GONE;
    case UPDATE:
      return update(world, client, message, length, now) ? KEPT : DROPPED;
    case NOTIFICATION:
      refused(client, "NOTIFICATION", length > 19 ? message[19] : 0, length > 20 ? message[20] : 0);
      return SESSION_GONE;
    case KEEPALIVE:
      if (client->state == OPENING && client->heard_open) {
        client->state = ESTABLISHED;
        if (client->rate > 0) watch(world, client, EPOLL_CTL_MOD);
        world->established(client, now);
      }
  }
  return KEPT;
}

/* Goes through whole messages; what is left stays for the next read, close behind what is kept. */
static int messages(struct world *world, struct client *client, double now) {
  struct piece *piece = &client->pieces[client->piece_count - 1];
  uint8_t *base = pool_chunk(piece->chunk);
  uint32_t parsed = piece->used;
  while (client->filled - parsed >= HEADER) {
    const uint8_t *at = base + parsed;
    uint32_t length = be16(at + 16);
    if (length < HEADER || length > MAX_MESSAGE) client_fails(client, "a message of length", (int)length, 0);
    if (client->filled - parsed < length) break;
    enum fate fate = message(world, client, at, length, now);
    if (fate == SESSION_GONE) return 0;
    if (fate == KEPT) {
      if (parsed != piece->used) memmove(base + piece->used, at, length);
      piece->used += length;
      client->kept += length;
    }
    parsed += length;
  }
  if (parsed != piece->used) {
    memmove(base + piece->used, base + parsed, client->filled - parsed);
    client->filled -= parsed - piece->used;
  }
  return 1;
}

/* A message never lies in two chunks. */
static void next_piece(struct client *client) {
  struct piece *full = &client->pieces[client->piece_count - 1];
  if (client->piece_count == client->piece_room) {
    client->piece_room *= 2;
    client->pieces = realloc(client->pieces, client->piece_room * sizeof *client->pieces);
    full = &client->pieces[client->piece_count - 1];
  }
  struct piece *fresh = &client->pieces[client->piece_count++];
  *fresh = (struct piece){ .chunk = pool_take() };
  uint32_t tail = client->filled - full->used;
  memcpy(pool_chunk(fresh->chunk), pool_chunk(full->chunk) + full->used, tail);
  client->filled = tail;
}

void client_read(struct world *world, struct client *client, size_t limit) {
  for (int round = 0; round < ROUNDS && limit > 0; round++) {
    if (CHUNK - client->filled < 2 * MAX_MESSAGE) next_piece(client);
    uint8_t *base = pool_chunk(client->pieces[client->piece_count - 1].chunk);
    size_t length = CHUNK - client->filled;
    if (length > READ) length = READ;
    if (length > limit) length = limit;
    ssize_t got = recv(client->fd, base + client->filled, length, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
      refused(client, got == 0 ? "closed by the reflector" : "recv", got == 0 ? 0 : errno, 0);
      return;
    }
    client->filled += got;
    limit -= got;
    world->sums.octets += got;
    double now = client->heard_at = now_seconds();
    if (!messages(world, client, now)) return;
    if (client->state == ESTABLISHED) world->counted(client, now);
    if ((size_t)got < length) return;
  }
}

void client_event(struct world *world, struct client *client, uint32_t events) {
  if (client->state == GONE || client->state == AWAY) return;
  if (client->state == CONNECTING && events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) {
    int error = 0;
    socklen_t length = sizeof error;
    getsockopt(client->fd, SOL_SOCKET, SO_ERROR, &error, &length);
    if (error) { refused(client, "connect", error, 0); return; }
    client->state = OPENING;
    say(world, client, client->open, client->open_length);
    return;
  }
  if (events & EPOLLOUT) client_flush(world, client);
  if (client->state == AWAY) return;
  if (events & EPOLLIN && !(client->rate > 0 && client->state == ESTABLISHED)) client_read(world, client, (size_t)-1);
  else if (events & (EPOLLERR | EPOLLHUP)) refused(client, "closed by the reflector", 0, 0);
}
