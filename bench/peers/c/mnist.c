// mnist-100-b64: 784-100-10 and mnist-512-b128: 784-512-256-10, ReLU, cross-entropy, on the same tiles.
#include <string.h>
#include "cases.h"
#include "kernels.h"

static Adam S = {.lr = 1e-7f, .p1 = 1, .p2 = 1};
static AL float MX[64*784],MXf[784*64],MY[16*64];
static AL float MW1[100*784],MM1[100*784],MV1[100*784],MB1[112],MBM1[112],MBV1[112];
static AL float MW2[16*112],MM2[16*112],MV2[16*112],MB2[16],MBM2[16],MBV2[16];
static AL float MA[112*64],MAt[64*112],MD1[112*64],MO[16*64]; static float mloss;
#ifndef TM
#define TM 5
#endif
#ifndef DT1
#define DT1 5
#endif
#ifndef DN1
#define DN1 4
#endif
__attribute__((noinline)) static void m_tr(void){ for(int f=0;f<49;f++)for(int b=0;b<4;b++)tr16(MX+b*16*784+f*16,784,MXf+f*16*64+b*16,64,16); }
__attribute__((noinline)) static void m_fwd1(void){ mm(100,TM,4,784,MW1,784,1,MXf,64,E_RELU,MB1,0,0,MA,64); }
__attribute__((noinline)) static void m_mid(V a,V e){
  mm(10,5,4,100,MW2,112,1,MA,64,E_ID,MB2,0,0,MO,64);
  mloss=hsum(softmax_ce(10,4,MO,64,MY,64,1.f/64))/64;
  mm(100,5,4,10,MW2,1,112,MO,64,E_DRELU,0,MA,64,MD1,64);
  for(int f=0;f<7;f++)for(int b=0;b<4;b++)tr16(MA+f*16*64+b*16,64,MAt+b*16*112+f*16,112,16);
  dw(10,5,4,64,MO,64,1,MAt,112,MW2,MM2,MV2,112,a,e,0); dw(10,5,3,64,MO,64,1,MAt+64,112,MW2+64,MM2+64,MV2+64,112,a,e,0);
  db(10,4,MO,64,MB2,MBM2,MBV2,a,e); db(100,4,MD1,64,MB1,MBM1,MBV1,a,e);
}
__attribute__((noinline)) static void m_dw1(V a,V e){
  int j=0;
#pragma GCC unroll 1
  for(;j+DN1<=49;j+=DN1) dw(100,DT1,DN1,64,MD1,64,1,MX+j*16,784,MW1+j*16,MM1+j*16,MV1+j*16,784,a,e,1);
  if(49%DN1) dw(100,DT1,49%DN1,64,MD1,64,1,MX+j*16,784,MW1+j*16,MM1+j*16,MV1+j*16,784,a,e,1);
}
static void mnist_step(void){ adam_next(&S); V a=S1(S.a),e=S1(S.e); m_tr(); m_fwd1(); m_mid(a,e); m_dw1(a,e); }

// ---- 784-512-256-10, batch 128
#define BB 128
static AL float NX[BB*784],NXf[784*BB],NY[16*BB];
static AL float NW1[512*784],NM1[512*784],NV1[512*784],NB1[512],NBM1[512],NBV1[512];
static AL float NW2[256*512],NM2[256*512],NV2[256*512],NB2[256],NBM2[256],NBV2[256];
static AL float NW3[16*256],NM3[16*256],NV3[16*256],NB3[16],NBM3[16],NBV3[16];
static AL float NA1[512*BB],NA1t[BB*512],NA2[256*BB],NA2t[BB*256],ND1[512*BB],ND2[256*BB],NO[16*BB]; static float nloss;
AI void trm(const float*s,int lds,int F,float*d,int ldd,int B){ for(int f=0;f<F;f+=16)for(int b=0;b<B;b+=16)tr16(s+f*lds+b,lds,d+b*ldd+f,ldd,16); }
__attribute__((noinline)) static void n_tr(void){ trm(NX,784,BB,NXf,BB,784); }
__attribute__((noinline)) static void n_f1(void){ for(int h=0;h<BB;h+=64) mm(512,5,4,784,NW1,784,1,NXf+h,BB,E_RELU,NB1,0,0,NA1+h,BB); }
__attribute__((noinline)) static void n_f2(void){ for(int h=0;h<BB;h+=64) mm(256,5,4,512,NW2,512,1,NA1+h,BB,E_RELU,NB2,0,0,NA2+h,BB); }
__attribute__((noinline)) static void n_f3(V a,V e){ for(int h=0;h<BB;h+=64) mm(10,5,4,256,NW3,256,1,NA2+h,BB,E_ID,NB3,0,0,NO+h,BB);
  nloss=hsum(softmax_ce(10,8,NO,BB,NY,BB,1.f/BB))/BB;
  for(int h=0;h<BB;h+=64) mm(256,5,4,10,NW3,1,256,NO+h,BB,E_DRELU,0,NA2+h,BB,ND2+h,BB);
  trm(NA2,BB,256,NA2t,256,BB);
  for(int j=0;j<256;j+=64) dw(10,5,4,BB,NO,BB,1,NA2t+j,256,NW3+j,NM3+j,NV3+j,256,a,e,0);
  db(10,8,NO,BB,NB3,NBM3,NBV3,a,e); }
