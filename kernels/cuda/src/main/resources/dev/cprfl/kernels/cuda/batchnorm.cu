// Batch normalisation of the columns of x [rows, columns]. Coefficients are [4, columns]: mean, scale, offset, slope.

// Loads one coefficient of each column of this thread's pack.
__device__ __forceinline__ void coefficient(const float* coefficients, int which, int columns, float (&values)[WIDTH]) {
    unsigned column = firstColumn();
    loadFloats<false>(coefficients + (size_t)which * columns + column, countFrom(column, columns), values);
}

// Whether packs are aligned and whole in every row of these operands.
__device__ __forceinline__ bool wide(int columns, const void* a, const void* b = 0, const void* c = 0, const void* d = 0) {
    return columns % WIDTH == 0 && aligned(a) && aligned(b) && aligned(c) && aligned(d);
}

// ---- statistics --------------------------------------------------------------------------------------------------------------

// Sums of x - first and of its square, first being row 0: nearer to the mean than 0 may be, it keeps the difference of the two
// accurate where the mean is large.
template <bool WIDE> __device__ void sumMoments(int rows, int columns, int rowsPerBlock, const Number* x, float* partial) {
    float sums[2][WIDTH] = {};
    unsigned column = firstColumn();
    int count = countFrom(column, columns);
    Pack first = {};
    if (count > 0) {
        first = loadPack<WIDE>(x + column, count);
    }
    walkRows<WIDE, 1>(rows, columns, rowsPerBlock, {x}, [&](long long, size_t, const Pack (&packs)[1]) {
#pragma unroll
        for (int i = 0; i < WIDTH; i++) {
            float centred = number(packs[0], i) - number(first, i);
            sums[0][i] += centred;
            sums[1][i] = fmaf(centred, centred, sums[1][i]);
        }
    });
    sumBlock(columns, sums, partial);
}

extern "C" __global__ void __launch_bounds__(COLUMN_THREADS)
moments(int rows, int columns, int rowsPerBlock, const Number* x, float* partial) {
    if (wide(columns, x)) {
        sumMoments<true>(rows, columns, rowsPerBlock, x, partial);
    } else {
        sumMoments<false>(rows, columns, rowsPerBlock, x, partial);
    }
}

// y = (x - mean) scale + offset. The offset also takes what rounding the mean to float lost.
__device__ __forceinline__ void setCoefficients(float* coefficients, int columns, unsigned c, double mean, double invStd,
                                                float gamma, float beta) {
    double scale = gamma * invStd;
    float rounded = (float)mean;
    coefficients[c] = rounded;
    coefficients[(size_t)columns + c] = (float)scale;
    coefficients[2 * (size_t)columns + c] = (float)(beta - (mean - rounded) * scale);
}

extern "C" __global__ void __launch_bounds__(TOTAL_THREADS)
statistics(int rows, int columns, int blocks, const float* partial, float momentum, float eps, const Number* x,
           const float* gamma, const float* beta, float* runningMean, float* runningVar, float* mean, float* invStd,
           float* coefficients) {
    double sums[2];
    unsigned c;
    if (!totals(columns, blocks, partial, sums, c)) {
        return;
    }
    double shift = sums[0] / rows;
    double squares = sums[1] - shift * sums[0];
    squares = squares < 0 ? 0 : squares;
    double batchMean = load(x + c) + shift;
    double batchInvStd = 1 / sqrt(squares / rows + eps);
    mean[c] = (float)batchMean;
    invStd[c] = (float)batchInvStd;
    runningMean[c] = (float)((1 - (double)momentum) * runningMean[c] + momentum * batchMean);
    runningVar[c] = (float)((1 - (double)momentum) * runningVar[c] + momentum * (squares / (rows - 1)));
    setCoefficients(coefficients, columns, c, batchMean, batchInvStd, gamma[c], beta[c]);
}

extern "C" __global__ void
evalCoefficients(int columns, float eps, const float* gamma, const float* beta, const float* runningMean,
                 const float* runningVar, float* coefficients) {
    unsigned c = blockIdx.x * blockDim.x + threadIdx.x;
    if (c < (unsigned)columns) {
        double invStd = 1 / sqrt((double)runningVar[c] + eps);
        setCoefficients(coefficients, columns, c, runningMean[c], invStd, gamma[c], beta[c]);
    }
}

// ---- forward -------------------------------------------------------------------------------------------------------------------

