/* The four protocols of the loader: Kestrel and memcached (memcache text), beanstalkd, Redis (RESP). */
#include "flood.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_BYTES_MAX 512
#define NAME_BYTES_MAX 64

/* The number, then the filler; the caller has reserved the room. */
static void put_value(struct buffer *out, long number) {
  static const char digits[] = "0123456789abcdef";
  char *at = out->bytes + out->end;
  for (int i = NUMBER_DIGITS - 1; i >= 0; i--, number >>= 4) at[i] = digits[number & 15];
  memcpy(at + NUMBER_DIGITS, filler + NUMBER_DIGITS, options.bytes - NUMBER_DIGITS);
  memcpy(at + options.bytes, "\r\n", 2);
  out->end += options.bytes + 2;
}

/* The only queue has the bare name. */
static int name_of(char *name, long queue) {
  if (options.queues == 1 && options.protocol != MEMCACHED) return sprintf(name, "%s", options.queue);
  return sprintf(name, "%s-%ld", options.queue, queue);
}

void put_set(struct buffer *out, long queue, long number) {
  char name[NAME_BYTES_MAX];
  int length = name_of(name, queue);
  reserve(out, options.bytes + LINE_BYTES_MAX);
  char *at = out->bytes + out->end;
  switch (options.protocol) {
    case KESTREL:
    case MEMCACHED: out->end += sprintf(at, "set %s 0 0 %ld\r\n", name, options.bytes); break;
    case BEANSTALK: out->end += sprintf(at, "put 0 0 600 %ld\r\n", options.bytes); break;
    case REDIS:
      out->end += sprintf(at, "*3\r\n$5\r\nLPUSH\r\n$%d\r\n%s\r\n$%ld\r\n", length, name, options.bytes);
  }
  put_value(out, number);
}

void put_get(struct buffer *out, long queue) {
  char name[NAME_BYTES_MAX];
  int length = name_of(name, queue);
  reserve(out, LINE_BYTES_MAX);
  char *at = out->bytes + out->end;
  switch (options.protocol) {
    case KESTREL:
      if (options.wait_ms > 0) out->end += sprintf(at, "get %s/t=%ld\r\n", name, options.wait_ms);
      else out->end += sprintf(at, "get %s\r\n", name);
      break;
    case MEMCACHED: out->end += sprintf(at, "get %s\r\n", name); break;
    case BEANSTALK: out->end += sprintf(at, "reserve-with-timeout 0\r\n"); break;
    case REDIS: out->end += sprintf(at, "*2\r\n$4\r\nRPOP\r\n$%d\r\n%s\r\n", length, name);
  }
}

void put_delete(struct buffer *out, unsigned long long id) {
  reserve(out, LINE_BYTES_MAX);
  out->end += sprintf(out->bytes + out->end, "delete %llu\r\n", id);
}

static int begins(const char *line, const char *word) { return strncmp(line, word, strlen(word)) == 0; }

static void __attribute__((noreturn)) unexpected(const char *line, size_t length) {
  die("unexpected answer: %.*s", (int)(length > 80 ? 80 : length), line);
}

/* A value of `length` bytes after a line of `head` bytes, and `tail` bytes behind it. */
static enum reply take_value(struct buffer *in, size_t head, long length, size_t tail, struct value *value) {
  size_t whole = head + length + tail;
  if (in->end - in->start < whole) {
    reserve(in, whole - (in->end - in->start));
    return REPLY_MORE;
  }
  value->bytes = in->bytes + in->start + head;
  value->length = length;
  in->start += whole;
  return REPLY_VALUE;
}

static enum reply take_get(struct buffer *in, const char *line, size_t head, struct value *value) {
  switch (options.protocol) {
    case KESTREL:
    case MEMCACHED:
      if (begins(line, "VALUE ")) return take_value(in, head, atol(strrchr(line, ' ') + 1), 7, value);
      if (!begins(line, "END")) unexpected(line, head);
      break;
    case BEANSTALK:
      if (begins(line, "RESERVED ")) {
        value->id = strtoull(line + 9, NULL, 10);
        return take_value(in, head, atol(strrchr(line, ' ') + 1), 2, value);
      }
      if (!begins(line, "TIMED_OUT")) unexpected(line, head);
      break;
    case REDIS:
      if (line[0] != '$') unexpected(line, head);
      if (line[1] != '-') return take_value(in, head, atol(line + 1), 2, value);
  }
  in->start += head;
  return REPLY_EMPTY;
}

static enum reply take_set(const char *line, size_t head) {
  switch (options.protocol) {
    case KESTREL:
    case MEMCACHED:
      if (begins(line, "STORED")) return REPLY_STORED;
      if (begins(line, "NOT_STORED") || begins(line, "SERVER_ERROR")) return REPLY_REFUSED;
      break;
    case BEANSTALK:
      if (begins(line, "INSERTED")) return REPLY_STORED;
      if (begins(line, "BURIED") || begins(line, "OUT_OF_MEMORY") || begins(line, "DRAINING")) return REPLY_REFUSED;
      break;
    case REDIS:
      if (line[0] == ':') return REPLY_STORED;
      if (line[0] == '-') return REPLY_REFUSED;
  }
  unexpected(line, head);
}

enum reply take_reply(struct buffer *in, enum op op, struct value *value) {
  const char *begin = in->bytes + in->start;
  size_t held = in->end - in->start;
  const char *end = memchr(begin, '\n', held < LINE_BYTES_MAX ? held : LINE_BYTES_MAX);
  if (end == NULL) {
    if (held >= LINE_BYTES_MAX) unexpected(begin, held);
    return REPLY_MORE;
  }
  size_t head = end + 1 - begin;
  char line[LINE_BYTES_MAX + 1];
  memcpy(line, begin, head);
  line[head] = 0;
  if (op == OP_GET) return take_get(in, line, head, value);
  in->start += head;
  if (op == OP_SET) return take_set(line, head);
  if (!begins(line, "DELETED")) unexpected(line, head);
  return REPLY_DELETED;
}
