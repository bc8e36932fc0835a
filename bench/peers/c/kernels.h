// The pieces of the hand-written C floor: AVX-512 in float32, activations feature-major ([feature][sample], so that the batch fills
// the lanes), weights as [out][in]. Everything is inlined with constant sizes: one function per shape, specialised by the compiler.
// With GRADIENT defined, weight-gradient tiles store the gradient in m instead of applying Adam.
#pragma once
#include <immintrin.h>
#include <math.h>
#define AI static inline __attribute__((always_inline))
#define AL __attribute__((aligned(64)))
#define U32 _Pragma("GCC unroll 32")
typedef __m512 V;
#define S1(x) _mm512_set1_ps(x)
#define LD(p) _mm512_loadu_ps(p)
#define ST(p,v) _mm512_storeu_ps(p,v)
#define FMA _mm512_fmadd_ps
#define FNMA _mm512_fnmadd_ps
#define ADD _mm512_add_ps
#define SUB _mm512_sub_ps
#define MUL _mm512_mul_ps
#define DIV _mm512_div_ps
#define MAX _mm512_max_ps
#define MIN _mm512_min_ps

// ---- elementwise functions
AI V tanh_v(V x){ // rational minimax (Eigen's coefficients): ~2-4 ulp
  x=MAX(MIN(x,S1(7.90531110763549805f)),S1(-7.90531110763549805f));
  V x2=MUL(x,x);
  V p=FMA(x2,S1(-2.76076847742355e-16f),S1(2.00018790482477e-13f));
  p=FMA(x2,p,S1(-8.60467152213735e-11f));p=FMA(x2,p,S1(5.12229709037114e-08f));
  p=FMA(x2,p,S1(1.48572235717979e-05f));p=FMA(x2,p,S1(6.37261928875436e-04f));
  p=FMA(x2,p,S1(4.89352455891786e-03f));p=MUL(x,p);
  V q=FMA(x2,S1(1.19825839466702e-06f),S1(1.18534705686654e-04f));
  q=FMA(x2,q,S1(2.26843463243900e-03f));q=FMA(x2,q,S1(4.89352518554385e-03f));
  return DIV(p,q);
}
AI V exp_v(V x){
  x=MAX(MIN(x,S1(88.f)),S1(-87.f));
  V n=_mm512_roundscale_ps(MUL(x,S1(1.44269504088896f)),0);
  V r=FNMA(n,S1(0.693359375f),x); r=FNMA(n,S1(-2.12194440e-4f),r);
  V p=FMA(r,S1(1.9875691500E-4f),S1(1.3981999507E-3f));
  p=FMA(p,r,S1(8.3334519073E-3f));p=FMA(p,r,S1(4.1665795894E-2f));
  p=FMA(p,r,S1(1.6666665459E-1f));p=FMA(p,r,S1(5.0000001201E-1f));
  p=FMA(p,MUL(r,r),ADD(r,S1(1.f)));
  return _mm512_scalef_ps(p,n);
}
AI V log_v(V x){
  V e=_mm512_getexp_ps(x), m=_mm512_getmant_ps(x,_MM_MANT_NORM_1_2,_MM_MANT_SIGN_zero);
  __mmask16 k=_mm512_cmp_ps_mask(m,S1(1.41421356f),_CMP_GT_OQ);
  m=_mm512_mask_mul_ps(m,k,m,S1(.5f)); e=_mm512_mask_add_ps(e,k,e,S1(1.f));
  V f=SUB(m,S1(1.f)), z=MUL(f,f);
  V p=FMA(f,S1(7.0376836292E-2f),S1(-1.1514610310E-1f));
  p=FMA(p,f,S1(1.1676998740E-1f));p=FMA(p,f,S1(-1.2420140846E-1f));p=FMA(p,f,S1(1.4249322787E-1f));
  p=FMA(p,f,S1(-1.6668057665E-1f));p=FMA(p,f,S1(2.0000714765E-1f));p=FMA(p,f,S1(-2.4999993993E-1f));
  p=FMA(p,f,S1(3.3333331174E-1f));p=MUL(MUL(p,f),z);
  p=FMA(z,S1(-.5f),p);
  return FMA(e,S1(0.693147180559945f),ADD(f,p));
}
AI float hsum(V v){return _mm512_reduce_add_ps(v);}
// sums of 16 vectors -> one vector
AI V reduce16(const V*a){
  V t[8],u[4],w[2];
  U32 for(int i=0;i<8;i++) t[i]=ADD(_mm512_unpacklo_ps(a[2*i],a[2*i+1]),_mm512_unpackhi_ps(a[2*i],a[2*i+1]));
  U32 for(int i=0;i<4;i++){ __m512d x=_mm512_castps_pd(t[2*i]),y=_mm512_castps_pd(t[2*i+1]);
    u[i]=ADD(_mm512_castpd_ps(_mm512_unpacklo_pd(x,y)),_mm512_castpd_ps(_mm512_unpackhi_pd(x,y)));}
  U32 for(int i=0;i<2;i++) w[i]=ADD(_mm512_shuffle_f32x4(u[2*i],u[2*i+1],0x88),_mm512_shuffle_f32x4(u[2*i],u[2*i+1],0xdd));
  return ADD(_mm512_shuffle_f32x4(w[0],w[1],0x88),_mm512_shuffle_f32x4(w[0],w[1],0xdd));
}
// transpose of a 16x16 block, storing only `rows` rows of the result
AI void tr16(const float*s,long lds,float*d,long ldd,const int rows){
  V r[16],t[16];
  U32 for(int i=0;i<16;i++) r[i]=LD(s+i*lds);
  U32 for(int i=0;i<8;i++){ t[2*i]=_mm512_unpacklo_ps(r[2*i],r[2*i+1]); t[2*i+1]=_mm512_unpackhi_ps(r[2*i],r[2*i+1]); }
  U32 for(int i=0;i<4;i++){
    __m512d a=_mm512_castps_pd(t[4*i]),b=_mm512_castps_pd(t[4*i+1]),c=_mm512_castps_pd(t[4*i+2]),e=_mm512_castps_pd(t[4*i+3]);
    r[4*i]=_mm512_castpd_ps(_mm512_unpacklo_pd(a,c)); r[4*i+1]=_mm512_castpd_ps(_mm512_unpackhi_pd(a,c));
    r[4*i+2]=_mm512_castpd_ps(_mm512_unpacklo_pd(b,e)); r[4*i+3]=_mm512_castpd_ps(_mm512_unpackhi_pd(b,e)); }
  U32 for(int i=0;i<4;i++){
    t[i]=_mm512_shuffle_f32x4(r[i],r[i+4],0x88); t[i+4]=_mm512_shuffle_f32x4(r[i],r[i+4],0xdd);
    t[i+8]=_mm512_shuffle_f32x4(r[i+8],r[i+12],0x88); t[i+12]=_mm512_shuffle_f32x4(r[i+8],r[i+12],0xdd); }
  V o[16];
  U32 for(int i=0;i<4;i++){
    o[i]=_mm512_shuffle_f32x4(t[i],t[i+8],0x88); o[i+8]=_mm512_shuffle_f32x4(t[i],t[i+8],0xdd);
    o[i+4]=_mm512_shuffle_f32x4(t[i+4],t[i+12],0x88); o[i+12]=_mm512_shuffle_f32x4(t[i+4],t[i+12],0xdd); }
  U32 for(int i=0;i<16;i++) if(i<rows) ST(d+i*ldd,o[i]);
}

