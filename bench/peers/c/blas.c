// The BLAS floor of wide-b256, 1024-4096-4096-1024, ReLU, mean squared error: sgemm for the products, fused loops for the rest.
//   blas time CASE THREADS    times it on random inputs; prints nothing for another case
//   blas name                 says which kernels OpenBLAS chose
//   blas check                compares its gradient with central differences of its loss
// The library's threads come from OPENBLAS_NUM_THREADS, those of the loops from OMP_NUM_THREADS.
#include <cblas.h>
#include "harness.h"

enum { B = 256, L = 3 };
static const int size[L + 1] = {1024, 4096, 4096, 1024};
static float *W[L], *G[L], *M[L], *S[L], *bias[L], *gb[L], *mb[L], *sb[L], *A[L + 1], *D[L + 1], *Y, loss;
static const float rate = 1e-7f;
static double p1 = 1, p2 = 1;

static float *floats(long n) {
  float *p = aligned_alloc(64, (n * sizeof(float) + 63) / 64 * 64);
  memset(p, 0, n * sizeof(float));
  return p;
}

static void forward(void) {
  for (int l = 0; l < L; l++) {
    const int in = size[l], out = size[l + 1];
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, B, out, in, 1, A[l], in, W[l], out, 0, A[l + 1], out);
#pragma omp parallel for schedule(static)
    for (int r = 0; r < B; r++) {
      float *a = A[l + 1] + (long)r * out;
      if (l < L - 1)
        for (int j = 0; j < out; j++) a[j] = fmaxf(a[j] + bias[l][j], 0);
      else
        for (int j = 0; j < out; j++) a[j] += bias[l][j];
    }
  }
}

static void adam(float *w, float *m, float *s, const float *g, long n, float a, float e) {
#pragma omp parallel for simd schedule(static)
  for (long i = 0; i < n; i++) {
    m[i] += .1f * (g[i] - m[i]);
    s[i] += .001f * (g[i] * g[i] - s[i]);
    w[i] -= a * m[i] / (sqrtf(s[i]) + e);
  }
}

static void backward(int update) {
  const int last = size[L];
  const float scale = 2.f / ((float)B * last);
  p1 *= .9, p2 *= .999;
  const float c = sqrt(1 - p2), a = rate * c / (1 - p1), e = 1e-8f * c;
  double sum = 0;
#pragma omp parallel for schedule(static) reduction(+ : sum)
  for (int r = 0; r < B; r++) {
    float part = 0;
    for (int j = 0; j < last; j++) {
      float d = A[L][(long)r * last + j] - Y[(long)r * last + j];
      part += d * d;
      D[L][(long)r * last + j] = scale * d;
    }
    sum += part;
  }
  loss = sum / ((double)B * last);
  for (int l = L - 1; l >= 0; l--) {
    const int in = size[l], out = size[l + 1];
    memset(gb[l], 0, out * sizeof(float));
    for (int r = 0; r < B; r++)
      for (int j = 0; j < out; j++) gb[l][j] += D[l + 1][(long)r * out + j];
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, in, out, B, 1, A[l], in, D[l + 1], out, 0, G[l], out);
    if (l) {
      cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, B, in, out, 1, D[l + 1], out, W[l], out, 0, D[l], in);
#pragma omp parallel for simd schedule(static)
      for (long i = 0; i < (long)B * in; i++) D[l][i] = A[l][i] > 0 ? D[l][i] : 0;
    }
    if (update) {
      adam(W[l], M[l], S[l], G[l], (long)in * out, a, e);
      adam(bias[l], mb[l], sb[l], gb[l], out, a, e);
    }
  }
}

static void step(void) { forward(), backward(1); }
static void gradient(void) { forward(), backward(0); }

static int check(void) {
  double worst = 0;
  gradient();
  for (int l = 0; l < L; l++)
    for (int k = 0; k < 3; k++) {
      // Along the gradient itself, where float32 differences are largest.
      long n = (long)size[l] * size[l + 1];
      double norm = 0;
      for (long i = 0; i < n; i++) norm += (double)G[l][i] * G[l][i];
      float h = (k + 1) * 1e-3f / sqrt(norm);
      float *g = floats(n);
      memcpy(g, G[l], n * sizeof(float));
      double at[2];
      for (int side = 0; side < 2; side++) {
        for (long i = 0; i < n; i++) W[l][i] += (side ? -2 : 1) * h * g[i];
        gradient();
        at[side] = loss;
      }
      for (long i = 0; i < n; i++) W[l][i] += h * g[i];
      double error = fabs((at[0] - at[1]) / (2 * h) / norm - 1);
      if (error > worst) worst = error;
      free(g);
      gradient();
    }
  printf("wide-b256: gradient and central differences differ by %.2g of the slope\n", worst);
  return !(worst < 1e-2);
}

int main(int count, char **arguments) {
  if (count > 1 && !strcmp(arguments[1], "name")) return puts(openblas_get_corename()) < 0;
  int checks = count > 1 && !strcmp(arguments[1], "check");
  if (!checks && (count < 4 || strcmp(arguments[2], "wide-b256"))) return 0;
  for (int l = 0; l <= L; l++) A[l] = floats((long)B * size[l]), D[l] = floats((long)B * size[l]);
  for (int l = 0; l < L; l++) {
    long n = (long)size[l] * size[l + 1];
    W[l] = floats(n), G[l] = floats(n), M[l] = floats(n), S[l] = floats(n);
    bias[l] = floats(size[l + 1]), gb[l] = floats(size[l + 1]), mb[l] = floats(size[l + 1]), sb[l] = floats(size[l + 1]);
    draw(W[l], n, 1 / sqrtf(size[l])), draw(bias[l], size[l + 1], .1f);
  }
  Y = floats((long)B * size[L]);
  draw(A[0], (long)B * size[0], sqrtf(3)), draw(Y, (long)B * size[L], 1);
  if (checks) return check();
  measure("wide-b256", "step", atoi(arguments[3]), step);
  measure("wide-b256", "gradient", atoi(arguments[3]), gradient);
  measure("wide-b256", "inference", atoi(arguments[3]), forward);
  return 0;
}
