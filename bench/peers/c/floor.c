// The hand-written C floor of the small reference cases.
//   floor time CASE         times it on random inputs
//   floor check CASE DIR    compares it with PyTorch's numbers in DIR, as ../reference.py writes them
// Built twice: with GRADIENT defined, it computes gradients and takes no steps.
#include "cases.h"
#include "harness.h"
#include <immintrin.h>

#ifdef GRADIENT
static Case *const cases[] = {&moons_b10, &moons_b1000, &mnist_100, &mnist_512, &deep20, &chain};
void chain_grad(void); // without the transposition
#else
static Case *const cases[] = {&moons_b10, &moons_b1000, &mnist_100, &mnist_512, &deep20};
#endif

static long sizes(const Case *c) {
  long n = 0;
  for (const Tensor *t = c->tensors; t->w; t++) n += (long)t->out * t->in;
  return n;
}

static const float *put(const Case *c, const float *from) {
  for (const Tensor *t = c->tensors; t->w; t++)
    for (int o = 0; o < t->out; o++)
      for (int i = 0; i < t->in; i++) t->w[o * t->out_stride + i * t->in_stride] = *from++;
  return from;
}

static void get(const Case *c, int gradient, float factor, float *to) {
  for (const Tensor *t = c->tensors; t->w; t++)
    for (int o = 0; o < t->out; o++)
      for (int i = 0; i < t->in; i++) *to++ = factor * (gradient ? t->m : t->w)[o * t->out_stride + i * t->in_stride];
}

static void fill(const Case *c) {
  float *x = malloc(sizeof(float) * c->batch * c->in), *y = calloc(c->batch * c->out, sizeof(float));
  draw(x, (long)c->batch * c->in, sqrtf(3));
  for (int b = 0; b < c->batch; b++)
    if (c->target == 'c') y[b * c->out + (int)((drawn(.4999f) + .5f) * c->out)] = 1;
    else
      for (int o = 0; o < c->out; o++) y[b * c->out + o] = c->target == 'b' ? drawn(1) > 0 : drawn(1);
  c->load(x, y);
  float *w = malloc(sizeof(float) * sizes(c)), *p = w;
  for (const Tensor *t = c->tensors; t->w; t++) {
    long n = (long)t->out * t->in;
    draw(p, n, t->in > 1 ? 1 / sqrtf(t->in) : .1f);
    p += n;
  }
  put(c, w);
}

static float *read_all(const char *dir, const char *name, const char *kind, long count) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s.%s", dir, name, kind);
  FILE *file = fopen(path, "rb");
  float *data = malloc(sizeof(float) * count);
  if (!file || fread(data, sizeof(float), count, file) != (size_t)count) {
    fprintf(stderr, "error: %s: expected %ld numbers\n", path, count);
    exit(2);
  }
  fclose(file);
  return data;
}

static int differs(const Case *c, const char *what, const float *got, const float *expected, long n, double tolerance) {
  double error = 0, norm = 0;
  for (long i = 0; i < n; i++) {
    double d = got[i] - expected[i];
    error += d * d, norm += (double)expected[i] * expected[i];
  }
  double relative = sqrt(error / norm);
  printf("%-14s %-12s relative difference %.2g\n", c->name, what, relative);
  return !(relative < tolerance);
}

static int check(const Case *c, const char *dir) {
  enum { steps = 20 };
  long n = sizes(c), outputs = (long)c->batch * c->out;
  const float *data = read_all(dir, c->name, "in", (long)c->batch * c->in + outputs + n);
  const float *expected = read_all(dir, c->name, "out", outputs + n + steps + n);
  const float *y = data + (long)c->batch * c->in;
  float *got = malloc(sizeof(float) * (n + outputs)), losses[steps];
  int failed = 0;

  c->load(data, y);
  put(c, y + outputs);
  c->infer();
  for (int b = 0; b < c->batch; b++)
    for (int o = 0; o < c->out; o++) got[b * c->out + o] = c->prediction[o * c->prediction_stride + b];
  failed |= differs(c, "predictions", got, expected, outputs, 1e-5);
#ifdef GRADIENT
  c->step();
  losses[0] = *c->loss;
  get(c, 1, 1, got);
  failed |= differs(c, "gradient", got, expected + outputs, n, 1e-5) | differs(c, "loss", losses, expected + outputs + n, 1, 1e-5);
#else
  *c->rate = 1e-3f;
  for (int s = 0; s < steps; s++) {
    c->step();
    losses[s] = *c->loss;
    if (s == 0) {
      get(c, 1, 10, got); // m = g/10 after the first step
      failed |= differs(c, "gradient", got, expected + outputs, n, 1e-5);
    }
  }
  get(c, 0, 1, got);
  failed |= differs(c, "losses", losses, expected + outputs + n, steps, 1e-4);
  // Adam takes whole steps on gradients that are all but zero, whose rounding errors are as large as they are.
  failed |= differs(c, "parameters", got, expected + outputs + n + steps, n, 1e-2);
#endif
  return failed;
}

int main(int count, char **arguments) {
  _MM_SET_FLUSH_ZERO_MODE(_MM_FLUSH_ZERO_ON);
  for (unsigned i = 0; count > 2 && i < sizeof cases / sizeof *cases; i++) {
    Case *c = cases[i];
    if (strcmp(arguments[2], c->name)) continue;
    if (count == 4 && !strcmp(arguments[1], "check")) return check(c, arguments[3]);
    fill(c);
#ifdef GRADIENT
    measure(c->name, "gradient", 1, c->step);
    if (c == &chain) {
      measure("chain-b200, x feature-major", "gradient", 1, chain_grad);
      measure(c->name, "inference", 1, c->infer);
    }
#else
    measure(c->name, "step", 1, c->step);
    measure(c->name, "inference", 1, c->infer);
#endif
    return 0;
  }
  return 0; // a case that the floor does not have
}