// ---- Adam (torch semantics), vectorised; a=step*sqrt(bc2)/bc1, e=eps*sqrt(bc2)
typedef struct{float a,e,lr;double p1,p2;}Adam;
AI void adam_next(Adam*s){ s->p1*=.9; s->p2*=.999; double c=sqrt(1-s->p2); s->a=(float)(s->lr*c/(1-s->p1)); s->e=(float)(1e-8*c); }
AI void adam_init(Adam*s,float lr){s->lr=lr;s->p1=s->p2=1;}
AI void adam_v(float*w,float*m,float*v,V g,V a,V e){
#ifdef GRADIENT
  ST(m,g); (void)w; (void)v; (void)a; (void)e;
#else
  V mm=LD(m),vv=LD(v);
  mm=FMA(SUB(g,mm),S1(.1f),mm);
  vv=FMA(_mm512_fmsub_ps(g,g,vv),S1(.001f),vv);
  ST(m,mm);ST(v,vv);
  V vz=MAX(vv,S1(1e-36f));
  V r=_mm512_rsqrt14_ps(vz);
  V h=MUL(vz,r);                                  // ~sqrt
  V c=FNMA(h,MUL(r,S1(.5f)),S1(.5f));             // a Newton step
  V d=ADD(FMA(h,c,h),e);
  V x=_mm512_rcp14_ps(d);
  x=FMA(x,FNMA(d,x,S1(1.f)),x);
  ST(w,FNMA(MUL(a,mm),x,LD(w)));
#endif
}

