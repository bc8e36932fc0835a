// Timing and inputs, shared by the floors: medians of seven repeats of 50 ms or more after a warm-up, one JSON line each.
#pragma once
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static inline double seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + 1e-9 * t.tv_nsec;
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double run(void (*f)(void), long calls) {
  double start = seconds();
  for (long i = 0; i < calls; i++) f();
  return seconds() - start;
}

static void measure(const char *name, const char *mode, int threads, void (*f)(void)) {
  enum { repeats = 7 };
  double took[repeats];
  long calls = 1;
  for (double start = seconds(); seconds() - start < .1;) f();
  for (double d; (d = run(f, calls)) < .05;) calls = d < .006 ? calls * 4 : (long)(calls * 1.1 * .05 / d) + 1;
  for (int i = 0; i < repeats; i++) took[i] = run(f, calls) / calls;
  qsort(took, repeats, sizeof *took, ascending);
  printf("{\"case\":\"%s\",\"mode\":\"%s\",\"precision\":\"float\",\"threads\":%d,\"microseconds\":%.5g}\n", name, mode, threads,
         took[repeats / 2] * 1e6);
  fflush(stdout);
}

// Evenly distributed in ±limit; the same numbers every time (splitmix64).
static float drawn(float limit) {
  static uint64_t state = 42;
  uint64_t z = (state += 0x9E3779B97F4A7C15u);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return ((float)((z ^ (z >> 31)) >> 40) * 0x1p-23f - 1) * limit;
}

static void draw(float *to, long count, float limit) {
  for (long i = 0; i < count; i++) to[i] = drawn(limit);
}
