// moons-b10 and moons-b1000: 2-20-40-20-1, ReLU, sigmoid, binary cross-entropy. Ten samples fit one register; a thousand run in
// chunks of 64, their weight gradients accumulated, then Adam.
#include <string.h>
#include "cases.h"
#include "kernels.h"

// ---- batch 10, padded to 16 lanes; W1 is stored [in][out]
static AL float w1[2*32],m1[2*32],v1[2*32], b1[32],bm1[32],bv1[32];          // W1 stored [in][out pad 32]
static AL float w2[40*32],m2[40*32],v2[40*32], b2[48],bm2[48],bv2[48];       // [out][in pad 32]
static AL float w3[20*48],m3[20*48],v3[20*48], b3[32],bm3[32],bv3[32];       // [out][in pad 48]
static AL float w4[32],m4[32],v4[32], b4[16],bm4[16],bv4[16];                // [1][in pad 32]
static AL float X0[32]/*[10][2]*/, Y0[16];
static AL float x1[2*16],a1[32*16],a2[48*16],a3[32*16],d4[16*16],d3[32*16],d2[48*16],d1[32*16];
static AL float a1t[16*32],a2t[16*48],a3t[16*32],d1t[16*32];
static float moons10_loss;
static Adam S = {.lr = 1e-7f, .p1 = 1, .p2 = 1};
__attribute__((noinline)) static void moons10_step(void){
  const V Z=_mm512_setzero_ps();
  adam_next(&S); V a=S1(S.a),e=S1(S.e);
  { // X [10][2] -> feature-major lanes
    V lo=LD(X0),hi=LD(X0+16);
    __m512i ie=_mm512_setr_epi32(0,2,4,6,8,10,12,14,16,18,20,22,24,26,28,30),io=_mm512_add_epi32(ie,_mm512_set1_epi32(1));
    ST(x1,_mm512_permutex2var_ps(lo,ie,hi)); ST(x1+16,_mm512_permutex2var_ps(lo,io,hi)); }
  mm(20,20,1,2, w1,1,32, x1,16, E_RELU,b1,0,0, a1,16);
  mm(40,20,1,20,w2,32,1, a1,16, E_RELU,b2,0,0, a2,16);
  mm(20,20,1,40,w3,48,1, a2,16, E_RELU,b3,0,0, a3,16);
  V z; { V c0=S1(b4[0]),c1=Z,c2=Z,c3=Z;
    U32 for(int i=0;i<20;i+=4){ c0=FMA(S1(w4[i]),LD(a3+i*16),c0);c1=FMA(S1(w4[i+1]),LD(a3+i*16+16),c1);c2=FMA(S1(w4[i+2]),LD(a3+i*16+32),c2);c3=FMA(S1(w4[i+3]),LD(a3+i*16+48),c3);}
    z=ADD(ADD(c0,c1),ADD(c2,c3)); }
  // transposes of activations (independent of the chain, let OoO overlap)
  tr16(a1,16,a1t,32,10); tr16(a1+256,16,a1t+16,32,10);
  tr16(a2,16,a2t,48,10); tr16(a2+256,16,a2t+16,48,10); tr16(a2+512,16,a2t+32,48,10);
  tr16(a3,16,a3t,32,10); tr16(a3+256,16,a3t+16,32,10);
  // sigmoid + BCE: loss = softplus(z) - y z ; D = (p-y)/10
  { V y=LD(Y0); V ez=exp_v(SUB(Z,z)); V s=ADD(S1(1.f),ez); V p=DIV(S1(1.f),s);
    V l=ADD(log_v(s),FNMA(y,z,z)); // log(1+e^-z)+z-yz
    moons10_loss=_mm512_mask_reduce_add_ps(0x3ff,l)*.1f;
    ST(d4,_mm512_maskz_mul_ps(0x3ff,SUB(p,y),S1(.1f))); }
  mm(20,20,1,1, w4,1,0, d4,16, E_DRELU,0,a3,16, d3,16);
  dw_t(1,2,10, d4,16,1, a3t,32, w4,m4,v4,32,a,e,0);
  { V g=_mm512_maskz_mov_ps(1,S1(hsum(LD(d4)))); adam_v(b4,bm4,bv4,g,a,e); }
  mm(40,20,1,20, w3,1,48, d3,16, E_DRELU,0,a2,16, d2,16);
  dw(20,5,3,10, d3,16,1, a2t,48, w3,m3,v3,48,a,e,0);
  db(20,1,d3,16,b3,bm3,bv3,a,e);
  mm(20,20,1,40, w2,1,32, d2,16, E_DRELU,0,a1,16, d1,16);
  dw(40,8,2,10, d2,16,1, a1t,32, w2,m2,v2,32,a,e,0);
  db(40,1,d2,16,b2,bm2,bv2,a,e);
  tr16(d1,16,d1t,32,10); tr16(d1+256,16,d1t+16,32,10);
  dw_t(2,2,10, x1,16,1, d1t,32, w1,m1,v1,32,a,e,0);
  db(20,1,d1,16,b1,bm1,bv1,a,e);
}

