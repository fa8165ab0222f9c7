// Losses of single logits, one a thread. Both s = sigmoid(x) and 1 - s are computed to full relative precision, and logarithms
// of numbers near 1 from their complements, so that confident predictions keep their digits.

struct Probability {
    float s;
    float complement;  // 1 - s
};

__device__ __forceinline__ Probability probability(float x) {
    float e = expf(-fabsf(x));
    float larger = 1 / (1 + e);
    float smaller = e * larger;
    return x < 0 ? Probability{smaller, larger} : Probability{larger, smaller};
}

// ln(p), given 1 - p too, but not less than lowest.
__device__ __forceinline__ float boundedLog(float p, float complement, float lowest) {
    float log = p < 0.5f ? logf(p) : log1pf(-complement);
    return log < lowest ? lowest : log;
}

// The asymmetric loss is -w entropy, with w = focus^exponent, focus = 1 - y s - (1 - y) sn, which is computed as
// y (1 - s) + (1 - y) max(s - clip, 0), and entropy = y ln(max(s, eps)) + (1 - y) ln(max(sn, eps)).
struct Asymmetric {
    float s, complement;
    float y;
    bool clipped;   // s is below the clip: then sn is 1
    float shifted;  // 1 - sn
    float sn;
    float focus, exponent, w;

    __device__ __forceinline__ Asymmetric(float x, float target, float gammaPos, float gammaNeg, float clip) {
        Probability p = probability(x);
        s = p.s;
        complement = p.complement;
        y = target;
        clipped = s < clip;
        shifted = clipped ? 0 : s - clip;
        sn = clipped ? 1 : complement + clip;
        focus = y * complement + (1 - y) * shifted;
        exponent = y * gammaPos + (1 - y) * gammaNeg;
        w = powf(focus, exponent);
    }

    // A label of 0 or 1 leaves one term: the other's logarithm may be infinite.
    __device__ __forceinline__ float entropy(float logEps) const {
        float positive = y == 0 ? 0 : y * boundedLog(s, complement, logEps);
        float negative = y == 1 ? 0 : (1 - y) * boundedLog(sn, shifted, logEps);
        return positive + negative;
    }

    // -entropy', with entropy' = y (1 - s) - (1 - y) s (1 - s) / sn, each part 0 where it is clamped.
    __device__ __forceinline__ float minusEntropySlope(float eps) const {
        float ofPositive = s < eps ? 0 : complement;
        float ofNegative = clipped || sn < eps ? 0 : s * complement / sn;
        return (1 - y) * ofNegative - y * ofPositive;
    }

    // w' = exponent focus^(exponent - 1) focus', with focus' = s (1 - s) ((1 - y) [not clipped] - y). Where the focus is 0, so
    // is focus'.
    __device__ __forceinline__ float weightSlope() const {
        float focusSlope = s * complement * ((clipped ? 0 : 1 - y) - y);
        return exponent == 0 || focus == 0 ? 0 : w / focus * exponent * focusSlope;
    }
};

extern "C" __global__ void asymmetricLoss(unsigned n, float gammaPos, float gammaNeg, float clip, float eps, float logEps,
        const float* logits, const float* targets, float* loss) {
    unsigned i = threadNumber();
    if (i < n) {
        Asymmetric a(logits[i], targets[i], gammaPos, gammaNeg, clip);
        loss[i] = -a.w * a.entropy(logEps);
    }
}

extern "C" __global__ void asymmetricLossBackward(unsigned n, float gammaPos, float gammaNeg, float clip, float eps, float logEps,
        int detachFocus, const float* logits, const float* targets, const float* dloss, float* dlogits) {
    unsigned i = threadNumber();
    if (i < n) {
        Asymmetric a(logits[i], targets[i], gammaPos, gammaNeg, clip);
        float gradient = dloss[i] * a.w * a.minusEntropySlope(eps);
        if (!detachFocus) {
            gradient -= dloss[i] * (a.weightSlope() * a.entropy(logEps));
        }
        dlogits[i] = gradient;
    }
}

// max(x, 0) - x y + ln(1 + exp(-|x|))
extern "C" __global__ void bceWithLogits(unsigned n, const float* logits, const float* targets, float* loss) {
    unsigned i = threadNumber();
    if (i < n) {
        float x = logits[i];
        loss[i] = (x < 0 ? 0 : x) - targets[i] * x + log1pf(expf(-fabsf(x)));
    }
}

// dloss (s - y), the bracket as (1 - y) s - y (1 - s), which keeps the digits of a confident and right prediction.
extern "C" __global__ void bceWithLogitsBackward(unsigned n, const float* logits, const float* targets, const float* dloss,
        float* dlogits) {
    unsigned i = threadNumber();
    if (i < n) {
        Probability p = probability(logits[i]);
        float y = targets[i];
        dlogits[i] = dloss[i] * ((1 - y) * p.s - y * p.complement);
    }
}
