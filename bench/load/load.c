/* The load generator: many BGP clients in one thread, made to cost as little as possible, because they share the
 * machine with the reflector that is measured. What they send was prepared by somebody else; what they receive is
 * counted, message by message, and kept for a later look.
 *
 *   load PLAN
 *
 * The plan says who the clients are, one thing a line:
 *
 *   target ADDRESS PORT             the reflector
 *   pool OCTETS                     memory to touch beforehand
 *   streams FILE                    octets to be sent
 *   hold SECONDS                    hold time of the sessions
 *   drop                            UPDATEs without any route that is counted are not kept
 *   client SOURCE ID RATE OPEN      address, BGP Identifier, octets read a second (0: all), OPEN in hexadecimal
 *   interest CLIENT NUMBER,...      numbers of route distinguishers that it counts; left out: all
 *
 * Then it takes commands from standard input and answers each `go` with one line of JSON:
 *
 *   connect N                       no more than N connections at a time are being set up
 *   timeout SECONDS, quiet SECONDS  of this step: when it is given up; how long nothing may come before it has ended
 *   cold                            the clients connect in this step, and send as soon as they are established
 *   keep                            counting goes on from the step before
 *   unthrottle                      slow readers read at full speed from now on
 *   leave CLIENT                    closes its connection when the step begins
 *   churn RATE OFFSET COUNT         changes a second; where in the streams their list is
 *   stream CLIENT OFFSET LENGTH     what it sends
 *   expect CLIENT REACH UNREACH     announcements and withdrawals after which it is complete
 *   go                              begins the step
 *   kept                            says where what was received lies in this process's memory
 *   quit
 *
 * The clock of a step runs from just before its first octet is sent (its first connection, with `cold`; the closing of
 * the connection, with `leave`) to the read that completes the last client. Slow readers are not waited for. */
#define _GNU_SOURCE
#include "churn.h"
#include "client.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { EVENTS = 256, MAX_CLIENTS = 8192, INTEREST_OCTETS = 65536 / 8, LINE = 1 << 20 };
static const double TICK = 0.01;
static const double SLOW_TICK = 0.1;

struct order {
  double timeout, quiet;
  int cold, keep;
  int64_t leave;
  double rate;
  uint64_t changes_at;
  uint32_t changes;
};
static const struct order NOTHING_ORDERED = { .timeout = 60, .quiet = 0.25, .leave = -1 };

static struct world world;
static struct client clients[MAX_CLIENTS];
static uint32_t client_count, established_count, in_flight = 64;
static const uint8_t *streams;
static size_t streams_length;
static double hold = 9;

static int timer;
static struct order order;
static struct churn churn;
static const uint8_t *stream_of[MAX_CLIENTS];
static size_t stream_length_of[MAX_CLIENTS];
static int running, connecting;
static uint32_t incomplete;
static double began, completed, first, longest_silence, cpu_before;
static struct sums sums_before;

static _Noreturn void fail(const char *what, const char *detail) {
  fprintf(stderr, "load: %s %s\n", what, detail);
  exit(1);
}

static double cpu_seconds(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static socklen_t read_address(const char *text, int port, struct sockaddr_storage *to) {
  struct sockaddr_in *v4 = (struct sockaddr_in *)to;
  struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)to;
  memset(to, 0, sizeof *to);
  if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    return sizeof *v4;
  }
  if (inet_pton(AF_INET6, text, &v6->sin6_addr) != 1) fail("no address:", text);
  v6->sin6_family = AF_INET6;
  v6->sin6_port = htons(port);
  return sizeof *v6;
}

