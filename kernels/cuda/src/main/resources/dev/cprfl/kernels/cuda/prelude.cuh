// What every source begins with. Compiled once for float and once for bfloat16: Number is the type of activations and their
// gradients in memory. Arithmetic is in float, and so are weights, statistics and losses. No header is needed, as NVRTC finds none.

#ifdef NUMBER_IS_BFLOAT16
struct Number { unsigned short bits; };
__device__ __forceinline__ float load(const Number* p) { return __uint_as_float((unsigned)p->bits << 16); }
__device__ __forceinline__ void store(Number* p, float value) {
    unsigned short bits;  // to the nearest, ties to even; NaN stays one
    asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(bits) : "f"(value));
    p->bits = bits;
}
#else
typedef float Number;
__device__ __forceinline__ float load(const Number* p) { return *p; }
__device__ __forceinline__ void store(Number* p, float value) { *p = value; }
#endif
