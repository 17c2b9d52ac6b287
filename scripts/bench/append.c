/*
 * The peer of scripts/bench/pipeline: appends one 16-byte entry to each of COUNT keys of a file, on one connection, with
 * memcached's quiet meta commands and a fence after every WINDOW of them, two windows in flight. Prints appends per second
 * and how many were refused. Nothing here waits for anything but memcached: it is the ceiling.
 *
 *   append HOST PORT KEYFILE COUNT WINDOW     (keys: one a line; used in turn from the first)
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define ENTRY_BYTES 16
#define KEY_BYTES_MAX 64
#define COMMAND_BYTES_MAX (KEY_BYTES_MAX + 48)
#define WINDOWS_IN_FLIGHT 2

static void die(const char *what) {
  perror(what);
  exit(1);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static void write_all(int fd, const char *bytes, size_t length) {
  while (length > 0) {
    ssize_t n = write(fd, bytes, length);
    if (n <= 0) die("write");
    bytes += n;
    length -= n;
  }
}

/* Reads until one more fence (an "MN" line) has come; every other line is a refusal. */
static long read_fence(int fd) {
  static char buffer[65536];
  static size_t held = 0;
  long refused = 0;
  for (;;) {
    char *line = buffer;
    char *end;
    while ((end = memchr(line, '\n', buffer + held - line)) != NULL) {
      int fence = line[0] == 'M' && line[1] == 'N';
      line = end + 1;
      if (fence) {
        held -= line - buffer;
        memmove(buffer, line, held);
        return refused;
      }
      refused++;
    }
    held -= line - buffer;
    memmove(buffer, line, held);
    ssize_t n = read(fd, buffer + held, sizeof buffer - held);
    if (n <= 0) die("read");
    held += n;
  }
}

int main(int argc, char **argv) {
  if (argc != 6) {
    fprintf(stderr, "usage: append HOST PORT KEYFILE COUNT WINDOW\n");
    return 2;
  }
  long count = atol(argv[4]), window = atol(argv[5]);
  FILE *file = fopen(argv[3], "r");
  if (file == NULL) die(argv[3]);
  size_t keys = 0, room = 1024;
  char(*key)[KEY_BYTES_MAX] = malloc(room * KEY_BYTES_MAX);
  while (fscanf(file, "%63s", key[keys]) == 1)
    if (++keys == room) key = realloc(key, (room *= 2) * KEY_BYTES_MAX);
  if (keys == 0 || count < 1 || window < 1) return 2;

  int fd = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[2]))};
  inet_pton(AF_INET, argv[1], &address.sin_addr);
  if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) die("connect");
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);

  char *out = malloc(window * COMMAND_BYTES_MAX + 16);
  /* An old id: a reader of the timeline sorts it below everything a round posts. */
  static const char entry[ENTRY_BYTES] = {1, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 1};
  long sent = 0, refused = 0, in_flight = 0;
  double begin = now();
  while (sent < count || in_flight > 0) {
    if (sent < count && in_flight < WINDOWS_IN_FLIGHT) {
      size_t at = 0;
      for (long i = 0; i < window && sent < count; i++, sent++) {
        at += sprintf(out + at, "ms %s %d MA q\r\n", key[sent % keys], ENTRY_BYTES);
        memcpy(out + at, entry, ENTRY_BYTES);
        at += ENTRY_BYTES;
        out[at++] = '\r';
        out[at++] = '\n';
      }
      memcpy(out + at, "mn\r\n", 4);
      write_all(fd, out, at + 4);
      in_flight++;
      continue;
    }
    refused += read_fence(fd);
    in_flight--;
  }
  double seconds = now() - begin;
  printf("{\"appends\":%ld,\"refused\":%ld,\"seconds\":%.6f}\n", count, refused, seconds);
  return 0;
}