static void map_streams(const char *path) {
  int fd = open(path, O_RDONLY);
  struct stat stat;
  if (fd < 0 || fstat(fd, &stat)) fail("cannot open", path);
  streams_length = stat.st_size;
  if (streams_length == 0) return;
  streams = mmap(NULL, streams_length, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
  if (streams == MAP_FAILED) fail("cannot map", path);
  close(fd);
}

static const uint8_t *in_streams(uint64_t offset, uint64_t length) {
  if (offset > streams_length || length > streams_length - offset) fail("beyond the streams", "");
  return streams + offset;
}

static struct client *client_at(uint32_t index) {
  if (index >= client_count) fail("no such client", "");
  return &clients[index];
}

static void add_client(const char *source, const char *id, uint32_t rate, const char *open) {
  if (client_count == MAX_CLIENTS) fail("too many clients", "");
  struct client *client = &clients[client_count];
  client->index = client_count++;
  client->rate = rate;
  client->fd = -1;
  read_address(source, 0, &client->source);
  if (inet_pton(AF_INET, id, &client->reader.self) != 1) fail("no BGP Identifier:", id);
  for (const char *at = open; at[0] && at[1] && client->open_length < MAX_OPEN; at += 2) {
    unsigned octet;
    if (sscanf(at, "%2x", &octet) != 1) fail("no hexadecimal:", at);
    client->open[client->open_length++] = octet;
  }
}

static void add_interest(uint32_t index, char *numbers) {
  uint8_t *bits = calloc(1, INTEREST_OCTETS);
  for (char *number = strtok(numbers, ","); number; number = strtok(NULL, ",")) {
    uint32_t bit = strtoul(number, NULL, 10) & 0xffff;
    bits[bit >> 3] |= 1 << (bit & 7);
  }
  client_at(index)->reader.interest = bits;
}

static void read_plan(const char *path) {
  FILE *plan = fopen(path, "r");
  if (!plan) fail("cannot open", path);
  static char line[LINE], word[LINE], source[64], id[64];
  while (fgets(line, sizeof line, plan)) {
    int port;
    uint32_t number;
    unsigned long long octets;
    if (sscanf(line, "target %63s %d", source, &port) == 2) world.target_length = read_address(source, port, &world.target);
    else if (sscanf(line, "pool %llu", &octets) == 1) pool_open(octets);
    else if (sscanf(line, "streams %s", word) == 1) map_streams(word);
    else if (sscanf(line, "hold %lf", &hold) == 1) continue;
    else if (!strcmp(line, "drop\n")) world.drops_unwanted = 1;
    else if (sscanf(line, "client %63s %63s %u %s", source, id, &number, word) == 4) add_client(source, id, number, word);
    else if (sscanf(line, "interest %u %s", &number, word) == 2) add_interest(number, word);
    else fail("not understood:", line);
  }
  fclose(plan);
}

/* A client is complete once; slow ones are not waited for. */
static void counted(struct client *client, double now) {
  if (!running) return;
  if (first == 0 && client->reach + client->unreach > 0) first = now;
  if (client->complete || client->reach < client->want_reach || client->unreach < client->want_unreach) return;
  client->complete = 1;
  if (client->rate > 0) return;
  if (--incomplete == 0) completed = now;
}

static void moved(struct client *client, uint32_t sequence, double now) {
  if (churn.count > 0 && churn_read(&churn, client->index, sequence, now) && churn.open == 0) completed = now;
}

static void established(struct client *client, double now) {
  established_count++;
  if (!running) return;
  const uint8_t *stream = stream_of[client->index];
  if (order.cold && stream) client_send(&world, client, stream, stream_length_of[client->index]);
  if (client->state == ESTABLISHED) counted(client, now);
}

static void connect_more(double now) {
  if (!connecting) return;
  uint32_t pending = 0, away = 0;
  for (uint32_t i = 0; i < client_count; i++) {
    pending += clients[i].state == CONNECTING || clients[i].state == OPENING;
    away += clients[i].state == AWAY;
  }
  for (uint32_t i = 0; i < client_count && away > 0 && pending < in_flight; i++) {
    if (clients[i].state != AWAY || clients[i].retry_at > now) continue;
    client_connect(&world, &clients[i], now);
    pending++;
  }
}

static void rearm(double rate) {
  struct itimerspec every = { 0 };
  if (rate > 0) every.it_interval.tv_nsec = every.it_value.tv_nsec = (long)(1e9 / rate);
  timerfd_settime(timer, 0, &every, NULL);
}

/* Sends what is due: changes that the machine was too busy for are made up for, not dropped. */
static void change(double now) {
  uint64_t expirations;
  if (read(timer, &expirations, sizeof expirations) < 0) return;
  while (churn.next < churn.count && churn.next <= (now - began) * churn.rate) {
    const struct change *next = &churn.changes[churn.next];
    churn.sent[churn.next++] = now_seconds();
    client_send(&world, client_at(next->client), in_streams(next->offset, next->length), next->length);
  }
  if (churn.next == churn.count) rearm(0);
}

static void begin(void) {
  incomplete = 0;
  first = completed = 0;
  sums_before = world.sums;
  world.sums.last_update = 0;
  for (uint32_t i = 0; i < client_count; i++) {
    struct client *client = &clients[i];
    if (!order.keep) client->reach = client->unreach = 0;
    client->complete = client->state == GONE;
    if (!client->complete && client->rate == 0) incomplete++;
  }
  cpu_before = cpu_seconds();
  running = 1;
  began = now_seconds();
  if (order.cold) {
    connecting = 1;
    connect_more(began);
    return;
  }
  if (order.leave >= 0) {
    struct client *client = client_at(order.leave);
    if (!client->complete && client->rate == 0) incomplete--;
    client->complete = 1;
    client_leave(&world, client);
  }
  for (uint32_t i = 0; i < client_count; i++)
    if (stream_of[i]) client_send(&world, &clients[i], stream_of[i], stream_length_of[i]);
  if (order.changes > 0) {
    const uint8_t *list = in_streams(order.changes_at, order.changes * sizeof(struct change));
    churn_begin(&churn, (const struct change *)list, order.changes, order.rate, client_count, established_count - 1);
    rearm(order.rate);
  }
  for (uint32_t i = 0; i < client_count; i++)
    if (clients[i].state == ESTABLISHED) counted(&clients[i], began);
}

static void answer(double now, int timed_out) {
  uint32_t refusals = 0;
  for (uint32_t i = 0; i < client_count; i++) refusals += clients[i].refusals;
  double last = world.sums.last_update;
  printf("{\"timedOut\":%s,\"seconds\":%.6f,\"last\":%.6f,\"first\":%.6f,\"incomplete\":%u,\"established\":%u",
         timed_out ? "true" : "false", (completed > 0 ? completed : now) - began, last > 0 ? last - began : 0,
         first > 0 ? first - began : 0, incomplete, established_count);
  printf(",\"updates\":%lu,\"octets\":%lu,\"announced\":%lu,\"withdrawn\":%lu", world.sums.updates - sums_before.updates,
         world.sums.octets - sums_before.octets, world.sums.announced - sums_before.announced,
         world.sums.withdrawn - sums_before.withdrawn);
  printf(",\"cpu\":%.6f,\"silence\":%.3f,\"refusals\":%u,\"untouched\":%u,\"kept\":[", cpu_seconds() - cpu_before,
         longest_silence, refusals, pool_untouched());
  for (uint32_t i = 0; i < client_count; i++) printf("%s%lu", i ? "," : "", clients[i].kept);
  printf("]");
  if (churn.count > 0) {
    printf(",\"unread\":%u,\"repeats\":%lu,\"latency\":", churn.open, churn.repeats);
    churn_print(&churn, stdout);
    churn_end(&churn);
  }
  printf("}\n");
  fflush(stdout);
}

static void finish(double now, int timed_out) {
  running = 0;
  connecting = 0;
  rearm(0);
  answer(now, timed_out);
  longest_silence = 0;
  order = NOTHING_ORDERED;
  memset(stream_of, 0, sizeof stream_of);
  for (uint32_t i = 0; i < client_count; i++) clients[i].want_reach = clients[i].want_unreach = 0;
}

/* Whether the step has come to its end, looked at between reads. */
static void look(double now) {
  if (!running) return;
  if (now - began > order.timeout) { finish(now, 1); return; }
  int waits = incomplete > 0 || churn.open > 0 || (order.cold && established_count < client_count);
  if (waits) return;
  double since = world.sums.last_update > completed ? world.sums.last_update : completed;
  if (since < began) since = began;
  if (now - since >= order.quiet) finish(now, 0);
}

static void kept(void) {
  printf("{\"base\":\"%p\",\"chunk\":%d,\"clients\":[", (void *)pool_chunk(0), CHUNK);
  for (uint32_t i = 0; i < client_count; i++) {
    printf("%s[", i ? "," : "");
    for (uint32_t piece = 0; piece < clients[i].piece_count; piece++)
      printf("%s%u,%u", piece ? "," : "", clients[i].pieces[piece].chunk, clients[i].pieces[piece].used);
    printf("]");
  }
  printf("]}\n");
  fflush(stdout);
}

static void unthrottle(void) {
  for (uint32_t i = 0; i < client_count; i++) {
    if (clients[i].rate == 0) continue;
    clients[i].rate = 0;
    if (clients[i].state == ESTABLISHED) client_listen(&world, &clients[i]);
  }
}

static void command(char *line) {
  uint32_t a;
  unsigned long long b, c;
  if (sscanf(line, "connect %u", &a) == 1) in_flight = a;
  else if (sscanf(line, "timeout %lf", &order.timeout) == 1) return;
  else if (sscanf(line, "quiet %lf", &order.quiet) == 1) return;
  else if (!strcmp(line, "cold")) order.cold = 1;
  else if (!strcmp(line, "keep")) order.keep = 1;
  else if (!strcmp(line, "unthrottle")) unthrottle();
  else if (sscanf(line, "leave %u", &a) == 1) order.leave = a;
  else if (sscanf(line, "churn %lf %llu %u", &order.rate, &b, &a) == 3) { order.changes_at = b; order.changes = a; }
  else if (sscanf(line, "stream %u %llu %llu", &a, &b, &c) == 3) {
    stream_of[client_at(a)->index] = in_streams(b, c);
    stream_length_of[a] = c;
  }
  else if (sscanf(line, "expect %u %llu %llu", &a, &b, &c) == 3) {
    client_at(a)->want_reach = b;
    client_at(a)->want_unreach = c;
  }
  else if (!strcmp(line, "go")) begin();
  else if (!strcmp(line, "kept")) kept();
  else if (!strcmp(line, "quit")) exit(0);
  else fail("not understood:", line);
}

/* Commands wait while a step is running; who gives them has gone when there are no more. */
static void commands(void) {
  static char text[LINE];
  static size_t length;
  ssize_t got = read(0, text + length, sizeof text - 1 - length);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) exit(0);
  length += got;
  text[length] = 0;
  char *at = text;
  for (char *end; (end = strchr(at, '\n')); at = end + 1) {
    *end = 0;
    command(at);
  }
  length -= at - text;
  memmove(text, at, length + 1);
}