// ---- GEMM micro tile, feature-major: Out[t][b] = bias[t] + sum_k W[t*sT+k*sK] * In[k*ldi+b]
enum{E_ID,E_RELU,E_TANH,E_DRELU,E_DTANH};
AI void mm_t(const int T,const int NB,const int K,const float*W,const long sT,const long sK,const float*In,const long ldi,
             const int epi,const float*bias,const float*Act,const long lda,float*Out,const long ldo){
  V c[32];
  U32 for(int t=0;t<T;t++) U32 for(int n=0;n<NB;n++) c[t*NB+n]= bias? S1(bias[t]) : _mm512_setzero_ps();
#pragma GCC unroll 2
  for(int k=0;k<K;k++){
    V x[8];
    U32 for(int n=0;n<NB;n++) x[n]=LD(In+k*ldi+16*n);
    U32 for(int t=0;t<T;t++){ V w=S1(W[t*sT+k*sK]); U32 for(int n=0;n<NB;n++) c[t*NB+n]=FMA(w,x[n],c[t*NB+n]); }
  }
  U32 for(int t=0;t<T;t++) U32 for(int n=0;n<NB;n++){
    V z=c[t*NB+n];
    if(epi==E_RELU) z=MAX(z,_mm512_setzero_ps());
    else if(epi==E_TANH) z=tanh_v(z);
    else if(epi==E_DRELU) z=_mm512_maskz_mov_ps(_mm512_cmp_ps_mask(LD(Act+t*lda+16*n),_mm512_setzero_ps(),_CMP_GT_OQ),z);
    else if(epi==E_DTANH){ V h=LD(Act+t*lda+16*n); z=FNMA(MUL(h,h),z,z); }
    ST(Out+t*ldo+16*n,z);
  }
}
AI void mm(const int O,const int T,const int NB,const int K,const float*W,const long sT,const long sK,const float*In,const long ldi,
             const int epi,const float*bias,const float*Act,const long lda,float*Out,const long ldo){
  int o=0;
  if(O==T){ mm_t(T,NB,K,W,sT,sK,In,ldi,epi,bias,Act,lda,Out,ldo); return; }
#pragma GCC unroll 1
  for(;o+T<=O;o+=T) mm_t(T,NB,K,W+o*sT,sT,sK,In,ldi,epi,bias?bias+o:0,Act+o*lda,lda,Out+o*ldo,ldo);
  if(O%T) mm_t(O%T,NB,K,W+o*sT,sT,sK,In,ldi,epi,bias?bias+o:0,Act+o*lda,lda,Out+o*ldo,ldo);
}
// ---- weight gradient tile with fused Adam: g[t][j] = sum_b D[t*ldd+b*sdb] * At[b*lda+j]
AI void dw_t(const int T,const int NV,const int K,const float*D,const long ldd,const long sdb,const float*At,const long lda,
             float*W,float*M,float*Vv,const long ldw,V a,V e,const int pf){
  V c[32];
  if(pf) U32 for(int t=0;t<T;t++) U32 for(int n=0;n<NV;n++){ _mm_prefetch((char*)(W+t*ldw+16*n),_MM_HINT_T0);_mm_prefetch((char*)(M+t*ldw+16*n),_MM_HINT_T0);_mm_prefetch((char*)(Vv+t*ldw+16*n),_MM_HINT_T0);}
  U32 for(int i=0;i<T*NV;i++) c[i]=_mm512_setzero_ps();
#pragma GCC unroll 2
  for(int b=0;b<K;b++){
    V x[8];
    U32 for(int n=0;n<NV;n++) x[n]=LD(At+b*lda+16*n);
    U32 for(int t=0;t<T;t++){ V w=S1(D[t*ldd+b*sdb]); U32 for(int n=0;n<NV;n++) c[t*NV+n]=FMA(w,x[n],c[t*NV+n]); }
  }
  U32 for(int t=0;t<T;t++) U32 for(int n=0;n<NV;n++) adam_v(W+t*ldw+16*n,M+t*ldw+16*n,Vv+t*ldw+16*n,c[t*NV+n],a,e);
}
AI void dw(const int O,const int T,const int NV,const int K,const float*D,const long ldd,const long sdb,const float*At,const long lda,
             float*W,float*M,float*Vv,const long ldw,V a,V e,const int pf){
  int o=0;
#pragma GCC unroll 1
  for(;o+T<=O;o+=T) dw_t(T,NV,K,D+o*ldd,ldd,sdb,At,lda,W+o*ldw,M+o*ldw,Vv+o*ldw,ldw,a,e,pf);
  if(O%T) dw_t(O%T,NV,K,D+o*ldd,ldd,sdb,At,lda,W+o*ldw,M+o*ldw,Vv+o*ldw,ldw,a,e,pf);
}
// ---- bias gradient (row sums of D over NB vectors) with fused Adam; rows padded to 16 are read (must exist)
AI void db(const int O,const int NB,const float*D,const long ldd,float*W,float*M,float*Vv,V a,V e){
#pragma GCC unroll 1
  for(int o=0;o<O;o+=16){
    V r[16];
    U32 for(int i=0;i<16;i++){ r[i]=LD(D+(o+i)*ldd); U32 for(int n=1;n<NB;n++) r[i]=ADD(r[i],LD(D+(o+i)*ldd+16*n)); }
    V g=reduce16(r);
    if(O-o<16) g=_mm512_maskz_mov_ps((1u<<(O-o))-1,g);
    adam_v(W+o,M+o,Vv+o,g,a,e);
  }
}
// softmax cross-entropy, feature-major logits Z[C][ldz], onehot Y fm; writes D=(p-y)/batch in place; returns sum loss vector
AI V softmax_ce(const int C,const int NB,float*Z,const long ldz,const float*Y,const long ldy,float inv){
  V L=_mm512_setzero_ps();
#pragma GCC unroll 1
  for(int n=0;n<NB;n++){
    V z[16],mx; U32 for(int c=0;c<C;c++) z[c]=LD(Z+c*ldz+16*n);
    mx=z[0]; U32 for(int c=1;c<C;c++) mx=MAX(mx,z[c]);
    V s=_mm512_setzero_ps(), zy=s, ex[16];
    U32 for(int c=0;c<C;c++){ V q=SUB(z[c],mx); zy=FMA(q,LD(Y+c*ldy+16*n),zy); ex[c]=exp_v(q); s=ADD(s,ex[c]); }
    L=ADD(L,SUB(log_v(s),zy));
    V k=DIV(S1(inv),s);
    U32 for(int c=0;c<C;c++) ST(Z+c*ldz+16*n, _mm512_fmsub_ps(ex[c],k,MUL(LD(Y+c*ldy+16*n),S1(inv))));
  }
  return L;
}