// y = normalised x, plus the second operand if there are two, cut off below 0 if RELU.
template <bool WIDE, bool RELU, int READS>
__device__ void writeNormalised(int rows, int columns, int rowsPerBlock, const Number* const (&from)[READS],
                                const float* coefficients, Number* y) {
    float mean[WIDTH], scale[WIDTH], offset[WIDTH];
    coefficient(coefficients, 0, columns, mean);
    coefficient(coefficients, 1, columns, scale);
    coefficient(coefficients, 2, columns, offset);
    int count = countFrom(firstColumn(), columns);
    walkRows<WIDE, READS>(rows, columns, rowsPerBlock, from, [&](long long, size_t at, const Pack (&packs)[READS]) {
        float result[WIDTH];
#pragma unroll
        for (int i = 0; i < WIDTH; i++) {
            float value = fmaf(number(packs[0], i) - mean[i], scale[i], offset[i]);
            if (READS > 1) {
                value += number(packs[READS - 1], i);
            }
            result[i] = RELU && value < 0 ? 0 : value;  // a NaN stays one
        }
        storePack<WIDE>(y + at, count, result);
    });
}

extern "C" __global__ void __launch_bounds__(COLUMN_THREADS)
normalise(int rows, int columns, int rowsPerBlock, const Number* x, const float* coefficients, Number* y) {
    if (wide(columns, x, y)) {
        writeNormalised<true, false, 1>(rows, columns, rowsPerBlock, {x}, coefficients, y);
    } else {
        writeNormalised<false, false, 1>(rows, columns, rowsPerBlock, {x}, coefficients, y);
    }
}

// residual may be null.
extern "C" __global__ void __launch_bounds__(COLUMN_THREADS)
normaliseRelu(int rows, int columns, int rowsPerBlock, const Number* x, const float* coefficients, const Number* residual,
              Number* y) {
    bool whole = wide(columns, x, residual, y);
    if (residual == 0 && whole) {
        writeNormalised<true, true, 1>(rows, columns, rowsPerBlock, {x}, coefficients, y);
    } else if (residual == 0) {
        writeNormalised<false, true, 1>(rows, columns, rowsPerBlock, {x}, coefficients, y);
    } else if (whole) {
        writeNormalised<true, true, 2>(rows, columns, rowsPerBlock, {x, residual}, coefficients, y);
    } else {
        writeNormalised<false, true, 2>(rows, columns, rowsPerBlock, {x, residual}, coefficients, y);
    }
}

// ---- backward ------------------------------------------------------------------------------------------------------------------

// The gradient that reaches the normalisation: packs are x, dy and, if there are three, the y of a ReLU.
template <int READS> __device__ __forceinline__ float gradient(const Pack (&packs)[READS], int i) {
    return READS > 2 && number(packs[READS - 1], i) <= 0 ? 0 : number(packs[1], i);
}

// Sums of g (x - mean) and of g, g being the gradient; also writes g to dresidual unless that is null.
template <bool WIDE, int READS>
__device__ void sumGradients(int rows, int columns, int rowsPerBlock, const Number* const (&from)[READS], const float* mean,
                             Number* dresidual, float* partial) {
    float sums[2][WIDTH] = {};
    float means[WIDTH];
    coefficient(mean, 0, columns, means);
    int count = countFrom(firstColumn(), columns);
    walkRows<WIDE, READS>(rows, columns, rowsPerBlock, from, [&](long long, size_t at, const Pack (&packs)[READS]) {
        float g[WIDTH];
#pragma unroll
        for (int i = 0; i < WIDTH; i++) {
            g[i] = gradient(packs, i);
            sums[0][i] = fmaf(g[i], number(packs[0], i) - means[i], sums[0][i]);
            sums[1][i] += g[i];
        }
        if (READS > 2 && dresidual != 0) {
            storePack<WIDE>(dresidual + at, count, g);
        }
    });
    sumBlock(columns, sums, partial);
}

extern "C" __global__ void __launch_bounds__(COLUMN_THREADS)
gradientSums(int rows, int columns, int rowsPerBlock, const Number* x, const float* mean, const Number* dy, float* partial) {
    if (wide(columns, x, dy)) {
        sumGradients<true, 2>(rows, columns, rowsPerBlock, {x, dy}, mean, 0, partial);
    } else {
        sumGradients<false, 2>(rows, columns, rowsPerBlock, {x, dy}, mean, 0, partial);
    }
}

// dresidual may be dy, or null.
extern "C" __global__ void __launch_bounds__(COLUMN_THREADS)
gradientSumsRelu(int rows, int columns, int rowsPerBlock, const Number* x, const float* mean, const Number* y, const Number* dy,
                 Number* dresidual, float* partial) {
    if (wide(columns, x, y, dy, dresidual)) {
        sumGradients<true, 3>(rows, columns, rowsPerBlock, {x, dy, y}, mean, dresidual, partial);
    } else {
        sumGradients<false, 3>(rows, columns, rowsPerBlock, {x, dy, y}, mean, dresidual, partial);
    }
}

