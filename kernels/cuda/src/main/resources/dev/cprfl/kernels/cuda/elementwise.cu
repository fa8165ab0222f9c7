// One number of each operand goes into one number of the result, which may lie where an operand of its shape does.

// y = f(x)
template <class F> __device__ __forceinline__ void map(unsigned n, const Number* x, Number* y, F f) {
    unsigned i = threadNumber() * PER_THREAD;
    if (i < n) {
        float v[PER_THREAD];
        load(x + i, n - i, v);
#pragma unroll
        for (int k = 0; k < PER_THREAD; k++) {
            v[k] = f(v[k]);
        }
        store(y + i, n - i, v);
    }
}

// y = f(a, b)
template <class F> __device__ __forceinline__ void map(unsigned n, const Number* a, const Number* b, Number* y, F f) {
    unsigned i = threadNumber() * PER_THREAD;
    if (i < n) {
        float v[PER_THREAD], w[PER_THREAD];
        load(a + i, n - i, v);
        load(b + i, n - i, w);
#pragma unroll
        for (int k = 0; k < PER_THREAD; k++) {
            v[k] = f(v[k], w[k]);
        }
        store(y + i, n - i, v);
    }
}

extern "C" __global__ void fill(unsigned n, float value, Number* y) {
    unsigned i = threadNumber() * PER_THREAD;
    if (i < n) {
        float v[PER_THREAD];
#pragma unroll
        for (int k = 0; k < PER_THREAD; k++) {
            v[k] = value;
        }
        store(y + i, n - i, v);
    }
}

extern "C" __global__ void scale(unsigned n, float alpha, const Number* x, Number* y) {
    map(n, x, y, [=](float v) { return alpha * v; });
}

extern "C" __global__ void accumulate(unsigned n, float alpha, const Number* x, Number* y) {
    map(n, x, y, y, [=](float v, float w) { return fmaf(alpha, v, w); });
}

extern "C" __global__ void widen(unsigned n, const Number* x, float* y) {
    unsigned i = threadNumber() * PER_THREAD;
    if (i < n) {
        float v[PER_THREAD];
        load(x + i, n - i, v);
        store(y + i, n - i, v);
    }
}

extern "C" __global__ void narrow(unsigned n, const float* x, Number* y) {
    unsigned i = threadNumber() * PER_THREAD;
    if (i < n) {
        float v[PER_THREAD];
        load(x + i, n - i, v);
        store(y + i, n - i, v);
    }
}

// ---- functions of one argument -------------------------------------------------------------------------------------------

// value is op(x); gradient is dy op', given x or, where that suffices, y = op(x). NaN stays NaN in each.

__device__ __forceinline__ float sigmoid(float x) {
    float e = expf(-fabsf(x));
    return (x >= 0 ? 1 : e) / (1 + e);
}

struct RELU {
    static __device__ float value(float x) { return x <= 0 ? 0 : x; }
    static __device__ float gradient(float x, float dy) { return x <= 0 ? 0 : dy; }
};

struct SIGMOID {
    static __device__ float value(float x) { return sigmoid(x); }
    static __device__ float gradient(float y, float dy) { return dy * y * (1 - y); }
};

struct TANH {
    static __device__ float value(float x) { return tanhf(x); }
    static __device__ float gradient(float y, float dy) { return dy * fmaf(-y, y, 1); }
};

struct EXP {
    static __device__ float value(float x) { return expf(x); }
    static __device__ float gradient(float y, float dy) { return dy * y; }
};

struct LOG {
    static __device__ float value(float x) { return logf(x); }
    static __device__ float gradient(float x, float dy) { return dy / x; }
};

struct GELU {
    static __device__ float value(float x) { return x * normcdff(x); }
    // Phi(x) + x phi(x): left of 0 that is Phi(-t) - t phi(t) with t = |x|, right of 0 one minus that.
    static __device__ float gradient(float x, float dy) {
        float t = fabsf(x);
        t = t > 15 ? 15 : t;  // there phi is 0 in float, and infinity must not meet it
        float left = normcdff(-t) - t * (0.3989422804f * expf(-0.5f * t * t));
        return dy * (x > 0 ? 1 - left : left);
    }
};

struct QUICK_GELU {
    static __device__ float value(float x) { return x * sigmoid(1.702f * x); }
    static __device__ float gradient(float x, float dy) {
        float z = 1.702f * x;
        float s = sigmoid(z);
        return dy * s * fmaf(z, 1 - s, 1);
    }
};