// ---- batch 1000
#define MC 64
static AL float KX[1000*2+64],KXf[2*1024],KY[1024],KP[1024];
static AL float q1[64*MC],q2[64*MC],q3[64*MC],q1t[MC*32],q2t[MC*48],q3t[MC*32],e3[48*MC],e2[64*MC],e1[48*MC],e1t[MC*32],e4[16*MC];
static AL float g1[2*32],gb1[32],g2[40*32],gb2[48],g3[20*48],gb3[32],g4[32]; static float kloss;
AI void dwacc_t(const int T,const int NV,const int K,const float*D,const long ldd,const float*At,const long lda,float*G,const long ldg){
  V c[32]; U32 for(int t=0;t<T;t++)U32 for(int n=0;n<NV;n++)c[t*NV+n]=LD(G+t*ldg+16*n);
#pragma GCC unroll 2
  for(int b=0;b<K;b++){ V x[8]; U32 for(int n=0;n<NV;n++)x[n]=LD(At+b*lda+16*n); U32 for(int t=0;t<T;t++){V w=S1(D[t*ldd+b]);U32 for(int n=0;n<NV;n++)c[t*NV+n]=FMA(w,x[n],c[t*NV+n]);} }
  U32 for(int t=0;t<T;t++)U32 for(int n=0;n<NV;n++)ST(G+t*ldg+16*n,c[t*NV+n]);
}
AI void dbacc(const int O,const float*D,float*G){ for(int o=0;o<O;o+=16){V r[16];U32 for(int i=0;i<16;i++)r[i]=ADD(ADD(LD(D+(o+i)*MC),LD(D+(o+i)*MC+16)),ADD(LD(D+(o+i)*MC+32),LD(D+(o+i)*MC+48)));V g=reduce16(r);if(O-o<16)g=_mm512_maskz_mov_ps((1u<<(O-o))-1,g);ST(G+o,ADD(LD(G+o),g));} }
__attribute__((noinline)) static void moons1000_step(void){
  adam_next(&S); V a=S1(S.a),e=S1(S.e); const V Z=_mm512_setzero_ps();
  memset(g1,0,sizeof g1);memset(gb1,0,sizeof gb1);memset(g2,0,sizeof g2);memset(gb2,0,sizeof gb2);memset(g3,0,sizeof g3);memset(gb3,0,sizeof gb3);memset(g4,0,sizeof g4);
  __m512i ie=_mm512_setr_epi32(0,2,4,6,8,10,12,14,16,18,20,22,24,26,28,30),io=_mm512_add_epi32(ie,_mm512_set1_epi32(1));
  for(int i=0;i<1000;i+=16){V lo=LD(KX+2*i),hi=LD(KX+2*i+16);ST(KXf+i,_mm512_permutex2var_ps(lo,ie,hi));ST(KXf+1024+i,_mm512_permutex2var_ps(lo,io,hi));}
  V LS=Z,GB4=Z,G40=Z,G41=Z;
#pragma GCC unroll 1
  for(int b=0;b<1000;b+=MC){
    mm(20,5,4,2,w1,1,32,KXf+b,1024,E_RELU,b1,0,0,q1,MC);
    mm(40,5,4,20,w2,32,1,q1,MC,E_RELU,b2,0,0,q2,MC);
    mm(20,5,4,40,w3,48,1,q2,MC,E_RELU,b3,0,0,q3,MC);
    for(int v=0;v<4;v++)for(int f=0;f<2;f++){tr16(q1+f*16*MC+v*16,MC,q1t+v*16*32+f*16,32,16);tr16(q3+f*16*MC+v*16,MC,q3t+v*16*32+f*16,32,16);}
    for(int v=0;v<4;v++)for(int f=0;f<3;f++)tr16(q2+f*16*MC+v*16,MC,q2t+v*16*48+f*16,48,16);
    mm_t(1,4,20,w4,0,1,q3,MC,E_ID,b4,0,0,e4,MC);
    U32 for(int v=0;v<4;v++){ int left=1000-b-16*v; __mmask16 k=left>=16?0xffff:left<=0?0:(1u<<left)-1; V z=LD(e4+16*v),y=LD(KY+b+16*v); V s=ADD(S1(1.f),exp_v(SUB(Z,z)));
      LS=_mm512_mask_add_ps(LS,k,LS,ADD(log_v(s),FNMA(y,z,z))); V d=_mm512_maskz_mul_ps(k,SUB(DIV(S1(1.f),s),y),S1(.001f)); ST(e4+16*v,d); GB4=ADD(GB4,d); }
    mm(20,5,4,1,w4,1,0,e4,MC,E_DRELU,0,q3,MC,e3,MC);
    { V c0=G40,c1=G41,c2=Z,c3=Z; for(int s=0;s<64;s+=2){ V x=S1(e4[s]),x2=S1(e4[s+1]); c0=FMA(x,LD(q3t+s*32),c0);c1=FMA(x,LD(q3t+s*32+16),c1);c2=FMA(x2,LD(q3t+s*32+32),c2);c3=FMA(x2,LD(q3t+s*32+48),c3);} G40=ADD(c0,c2);G41=ADD(c1,c3); }
    mm(40,5,4,20,w3,1,48,e3,MC,E_DRELU,0,q2,MC,e2,MC);
    mm(20,5,4,40,w2,1,32,e2,MC,E_DRELU,0,q1,MC,e1,MC);
    for(int o=0;o<20;o+=5)dwacc_t(5,3,64,e3+o*MC,MC,q2t,48,g3+o*48,48);
    for(int o=0;o<40;o+=8)dwacc_t(8,2,64,e2+o*MC,MC,q1t,32,g2+o*32,32);
    for(int v=0;v<4;v++)for(int f=0;f<2;f++)tr16(e1+f*16*MC+v*16,MC,e1t+v*16*32+f*16,32,16);
    dwacc_t(2,2,64,KXf+b,1024,e1t,32,g1,32);
    dbacc(20,e3,gb3);dbacc(40,e2,gb2);dbacc(20,e1,gb1);
  }
  kloss=hsum(LS)*.001f; ST(g4,G40);ST(g4+16,G41);
  for(int i=0;i<64;i+=16)adam_v(w1+i,m1+i,v1+i,LD(g1+i),a,e);
  for(int i=0;i<1280;i+=16)adam_v(w2+i,m2+i,v2+i,LD(g2+i),a,e);
  for(int i=0;i<960;i+=16)adam_v(w3+i,m3+i,v3+i,LD(g3+i),a,e);
  for(int i=0;i<32;i+=16){adam_v(w4+i,m4+i,v4+i,LD(g4+i),a,e);adam_v(b1+i,bm1+i,bv1+i,LD(gb1+i),a,e);adam_v(b3+i,bm3+i,bv3+i,LD(gb3+i),a,e);}
  for(int i=0;i<48;i+=16)adam_v(b2+i,bm2+i,bv2+i,LD(gb2+i),a,e);
  adam_v(b4,bm4,bv4,_mm512_maskz_mov_ps(1,S1(hsum(GB4))),a,e);
}

