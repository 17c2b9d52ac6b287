/* What the parts of the loader of scripts/bench/kestrel share; flood.c says what it does. */
#ifndef FLOOD_H
#define FLOOD_H

#include <stddef.h>
#include <stdint.h>

enum protocol { KESTREL, MEMCACHED, BEANSTALK, REDIS };
enum mode { MODE_SET, MODE_GET, MODE_PAIR, MODE_WAIT };
enum op { OP_SET, OP_GET, OP_DELETE };
enum reply { REPLY_MORE, REPLY_STORED, REPLY_REFUSED, REPLY_VALUE, REPLY_EMPTY, REPLY_DELETED };

struct options {
  enum protocol protocol;
  enum mode mode;
  const char *host, *queue;
  long port, connections, sources, in_flight, queues;
  /* Sets (or pairs, or gets); 0: no end but --seconds, or an empty queue. */
  long count;
  double seconds;
  /* Bytes of a value; a value that is read may also have also_bytes. */
  long bytes, also_bytes;
  /* The number in the first value set. */
  long base;
  long wait_ms;
};

/* A first-in first-out byte buffer: what is held lies in [start, end). */
struct buffer {
  char *bytes;
  size_t start, end, room;
};

struct value {
  const char *bytes;
  size_t length;
  /* beanstalkd's job id, for the delete. */
  unsigned long long id;
};

extern struct options options;

void die(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
/* Makes room for `more` bytes after what is held. */
void reserve(struct buffer *buffer, size_t more);

/* flood-wire.c: the protocols. `queue` is the number of the queue, or for memcached of the key. */
void put_set(struct buffer *out, long queue, long number);
void put_get(struct buffer *out, long queue);
void put_delete(struct buffer *out, unsigned long long id);
/* The first answer in the buffer, taken out of it; REPLY_MORE leaves it. The value lies in the buffer until more is read. */
enum reply take_reply(struct buffer *in, enum op op, struct value *value);

/* flood-tally.c: the numbers that came back, and the latencies. */
void tally_open(void);
/* The number of a value; -1 when it is no value that was ever set. */
long number_of(const struct value *value);
void tally_value(long number);
void tally_latency(enum op op, double seconds);
void tally_print(double seconds);

/* The text that every value has after its number. */
extern const char *filler;

struct tally {
  long sets, refused, gets, empty, distinct, duplicates, strange, disorder, lowest, highest;
};
extern struct tally tally;

#define NUMBER_DIGITS 16

#endif
