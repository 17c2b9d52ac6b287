/*
 * The loader of scripts/bench/kestrel: one thread, epoll, many connections, a fixed number of requests in flight on each. Every value
 * carries a number and a known text, and what comes back is checked: nothing else, nothing twice. Prints one line of JSON.
 *
 *   cc -O2 -o flood flood.c flood-wire.c flood-tally.c
 *   flood --protocol kestrel|memcached|beanstalk|redis --port N --mode set|get|pair|wait [--host A] [--queue NAME] [--queues N]
 *         [--connections N] [--sources N] [--in-flight N] [--count N] [--seconds S] [--bytes N] [--also-bytes N] [--base N] [--wait-ms N]
 *
 * set: `count` values, numbered from `base`. get: `count` values, or until the queue is empty (of several queues: `count` gets, in turn).
 * pair: each connection sets one and then gets one (beanstalkd: reserves and deletes it). wait: each connection sends one get that waits;
 * says "waiting" when all are sent. Value number n goes to queue n % queues. SIGTERM, like --seconds, ends the sets; what is in flight is waited for.
 */
#include "flood.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define READ_BYTES_MIN 2048
#define EVENTS_MAX 1024
/* A server that says nothing for so long is broken. */
#define STALL_MS 120000

struct options options = {.host = "127.0.0.1",
                          .queue = "flood",
                          .connections = 1,
                          .sources = 1,
                          .in_flight = 1,
                          .queues = 1,
                          .bytes = 1024};

struct request {
  enum op op;
  /* The number set; of a memcached get the number to come back, of a wait the queue. */
  long number;
  double sent_at;
};

struct link {
  int fd, watches_write;
  long index;
  struct buffer in, out;
  struct request *ring;
  unsigned long asked, answered;
  /* In mode pair: the set before was this one's, now its get is due. */
  int get_due;
  long last_number;
};

static struct link *links;
static size_t ring_size;
static int poller;
static long sets_sent, gets_sent, in_flight_total;
static int queue_empty;
static double begin_at;
static volatile sig_atomic_t told_to_end;

void die(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fprintf(stderr, "flood: ");
  vfprintf(stderr, format, arguments);
  fprintf(stderr, "\n");
  exit(1);
}

