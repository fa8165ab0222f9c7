// Updates of parameters and their averages, one number a thread, in float.

__device__ __forceinline__ float moved(float average, float decay, float x, float share) {
    return fmaf(x, share, average * decay);
}

// keep is 1 - lr weightDecay, rate lr / biasCorrection1, correction 1 / sqrt(biasCorrection2); newM is 1 - beta1, and so on.
// average may be null.
extern "C" __global__ void adamW(unsigned n, float keep, float rate, float correction, float eps, float oldM, float newM, float oldV,
        float newV, float decay, float share, const float* gradient, float* parameter, float* m, float* v, float* average) {
    unsigned i = threadNumber();
    if (i < n) {
        float g = gradient[i];
        float mi = moved(m[i], oldM, g, newM);
        float vi = moved(v[i], oldV, g * g, newV);
        float p = fmaf(mi / fmaf(sqrtf(vi), correction, eps), -rate, parameter[i] * keep);
        m[i] = mi;
        v[i] = vi;
        parameter[i] = p;
        if (average) {
            average[i] = moved(average[i], decay, p, share);
        }
    }
}

extern "C" __global__ void ema(unsigned n, float decay, float share, const float* x, float* average) {
    unsigned i = threadNumber();
    if (i < n) {
        average[i] = moved(average[i], decay, x[i], share);
    }
}