static void slow_reads(double now) {
  for (uint32_t i = 0; i < client_count; i++) {
    struct client *client = &clients[i];
    if (client->rate == 0 || client->state != ESTABLISHED || client->read_until > now) continue;
    client->read_until = now + SLOW_TICK;
    client_read(&world, client, client->rate * SLOW_TICK);
  }
}

static void keep_alive(double now) {
  static double due;
  if (now < due) return;
  due = now + hold / 3;
  for (uint32_t i = 0; i < client_count; i++) client_keepalive(&world, &clients[i]);
}

/* RFC 4271 section 6.5, from the other side: who is silent for the hold time has failed. */
static void listen_for_silence(double now) {
  for (uint32_t i = 0; i < client_count; i++) {
    struct client *client = &clients[i];
    if (client->state != ESTABLISHED || client->rate > 0) continue;
    double silence = now - client->heard_at;
    if (silence > longest_silence) longest_silence = silence;
    if (silence > hold) client_fails(client, "hold timer expired, seconds", (int)silence, 0);
  }
}

int main(int count, char **words) {
  if (count != 2) { fputs("usage: load PLAN\n", stderr); return 2; }
  world.poll = epoll_create1(0);
  world.moved = moved;
  world.established = established;
  world.counted = counted;
  order = NOTHING_ORDERED;
  read_plan(words[1]);
  timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  struct epoll_event on_timer = { .events = EPOLLIN, .data.ptr = &timer };
  struct epoll_event on_command = { .events = EPOLLIN, .data.ptr = &order };
  epoll_ctl(world.poll, EPOLL_CTL_ADD, timer, &on_timer);
  epoll_ctl(world.poll, EPOLL_CTL_ADD, 0, &on_command);
  fcntl(0, F_SETFL, fcntl(0, F_GETFL) | O_NONBLOCK);

  double looked = 0;
  for (;;) {
    struct epoll_event events[EVENTS];
    int ready = epoll_wait(world.poll, events, EVENTS, (int)(TICK * 1000));
    double now = now_seconds();
    for (int i = 0; i < ready; i++) {
      void *what = events[i].data.ptr;
      if (what == &timer) change(now);
      else if (what == &order) commands();
      else client_event(&world, what, events[i].events);
    }
    if (now - looked < TICK) continue;
    looked = now;
    connect_more(now);
    slow_reads(now);
    keep_alive(now);
    listen_for_silence(now_seconds());
    look(now_seconds());
  }
}