extern "C" __global__ void __launch_bounds__(TOTAL_THREADS)
gradients(int rows, int columns, int blocks, const float* partial, const float* gamma, const float* mean, const float* invStd,
          float* dgamma, float* dbeta, float* coefficients) {
    double sums[2];
    unsigned c;
    if (!totals(columns, blocks, partial, sums, c)) {
        return;
    }
    double std = invStd[c];
    double scale = gamma[c] * std;
    double sumOfGXhat = sums[0] * std;
    dgamma[c] = (float)sumOfGXhat;
    dbeta[c] = (float)sums[1];
    coefficients[c] = mean[c];
    coefficients[(size_t)columns + c] = (float)scale;
    coefficients[2 * (size_t)columns + c] = (float)(-scale * sums[1] / rows);
    coefficients[3 * (size_t)columns + c] = (float)(-scale * std * sumOfGXhat / rows);
}

extern "C" __global__ void __launch_bounds__(TOTAL_THREADS)
evalGradients(int rows, int columns, int blocks, const float* partial, float eps, const float* gamma, const float* runningVar,
              float* dgamma, float* dbeta, float* coefficients) {
    double sums[2];
    unsigned c;
    if (!totals(columns, blocks, partial, sums, c)) {
        return;
    }
    double invStd = 1 / sqrt((double)runningVar[c] + eps);
    dgamma[c] = (float)(sums[0] * invStd);
    dbeta[c] = (float)sums[1];
    coefficients[(size_t)columns + c] = (float)(gamma[c] * invStd);
}

// dx = g scale + (x - mean) slope + offset. dx may be dy.
template <bool WIDE, int READS>
__device__ void writeGradients(int rows, int columns, int rowsPerBlock, const Number* const (&from)[READS],
                               const float* coefficients, Number* dx) {
    float mean[WIDTH], scale[WIDTH], offset[WIDTH], slope[WIDTH];
    coefficient(coefficients, 0, columns, mean);
    coefficient(coefficients, 1, columns, scale);
    coefficient(coefficients, 2, columns, offset);
    coefficient(coefficients, 3, columns, slope);
    int count = countFrom(firstColumn(), columns);
    walkRows<WIDE, READS>(rows, columns, rowsPerBlock, from, [&](long long, size_t at, const Pack (&packs)[READS]) {
        float result[WIDTH];
#pragma unroll
        for (int i = 0; i < WIDTH; i++) {
            float linear = fmaf(number(packs[0], i) - mean[i], slope[i], offset[i]);
            result[i] = fmaf(gradient(packs, i), scale[i], linear);
        }
        storePack<WIDE>(dx + at, count, result);
    });
}

extern "C" __global__ void __launch_bounds__(COLUMN_THREADS)
backward(int rows, int columns, int rowsPerBlock, const Number* x, const Number* dy, const float* coefficients, Number* dx) {
    if (wide(columns, x, dy, dx)) {
        writeGradients<true, 2>(rows, columns, rowsPerBlock, {x, dy}, coefficients, dx);
    } else {
        writeGradients<false, 2>(rows, columns, rowsPerBlock, {x, dy}, coefficients, dx);
    }
}

extern "C" __global__ void __launch_bounds__(COLUMN_THREADS)
backwardRelu(int rows, int columns, int rowsPerBlock, const Number* x, const Number* y, const Number* dy,
             const float* coefficients, Number* dx) {
    if (wide(columns, x, y, dy, dx)) {
        writeGradients<true, 3>(rows, columns, rowsPerBlock, {x, dy, y}, coefficients, dx);
    } else {
        writeGradients<false, 3>(rows, columns, rowsPerBlock, {x, dy, y}, coefficients, dx);
    }
}

// dx = dy scale, which leaves a NaN of x out. dx may be dy.
template <bool WIDE>
__device__ void writeScaled(int rows, int columns, int rowsPerBlock, const Number* dy, const float* coefficients, Number* dx) {
    float scale[WIDTH];
    coefficient(coefficients, 1, columns, scale);
    int count = countFrom(firstColumn(), columns);
    walkRows<WIDE, 1>(rows, columns, rowsPerBlock, {dy}, [&](long long, size_t at, const Pack (&packs)[1]) {
        float result[WIDTH];
#pragma unroll
        for (int i = 0; i < WIDTH; i++) {
            result[i] = number(packs[0], i) * scale[i];
        }
        storePack<WIDE>(dx + at, count, result);
    });
}

extern "C" __global__ void __launch_bounds__(COLUMN_THREADS)
scaleColumns(int rows, int columns, int rowsPerBlock, const Number* dy, const float* coefficients, Number* dx) {
    if (wide(columns, dy, dx)) {
        writeScaled<true>(rows, columns, rowsPerBlock, dy, coefficients, dx);
    } else {
        writeScaled<false>(rows, columns, rowsPerBlock, dy, coefficients, dx);
    }
}