#define UNARY(OP)                                                                                                          \
    extern "C" __global__ void unary_##OP(unsigned n, const Number* x, Number* y) {                                        \
        map(n, x, y, [](float v) { return OP::value(v); });                                                                \
    }                                                                                                                      \
    extern "C" __global__ void unaryBackward_##OP(unsigned n, const Number* xOrY, const Number* dy, Number* dx) {          \
        map(n, xOrY, dy, dx, [](float v, float w) { return OP::gradient(v, w); });                                         \
    }

UNARY(RELU)
UNARY(SIGMOID)
UNARY(TANH)
UNARY(EXP)
UNARY(LOG)
UNARY(GELU)
UNARY(QUICK_GELU)

// ---- functions of two arguments ------------------------------------------------------------------------------------------

#define AXES 7

// The axes of y outside its innermost: extents, and the steps of a and b along them.
struct Axes {
    int count;
    int extents[AXES], stepsA[AXES], stepsB[AXES];
};

// v = the numbers from x on, step apart: 1 as they lie, 0 one number again and again.
__device__ __forceinline__ void loadSteps(const Number* x, unsigned step, unsigned rest, float (&v)[PER_THREAD]) {
    if (step == 1) {
        load(x, rest, v);
    } else {
        float first = load(x);
#pragma unroll
        for (int k = 0; k < PER_THREAD; k++) {
            v[k] = step == 0 || k >= rest ? first : load(x + k * step);
        }
    }
}

// y [runs, inner] = f(a, b). Threads begin anew with each run, whose place in a and b follows from the axes.
template <class F>
__device__ __forceinline__ void broadcast(unsigned runs, unsigned inner, unsigned stepA, unsigned stepB, const Axes& axes,
        const Number* a, const Number* b, Number* y, F f) {
    unsigned threads = (inner + PER_THREAD - 1) / PER_THREAD;
    unsigned run = threadNumber() / threads;
    if (run >= runs) {
        return;
    }
    unsigned i = threadNumber() % threads * PER_THREAD;
    unsigned inA = i * stepA;
    unsigned inB = i * stepB;
    unsigned outside = run;
#pragma unroll
    for (int axis = AXES - 1; axis >= 0; axis--) {
        if (axis < axes.count) {
            unsigned extent = axes.extents[axis];
            unsigned at = outside % extent;
            outside /= extent;
            inA += at * axes.stepsA[axis];
            inB += at * axes.stepsB[axis];
        }
    }
    float v[PER_THREAD], w[PER_THREAD];
    loadSteps(a + inA, stepA, inner - i, v);
    loadSteps(b + inB, stepB, inner - i, w);
#pragma unroll
    for (int k = 0; k < PER_THREAD; k++) {
        v[k] = f(v[k], w[k]);
    }
    store(y + (run * inner + i), inner - i, v);
}

#define BINARY(OP, SIGN)                                                                                                   \
    extern "C" __global__ void binary_##OP(unsigned runs, unsigned inner, unsigned stepA, unsigned stepB, Axes axes,       \
            const Number* a, const Number* b, Number* y) {                                                                 \
        broadcast(runs, inner, stepA, stepB, axes, a, b, y, [](float v, float w) { return v SIGN w; });                    \
    }

BINARY(ADD, +)
BINARY(SUBTRACT, -)
BINARY(MULTIPLY, *)
BINARY(DIVIDE, /)

// ---- dropout -------------------------------------------------------------------------------------------------------------

// The draw of number i: the finaliser of SplitMix64, of which 24 bits count.
__device__ __forceinline__ unsigned draw(unsigned long long seed, unsigned i) {
    unsigned long long z = seed + i * 0x9E3779B97F4A7C15ull;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return (unsigned)((z ^ (z >> 31)) >> 40);
}

// Numbers whose draw is below least become 0, or NaN if they are not finite.
extern "C" __global__ void dropout(unsigned n, unsigned least, unsigned long long seed, float factor, const Number* x, Number* y) {
    unsigned i = threadNumber() * PER_THREAD;
    if (i < n) {
        float v[PER_THREAD];
        load(x + i, n - i, v);
#pragma unroll
        for (int k = 0; k < PER_THREAD; k++) {
            v[k] *= draw(seed, i + k) >= least ? factor : 0;
        }
        store(y + i, n - i, v);
    }
}