__attribute__((noinline)) static void n_x1(void){ for(int h=0;h<BB;h+=64) mm(512,5,4,256,NW2,1,512,ND2+h,BB,E_DRELU,0,NA1+h,BB,ND1+h,BB); trm(NA1,BB,512,NA1t,512,BB); }
__attribute__((noinline)) static void n_w2(V a,V e){ for(int j=0;j<512;j+=64) dw(256,5,4,BB,ND2,BB,1,NA1t+j,512,NW2+j,NM2+j,NV2+j,512,a,e,1); db(256,8,ND2,BB,NB2,NBM2,NBV2,a,e); }
__attribute__((noinline)) static void n_w1(V a,V e){ int j=0;
#pragma GCC unroll 1
  for(;j+4<=49;j+=4) dw(512,5,4,BB,ND1,BB,1,NX+j*16,784,NW1+j*16,NM1+j*16,NV1+j*16,784,a,e,1);
  dw(512,8,1,BB,ND1,BB,1,NX+48*16,784,NW1+48*16,NM1+48*16,NV1+48*16,784,a,e,1); db(512,8,ND1,BB,NB1,NBM1,NBV1,a,e); }
static void n_step(void){ adam_next(&S); V a=S1(S.a),e=S1(S.e); n_tr(); n_f1(); n_f2(); n_f3(a,e); n_x1(); n_w2(a,e); n_w1(a,e); }

// ---- forward alone
__attribute__((noinline)) static void mnist_infer(void){ m_tr(); m_fwd1(); mm(10,5,4,100,MW2,112,1,MA,64,E_ID,MB2,0,0,MO,64); }
__attribute__((noinline)) static void mnist512_infer(void){ n_tr(); n_f1(); n_f2(); for(int h=0;h<BB;h+=64) mm(10,5,4,256,NW3,256,1,NA2+h,BB,E_ID,NB3,0,0,NO+h,BB); }

static void one_hot(const float *y, int batch, float *to) { for(int b=0;b<batch;b++)for(int c=0;c<10;c++)to[c*batch+b]=y[b*10+c]; }
static void load100(const float *x, const float *y) { memcpy(MX,x,sizeof MX); one_hot(y,64,MY); }
static void load512(const float *x, const float *y) { memcpy(NX,x,sizeof NX); one_hot(y,BB,NY); }
Case mnist_100 = {"mnist-100-b64",64,784,10,'c',
                  {MATRIX(MW1,MM1,100,784,784,1),BIAS(MB1,MBM1,100),MATRIX(MW2,MM2,10,100,112,1),BIAS(MB2,MBM2,10)},
                  load100,mnist_step,mnist_infer,MO,64,&mloss,&S.lr};
Case mnist_512 = {"mnist-512-b128",BB,784,10,'c',
                  {MATRIX(NW1,NM1,512,784,784,1),BIAS(NB1,NBM1,512),MATRIX(NW2,NM2,256,512,512,1),BIAS(NB2,NBM2,256),
                   MATRIX(NW3,NM3,10,256,256,1),BIAS(NB3,NBM3,10)},
                  load512,n_step,mnist512_infer,NO,BB,&nloss,&S.lr};
