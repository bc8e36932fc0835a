// chain-b200: 24-8-2, tanh, mean squared error. 200 samples are 12.5 registers; weight gradients sum over lanes. Gradient alone:
// the case has no step. x arrives sample-major and is transposed each time.
#include <string.h>
#include "cases.h"
#include "kernels.h"

static AL float cX[208*24+16], cXf[32*208], cY[2*208], cw1[8*24],cb1[16],cw2[2*8],cb2[16];
static AL float ch[8*208],cd1[8*208],cd2[2*208]; static AL float cg[8*24+8+16+2+64]; static float closs;
static AL float cp[2*208];
__attribute__((noinline)) static void chain_transpose(void){ // sample-major -> feature-major
  for(int b=0;b<12;b++){ tr16(cX+b*16*24,24,cXf+b*16,208,16); tr16(cX+b*16*24+16,24,cXf+16*208+b*16,208,8); }
  tr16(cX+192*24,24,cXf+192,208,16); tr16(cX+192*24+16,24,cXf+16*208+192,208,8);
}
AI void chain_blk(const int NB,const int b,V*L,const __mmask16 last){
  V c[24];
  U32 for(int t=0;t<8;t++)U32 for(int n=0;n<NB;n++)c[t*NB+n]=S1(cb1[t]);
#pragma GCC unroll 2
  for(int k=0;k<24;k++){ V x[3]; U32 for(int n=0;n<NB;n++)x[n]=LD(cXf+k*208+b+16*n);
    U32 for(int t=0;t<8;t++){V w=S1(cw1[t*24+k]);U32 for(int n=0;n<NB;n++)c[t*NB+n]=FMA(w,x[n],c[t*NB+n]);} }
  U32 for(int n=0;n<NB;n++){
    V h[8],o0=S1(cb2[0]),o1=S1(cb2[1]);
    U32 for(int t=0;t<8;t++){h[t]=tanh_v(c[t*NB+n]); ST(ch+t*208+b+16*n,h[t]); o0=FMA(S1(cw2[t]),h[t],o0); o1=FMA(S1(cw2[8+t]),h[t],o1);}
    V e0=SUB(o0,LD(cY+b+16*n)),e1=SUB(o1,LD(cY+208+b+16*n));
    if(last!=0xffff){e0=_mm512_maskz_mov_ps(last,e0);e1=_mm512_maskz_mov_ps(last,e1);}
    *L=FMA(e0,e0,FMA(e1,e1,*L));
    e0=MUL(e0,S1(2.f/400));e1=MUL(e1,S1(2.f/400));
    ST(cd2+b+16*n,e0);ST(cd2+208+b+16*n,e1);
    U32 for(int t=0;t<8;t++){V d=FMA(S1(cw2[t]),e0,MUL(S1(cw2[8+t]),e1)); ST(cd1+t*208+b+16*n,FNMA(MUL(h[t],h[t]),d,d));}
  }
}
__attribute__((noinline)) void chain_grad(void){
  V L=_mm512_setzero_ps();
#pragma GCC unroll 1
  for(int b=0;b<192;b+=48) chain_blk(3,b,&L,0xffff);
  chain_blk(1,192,&L,0xff);
  closs=hsum(L)/400;
  // dW1[8][24]: 12 tiles of 4x4 -> reduce16 -> order: tile of 4 outs x 4 ins
#pragma GCC unroll 1
  for(int i=0;i<24;i+=4) for(int o=0;o<8;o+=4){ V c[16];
    U32 for(int q=0;q<16;q++)c[q]=_mm512_setzero_ps();
#pragma GCC unroll 1
    for(int b=0;b<208;b+=16){ V x[4]; U32 for(int j=0;j<4;j++)x[j]=LD(cXf+(i+j)*208+b);
      U32 for(int t=0;t<4;t++){V d=LD(cd1+(o+t)*208+b);U32 for(int j=0;j<4;j++)c[t*4+j]=FMA(d,x[j],c[t*4+j]);} }
    V g=reduce16(c);
    _mm_storeu_ps(cg+o*24+i,_mm512_castps512_ps128(g));_mm_storeu_ps(cg+(o+1)*24+i,_mm512_extractf32x4_ps(g,1));
    _mm_storeu_ps(cg+(o+2)*24+i,_mm512_extractf32x4_ps(g,2));_mm_storeu_ps(cg+(o+3)*24+i,_mm512_extractf32x4_ps(g,3)); }
  { V c[16],s[16]; U32 for(int q=0;q<16;q++)c[q]=s[q]=_mm512_setzero_ps(); // dW2 [2][8] and biases (8 + 2)
#pragma GCC unroll 1
    for(int b=0;b<208;b+=16){ V e0=LD(cd2+b),e1=LD(cd2+208+b); s[8]=ADD(s[8],e0);s[9]=ADD(s[9],e1);
      U32 for(int t=0;t<8;t++){V h=LD(ch+t*208+b); c[t]=FMA(e0,h,c[t]);c[8+t]=FMA(e1,h,c[8+t]); s[t]=ADD(s[t],LD(cd1+t*208+b));} }
    V g=reduce16(c),bb=reduce16(s);
    _mm256_storeu_ps(cg+192,_mm512_castps512_ps256(bb)); ST(cg+200,g);
    _mm_storel_pi((__m64*)(cg+216),_mm512_extractf32x4_ps(bb,2)); }
}
static void chain_step(void) { chain_transpose(); chain_grad(); }
__attribute__((noinline)) static void chain_infer(void) {
  chain_transpose();
#pragma GCC unroll 1
  for(int b=0;b<192;b+=48){ mm_t(8,3,24,cw1,24,1,cXf+b,208,E_TANH,cb1,0,0,ch+b,208); mm_t(2,3,8,cw2,8,1,ch+b,208,E_ID,cb2,0,0,cp+b,208); }
  mm_t(8,1,24,cw1,24,1,cXf+192,208,E_TANH,cb1,0,0,ch+192,208); mm_t(2,1,8,cw2,8,1,ch+192,208,E_ID,cb2,0,0,cp+192,208);
}
static void load(const float *x, const float *y) { memcpy(cX,x,sizeof(float)*4800); for(int b=0;b<200;b++){cY[b]=y[2*b];cY[208+b]=y[2*b+1];} }
Case chain = {"chain-b200",200,24,2,'v',{MATRIX(cw1,cg,8,24,24,1),BIAS(cb1,cg+192,8),MATRIX(cw2,cg+200,2,8,8,1),BIAS(cb2,cg+216,2)},
              load,chain_step,chain_infer,cp,208,&closs,0};