// ---- forward alone
__attribute__((noinline)) static void moons10_infer(void){ V lo=LD(X0),hi=LD(X0+16);
  __m512i ie=_mm512_setr_epi32(0,2,4,6,8,10,12,14,16,18,20,22,24,26,28,30),io=_mm512_add_epi32(ie,_mm512_set1_epi32(1));
  ST(x1,_mm512_permutex2var_ps(lo,ie,hi)); ST(x1+16,_mm512_permutex2var_ps(lo,io,hi));
  mm(20,20,1,2, w1,1,32, x1,16, E_RELU,b1,0,0, a1,16); mm(40,20,1,20,w2,32,1, a1,16, E_RELU,b2,0,0, a2,16); mm(20,20,1,40,w3,48,1, a2,16, E_RELU,b3,0,0, a3,16);
  mm_t(1,1,20,w4,0,1,a3,16,E_ID,b4,0,0,d4,16); V s=ADD(S1(1.f),exp_v(SUB(_mm512_setzero_ps(),LD(d4)))); ST(d4,DIV(S1(1.f),s)); }
__attribute__((noinline)) static void moons1000_infer(void){ __m512i ie=_mm512_setr_epi32(0,2,4,6,8,10,12,14,16,18,20,22,24,26,28,30),io=_mm512_add_epi32(ie,_mm512_set1_epi32(1));
  for(int i=0;i<1000;i+=16){V lo=LD(KX+2*i),hi=LD(KX+2*i+16);ST(KXf+i,_mm512_permutex2var_ps(lo,ie,hi));ST(KXf+1024+i,_mm512_permutex2var_ps(lo,io,hi));}
#pragma GCC unroll 1
  for(int b=0;b<1000;b+=MC){ mm(20,5,4,2,w1,1,32,KXf+b,1024,E_RELU,b1,0,0,q1,MC); mm(40,5,4,20,w2,32,1,q1,MC,E_RELU,b2,0,0,q2,MC); mm(20,5,4,40,w3,48,1,q2,MC,E_RELU,b3,0,0,q3,MC); mm_t(1,4,20,w4,0,1,q3,MC,E_ID,b4,0,0,e4,MC);
    U32 for(int v=0;v<4;v++)ST(KP+b+16*v,DIV(S1(1.f),ADD(S1(1.f),exp_v(SUB(_mm512_setzero_ps(),LD(e4+16*v)))))); } }

#define MOONS {MATRIX(w1,m1,20,2,1,32),BIAS(b1,bm1,20),MATRIX(w2,m2,40,20,32,1),BIAS(b2,bm2,40),\
               MATRIX(w3,m3,20,40,48,1),BIAS(b3,bm3,20),MATRIX(w4,m4,1,20,32,1),BIAS(b4,bm4,1)}
static void load10(const float *x, const float *y) { memcpy(X0,x,sizeof(float)*20); memcpy(Y0,y,sizeof(float)*10); }
static void load1000(const float *x, const float *y) { memcpy(KX,x,sizeof(float)*2000); memcpy(KY,y,sizeof(float)*1000); }
Case moons_b10 = {"moons-b10",10,2,1,'b',MOONS,load10,moons10_step,moons10_infer,d4,16,&moons10_loss,&S.lr};
Case moons_b1000 = {"moons-b1000",1000,2,1,'b',MOONS,load1000,moons1000_step,moons1000_infer,KP,1024,&kloss,&S.lr};
