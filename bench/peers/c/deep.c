// deep20-b32: 64-(64x20)-10, tanh, cross-entropy.
#include <string.h>
#include "cases.h"
#include "kernels.h"

static Adam S = {.lr = 1e-7f, .p1 = 1, .p2 = 1};
#define DL 20
static AL float DW[DL][64*64],DM[DL][64*64],DV[DL][64*64],DB[DL][64],DBM[DL][64],DBV[DL][64];
static AL float OW[16*64],OM[16*64],OV_[16*64],OB[16],OBM[16],OBV[16];
static AL float DX[32*64] /*sample-major input*/, DY[16*32] /*one-hot fm*/, DA[DL+1][64*32], DT[DL+1][32*64], DD[2][64*32], DO[16*32]; static float dloss;
#ifndef TD
#define TD 8
#endif
#ifndef TW
#define TW 4
#endif
__attribute__((noinline)) static void d_fwd(const float*W,const float*B,const float*In,float*Out){ mm(64,TD,2,64,W,64,1,In,32,E_TANH,B,0,0,Out,32); }
__attribute__((noinline)) static void d_dx(const float*W,const float*D,const float*A,float*Out){ mm(64,TD,2,64,W,1,64,D,32,E_DTANH,0,A,32,Out,32); }
__attribute__((noinline)) static void d_dw(const float*D,const float*At,float*W,float*M,float*Vv,V a,V e){ dw(64,TW,4,32,D,32,1,At,64,W,M,Vv,64,a,e,1); }
__attribute__((noinline)) static void d_db(const float*D,float*W,float*M,float*Vv,V a,V e){ db(64,2,D,32,W,M,Vv,a,e); }
__attribute__((noinline)) static void d_tr(const float*A,float*T){ for(int b=0;b<2;b++)for(int f=0;f<4;f++)tr16(A+f*16*32+b*16,32,T+b*16*64+f*16,64,16); }
__attribute__((noinline)) static void d_tr_in(const float*X,float*A){ for(int b=0;b<2;b++)for(int f=0;f<4;f++)tr16(X+b*16*64+f*16,64,A+f*16*32+b*16,32,16); }
__attribute__((noinline)) static void deep_step(void){
  adam_next(&S); V a=S1(S.a),e=S1(S.e);
  d_tr_in(DX,DA[0]);
  for(int l=0;l<DL;l++) d_fwd(DW[l],DB[l],DA[l],DA[l+1]);
  mm(10,10,2,64,OW,64,1,DA[DL],32,E_ID,OB,0,0,DO,32);
  dloss=hsum(softmax_ce(10,2,DO,32,DY,32,1.f/32))/32;
  mm(64,TD,2,10,OW,1,64,DO,32,E_DTANH,0,DA[DL],32,DD[0],32);
  d_tr(DA[DL],DT[DL]);
  dw(10,5,4,32,DO,32,1,DT[DL],64,OW,OM,OV_,64,a,e,0);
  db(10,2,DO,32,OB,OBM,OBV,a,e);
  int c=0;
  for(int l=DL-1;l>=0;l--){
    if(l) d_dx(DW[l],DD[c],DA[l],DD[c^1]);
    const float*T=DX; if(l){ d_tr(DA[l],DT[l]); T=DT[l]; }
    d_dw(DD[c],T,DW[l],DM[l],DV[l],a,e);
    d_db(DD[c],DB[l],DBM[l],DBV[l],a,e);
    c^=1;
  }
}
__attribute__((noinline)) static void deep_infer(void){ d_tr_in(DX,DA[0]); for(int l=0;l<DL;l++) d_fwd(DW[l],DB[l],DA[l],DA[l+1]); mm(10,10,2,64,OW,64,1,DA[DL],32,E_ID,OB,0,0,DO,32); }
static void load(const float *x, const float *y) { memcpy(DX,x,sizeof DX); for(int b=0;b<32;b++)for(int c=0;c<10;c++)DY[c*32+b]=y[b*10+c]; }
#define LAYER(l) MATRIX(DW[l],DM[l],64,64,64,1),BIAS(DB[l],DBM[l],64)
#define FIVE(l) LAYER(l),LAYER(l+1),LAYER(l+2),LAYER(l+3),LAYER(l+4)
Case deep20 = {"deep20-b32",32,64,10,'c',{FIVE(0),FIVE(5),FIVE(10),FIVE(15),MATRIX(OW,OM,10,64,64,1),BIAS(OB,OBM,10)},
               load,deep_step,deep_infer,DO,32,&dloss,&S.lr};