void reserve(struct buffer *buffer, size_t more) {
  if (buffer->start == buffer->end) buffer->start = buffer->end = 0;
  if (buffer->room - buffer->end >= more) return;
  memmove(buffer->bytes, buffer->bytes + buffer->start, buffer->end - buffer->start);
  buffer->end -= buffer->start;
  buffer->start = 0;
  if (buffer->room - buffer->end >= more) return;
  buffer->room = buffer->end + more;
  buffer->bytes = realloc(buffer->bytes, buffer->room);
  if (buffer->bytes == NULL) die("no memory");
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static void on_end(int signal) {
  (void)signal;
  told_to_end = 1;
}

static int may_set(void) {
  if (told_to_end || (options.count > 0 && sets_sent >= options.count)) return 0;
  return options.seconds == 0 || now() - begin_at < options.seconds;
}

static int may_get(void) { return !told_to_end && !queue_empty && (options.count == 0 || gets_sent < options.count); }

static void ask(struct link *link, enum op op, long number) {
  link->ring[link->asked++ % ring_size] = (struct request){op, number, now()};
  in_flight_total++;
}

static void ask_set(struct link *link) {
  long number = options.base + sets_sent++;
  link->last_number = number;
  put_set(&link->out, options.protocol == MEMCACHED ? link->index : number % options.queues, number);
  ask(link, OP_SET, number);
}

static void ask_get(struct link *link, long queue) {
  gets_sent++;
  put_get(&link->out, options.protocol == MEMCACHED ? link->index : queue);
  ask(link, OP_GET, options.mode == MODE_WAIT ? queue : link->last_number);
}

/* Whether a further request was put into the link's buffer. */
static int ask_next(struct link *link) {
  switch (options.mode) {
    case MODE_SET:
      if (!may_set()) return 0;
      ask_set(link);
      return 1;
    case MODE_GET:
      if (!may_get()) return 0;
      ask_get(link, gets_sent % options.queues);
      return 1;
    case MODE_PAIR:
      if (!link->get_due && !may_set()) return 0;
      if (link->get_due) ask_get(link, link->last_number % options.queues);
      else ask_set(link);
      link->get_due = !link->get_due;
      return 1;
    case MODE_WAIT:
      if (link->asked > 0) return 0;
      ask_get(link, link->index % options.queues);
      return 1;
  }
  return 0;
}

static void watch_write(struct link *link, int on) {
  if (link->watches_write == on) return;
  struct epoll_event event = {.events = on ? EPOLLIN | EPOLLOUT : EPOLLIN, .data.ptr = link};
  if (epoll_ctl(poller, EPOLL_CTL_MOD, link->fd, &event) != 0) die("epoll_ctl: %s", strerror(errno));
  link->watches_write = on;
}

static void flush(struct link *link) {
  struct buffer *out = &link->out;
  while (out->start < out->end) {
    ssize_t n = write(link->fd, out->bytes + out->start, out->end - out->start);
    if (n < 0 && errno == EAGAIN) break;
    if (n < 0) die("write: %s", strerror(errno));
    out->start += n;
  }
  watch_write(link, out->start < out->end);
}

static void pump(struct link *link) {
  while ((long)(link->asked - link->answered) < options.in_flight && ask_next(link)) continue;
  flush(link);
}

static void take_got(struct link *link, const struct request *request, const struct value *value) {
  long number = number_of(value);
  tally.gets++;
  /* A key of memcached holds what this link set last; a waiter gets what was set on its queue. */
  if (options.protocol == MEMCACHED && number != request->number) number = -1;
  if (options.mode == MODE_WAIT && number >= 0 && number % options.queues != request->number) number = -1;
  tally_value(number);
  if (options.protocol != BEANSTALK) return;
  put_delete(&link->out, value->id);
  ask(link, OP_DELETE, 0);
}

static void take_answers(struct link *link) {
  struct value value;
  while (link->answered != link->asked) {
    struct request request = link->ring[link->answered % ring_size];
    enum reply reply = take_reply(&link->in, request.op, &value);
    if (reply == REPLY_MORE) return;
    link->answered++;
    in_flight_total--;
    if (request.op != OP_DELETE) tally_latency(request.op, now() - request.sent_at);
    if (reply == REPLY_STORED) tally.sets++;
    if (reply == REPLY_REFUSED) tally.refused++;
    if (reply == REPLY_VALUE) take_got(link, &request, &value);
    if (reply != REPLY_EMPTY) continue;
    tally.empty++;
    queue_empty = options.queues == 1;
  }
  if (link->in.start != link->in.end) die("an answer that nobody asked for");
}

static void on_readable(struct link *link) {
  struct buffer *in = &link->in;
  reserve(in, READ_BYTES_MIN);
  ssize_t n = read(link->fd, in->bytes + in->end, in->room - in->end);
  if (n < 0 && errno == EAGAIN) return;
  if (n < 0) die("read: %s", strerror(errno));
  if (n == 0) die("the server closed a connection");
  in->end += n;
  take_answers(link);
}

static void open_link(struct link *link, long index) {
  struct sockaddr_in source = {.sin_family = AF_INET}, target = {.sin_family = AF_INET, .sin_port = htons(options.port)};
  int yes = 1;
  link->index = index;
  link->fd = socket(AF_INET, SOCK_STREAM, 0);
  if (link->fd < 0) die("socket %ld: %s", index, strerror(errno));
  source.sin_addr.s_addr = htonl(INADDR_LOOPBACK + index % options.sources);
  if (options.sources > 1 && bind(link->fd, (struct sockaddr *)&source, sizeof source) != 0) die("bind: %s", strerror(errno));
  inet_pton(AF_INET, options.host, &target.sin_addr);
  if (connect(link->fd, (struct sockaddr *)&target, sizeof target) != 0) die("connect: %s", strerror(errno));
  setsockopt(link->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  fcntl(link->fd, F_SETFL, O_NONBLOCK);
  link->ring = calloc(ring_size, sizeof *link->ring);
  reserve(&link->in, READ_BYTES_MIN);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = link};
  if (epoll_ctl(poller, EPOLL_CTL_ADD, link->fd, &event) != 0) die("epoll_ctl: %s", strerror(errno));
}

static void run(void) {
  static struct epoll_event events[EVENTS_MAX];
  begin_at = now();
  for (long i = 0; i < options.connections; i++) pump(&links[i]);
  if (options.mode == MODE_WAIT) {
    printf("waiting\n");
    fflush(stdout);
  }
  while (in_flight_total > 0) {
    int count = epoll_wait(poller, events, EVENTS_MAX, options.mode == MODE_WAIT ? -1 : STALL_MS);
    if (count < 0 && errno == EINTR) continue;
    if (count == 0) die("no answer for %d s", STALL_MS / 1000);
    for (int i = 0; i < count; i++) {
      struct link *link = events[i].data.ptr;
      if (events[i].events & (EPOLLIN | EPOLLERR | EPOLLHUP)) on_readable(link);
      pump(link);
    }
  }
}

static long word_of(const char *flag, const char *value, const char *const *words) {
  for (long i = 0; words[i] != NULL; i++)
    if (strcmp(words[i], value) == 0) return i;
  die("%s: %s is not known", flag, value);
}

static void read_options(int argc, char **argv) {
  static const char *const protocols[] = {"kestrel", "memcached", "beanstalk", "redis", NULL};
  static const char *const modes[] = {"set", "get", "pair", "wait", NULL};
  const struct {
    const char *flag;
    long *number;
    long least;
  } numbers[] = {{"--port", &options.port, 1},           {"--connections", &options.connections, 1}, {"--sources", &options.sources, 1},
                 {"--in-flight", &options.in_flight, 1}, {"--queues", &options.queues, 1},           {"--count", &options.count, 0},
                 {"--bytes", &options.bytes, NUMBER_DIGITS}, {"--also-bytes", &options.also_bytes, NUMBER_DIGITS},
                 {"--base", &options.base, 0},           {"--wait-ms", &options.wait_ms, 0}};
  for (int i = 1; i < argc; i += 2) {
    const char *flag = argv[i], *value = argv[i + 1];
    if (value == NULL) die("%s: a value is missing", flag);
    size_t n = 0;
    while (n < sizeof numbers / sizeof *numbers && strcmp(flag, numbers[n].flag) != 0) n++;
    if (n < sizeof numbers / sizeof *numbers) {
      char *end;
      *numbers[n].number = strtol(value, &end, 10);
      if (*end != 0 || *numbers[n].number < numbers[n].least) die("%s: %s is not a number from %ld", flag, value, numbers[n].least);
    } else if (strcmp(flag, "--protocol") == 0) options.protocol = word_of(flag, value, protocols);
    else if (strcmp(flag, "--mode") == 0) options.mode = word_of(flag, value, modes);
    else if (strcmp(flag, "--host") == 0) options.host = value;
    else if (strcmp(flag, "--queue") == 0) options.queue = value;
    else if (strcmp(flag, "--seconds") == 0) options.seconds = atof(value);
    else die("%s: unknown", flag);
  }
  if (options.port == 0) die("--port is missing");
  if (strlen(options.queue) > 40) die("--queue: %s is longer than 40 bytes", options.queue);
  if (options.mode != MODE_GET && options.mode != MODE_WAIT && options.count == 0 && options.seconds == 0) die("--count or --seconds is missing");
}

static void allow_many_files(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int argc, char **argv) {
  read_options(argc, argv);
  allow_many_files();
  signal(SIGTERM, on_end);
  signal(SIGINT, on_end);
  signal(SIGPIPE, SIG_IGN);
  tally_open();
  poller = epoll_create1(0);
  links = calloc(options.connections, sizeof *links);
  /* beanstalkd's delete is asked while the reserve is answered: twice the requests in flight fit. */
  ring_size = 2 * options.in_flight;
  for (long i = 0; i < options.connections; i++) open_link(&links[i], i);
  run();
  tally_print(now() - begin_at);
  return 0;
}
