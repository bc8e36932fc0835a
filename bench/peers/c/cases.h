// What the driver needs of a case: where its parameters lie, and the functions to time.
#pragma once

// Parameter (o, i) lies at w[o*out_stride + i*in_stride], its gradient's running mean (or its gradient) at the same place of m.
typedef struct {
  float *w, *m;
  int out, in;
  long out_stride, in_stride;
} Tensor;

typedef struct {
  const char *name;
  int batch, in, out;
  char target;                                    // b: 0 or 1, c: one of `out` classes as one-hot rows, v: values
  Tensor tensors[48];                             // weight, bias, weight, bias, …; ends with w = 0
  void (*load)(const float *x, const float *y);   // x [batch][in], y [batch][out]
  void (*step)(void);                             // a training step; with GRADIENT, loss and gradients
  void (*infer)(void);
  float *prediction;                              // output o of sample b at prediction[o*prediction_stride + b]
  long prediction_stride;
  float *loss, *rate;                             // rate: Adam's learning rate; none where there is no step
} Case;

#define MATRIX(w,m,out,in,out_stride,in_stride) {w, m, out, in, out_stride, in_stride}
#define BIAS(b,m,out) {b, m, out, 1, 1, 1}
extern Case moons_b10, moons_b1000, mnist_100, mnist_512, deep20, chain;
