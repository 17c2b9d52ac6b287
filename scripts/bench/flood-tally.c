/* What came back to the loader: each number once? in which order? how late? */
#include "flood.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* Numbers from here on were never set by a benchmark. The bitmap's pages come to be as they are touched. */
#define NUMBERS_MAX (1L << 30)
/* Below 64 us each microsecond has a bucket, above each octave has 32: an error of 3 % at most. */
#define FINE 64
#define PER_OCTAVE 32
#define BUCKETS (FINE + 32 * PER_OCTAVE)

struct tally tally = {.lowest = -1, .highest = -1};
const char *filler;

static unsigned char *seen;
static long latencies[2][BUCKETS];

void tally_open(void) {
  static const char text[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ123456789";
  long most = options.bytes > options.also_bytes ? options.bytes : options.also_bytes;
  char *bytes = malloc(most);
  seen = calloc(NUMBERS_MAX / 8, 1);
  if (bytes == NULL || seen == NULL) die("no memory");
  /* 61 letters: a value that is shifted by a few bytes or pages does not look right. */
  for (long i = 0; i < most; i++) bytes[i] = text[i % (sizeof text - 1)];
  filler = bytes;
}

long number_of(const struct value *value) {
  long length = value->length, number = 0;
  if (length != options.bytes && (options.also_bytes == 0 || length != options.also_bytes)) return -1;
  for (int i = 0; i < NUMBER_DIGITS; i++) {
    int c = value->bytes[i];
    int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (digit < 0) return -1;
    number = number * 16 + digit;
  }
  int whole = memcmp(value->bytes + NUMBER_DIGITS, filler + NUMBER_DIGITS, length - NUMBER_DIGITS) == 0;
  return whole && number >= 0 && number < NUMBERS_MAX ? number : -1;
}

void tally_value(long number) {
  if (number < 0) {
    tally.strange++;
    return;
  }
  unsigned char bit = 1 << (number & 7);
  if (seen[number >> 3] & bit) tally.duplicates++;
  else tally.distinct++;
  seen[number >> 3] |= bit;
  if (number < tally.highest) tally.disorder++;
  if (number > tally.highest) tally.highest = number;
  if (tally.lowest < 0 || number < tally.lowest) tally.lowest = number;
}

void tally_latency(enum op op, double seconds) {
  uint64_t us = seconds * 1e6;
  size_t bucket = us;
  if (us >= FINE) {
    int octave = 63 - __builtin_clzll(us) - 5;
    bucket = FINE + (octave - 1) * PER_OCTAVE + (us >> octave) - PER_OCTAVE;
  }
  latencies[op == OP_SET ? 0 : 1][bucket < BUCKETS ? bucket : BUCKETS - 1]++;
}

/* [upper bound in microseconds, how many], for the buckets that hold something. */
static void print_latencies(const char *name, const long *counts) {
  printf(",\"%s\":[", name);
  const char *comma = "";
  for (long i = 0; i < BUCKETS; i++) {
    if (counts[i] == 0) continue;
    long octave = i < FINE ? 0 : (i - FINE) / PER_OCTAVE + 1;
    long upper = i < FINE ? i + 1 : ((i - FINE) % PER_OCTAVE + PER_OCTAVE + 1) << octave;
    printf("%s[%ld,%ld]", comma, upper, counts[i]);
    comma = ",";
  }
  printf("]");
}

void tally_print(double seconds) {
  struct rusage use;
  getrusage(RUSAGE_SELF, &use);
  double cpu = use.ru_utime.tv_sec + use.ru_stime.tv_sec + (use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
  printf("{\"sets\":%ld,\"refused\":%ld,\"gets\":%ld,\"empty\":%ld,\"distinct\":%ld,\"duplicates\":%ld,\"strange\":%ld", tally.sets,
         tally.refused, tally.gets, tally.empty, tally.distinct, tally.duplicates, tally.strange);
  printf(",\"disorder\":%ld,\"lowest\":%ld,\"highest\":%ld,\"seconds\":%.6f,\"loaderCpuSeconds\":%.6f", tally.disorder, tally.lowest,
         tally.highest, seconds, cpu);
  print_latencies("setLatencies", latencies[0]);
  print_latencies("getLatencies", latencies[1]);
  printf("}\n");
}
