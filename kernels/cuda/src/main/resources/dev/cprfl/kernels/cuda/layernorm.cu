// Layer normalisation of the rows of x [rows, columns].

// Calls body(column, count) for each pack of the row that is this thread's.
template <class Body> __device__ __forceinline__ void walkRow(int columns, Body body) {
    for (unsigned column = threadIdx.x * WIDTH; column < (unsigned)columns; column += blockDim.x * WIDTH) {
        body(column, countFrom(column, columns));
    }
}

template <bool WIDE>
__device__ void normaliseRow(unsigned row, int columns, float eps, const Number* x, const float* gamma, const float* beta,
                             Number* y, float* mean, float* invStd) {
    const Number* from = x + (size_t)row * columns;
    Number* to = y + (size_t)row * columns;
    float sum = 0;
    walkRow(columns, [&](unsigned column, int count) {
        Pack pack = loadPack<WIDE>(from + column, count);
#pragma unroll
        for (int i = 0; i < WIDTH; i++) {
            sum += number(pack, i);
        }
    });
    float high = sumOverRow(sum) / columns;

    // What rounding took from the mean shows in the sum of the differences.
    sum = 0;
    float squares = 0;
    walkRow(columns, [&](unsigned column, int count) {
        Pack pack = loadPack<WIDE>(from + column, count);
#pragma unroll
        for (int i = 0; i < WIDTH; i++) {
            float centred = WIDE || i < count ? number(pack, i) - high : 0;
            sum += centred;
            squares = fmaf(centred, centred, squares);
        }
    });
    float low = sumOverRow(sum) / columns;
    float variance = fmaf(-low, low, sumOverRow(squares) / columns);
    float inverse = 1 / sqrtf((variance < 0 ? 0 : variance) + eps);

    walkRow(columns, [&](unsigned column, int count) {
        Pack pack = loadPack<WIDE>(from + column, count);
        float factors[WIDTH], offsets[WIDTH], result[WIDTH];
        loadFloats<WIDE>(gamma + column, count, factors);
        loadFloats<WIDE>(beta + column, count, offsets);
#pragma unroll
        for (int i = 0; i < WIDTH; i++) {
            result[i] = fmaf(__fmul_rn(number(pack, i) - high - low, inverse), factors[i], offsets[i]);
        }
        storePack<WIDE>(to + column, count, result);
    });
    if (threadIdx.x == 0) {
        mean[row] = high + low;
        invStd[row] = inverse;
    }
}

extern "C" __global__ void __launch_bounds__(1024)
forward(int rows, int columns, float eps, const Number* x, const float* gamma, const float* beta, Number* y, float* mean,
        float* invStd) {
    unsigned row = sharedRow();
    if (row >= (unsigned)rows) {
        return;
    }
    if (columns % WIDTH == 0 && aligned(x) && aligned(gamma) && aligned(beta) && aligned(y)) {
        normaliseRow<true>(row, columns, eps, x, gamma, beta, y, mean, invStd);
    } else {
        normaliseRow<false>(row, columns, eps, x, gamma, beta, y, mean, invStd);
    }
}

// dx = invStd (g - mean(g) - xhat mean(g xhat)) of one row, g being dy gamma.
template <bool WIDE>
__device__ void rowBackward(unsigned row, int columns, const Number* x, const float* gamma, float mean, float invStd,
                            const Number* dy, Number* dx) {
    x += (size_t)row * columns;
    dy += (size_t)row * columns;
    dx += (size_t)row * columns;
    float sumOfG = 0;
    float sumOfGXhat = 0;
    walkRow(columns, [&](unsigned column, int count) {
        Pack xs = loadPack<WIDE>(x + column, count);
        Pack dys = loadPack<WIDE>(dy + column, count);
        float factors[WIDTH];
        loadFloats<WIDE>(gamma + column, count, factors);
#pragma unroll
        for (int i = 0; i < WIDTH; i++) {
            if (WIDE || i < count) {
                float g = __fmul_rn(number(dys, i), factors[i]);
                sumOfG += g;
                sumOfGXhat = fmaf(g, __fmul_rn(number(xs, i) - mean, invStd), sumOfGXhat);
            }
        }
    });
    float constant = sumOverRow(sumOfG) / columns;
    float slope = sumOverRow(sumOfGXhat) / columns * invStd;
    walkRow(columns, [&](unsigned column, int count) {
        Pack xs = loadPack<WIDE>(x + column, count);
        Pack dys = loadPack<WIDE>(dy + column, count);
        float factors[WIDTH], result[WIDTH];
        loadFloats<WIDE>(gamma + column, count, factors);
#pragma unroll
        for (int i = 0; i < WIDTH; i++) {
            float linear = fmaf(number(xs, i) - mean, slope, constant);
            result[i] = fmaf(number(dys, i), factors[i], -linear) * invStd;
        }
        storePack<WIDE>(dx + column, count, result);
    });
}

extern "C" __global__ void __launch_bounds__(1024)
backward(int rows, int columns, const Number* x, const float* gamma, const float* mean, const float* invStd, const Number* dy,
         Number* dx) {
    unsigned row = sharedRow();
    if (row >= (unsigned)rows) {
        return;
    }
    if (columns % WIDTH == 0 && aligned(x) && aligned(gamma) && aligned(dy) && aligned(dx)) {
        rowBackward<true>(row, columns, x, gamma, mean[row], invStd[row], dy, dx);
    } else {
        rowBackward<false>(row, columns, x, gamma, mean[row], invStd[row], dy, dx);
    }
}

// Sums of dy xhat and of dy over the rows of a block.
template <bool WIDE>
__device__ void sumGradients(int rows, int columns, int rowsPerBlock, const Number* x, const float* mean, const float* invStd,
                             const Number* dy, float* partial) {
    float sums[2][WIDTH] = {};
    walkRows<WIDE, 2>(rows, columns, rowsPerBlock, {x, dy}, [&](long long row, size_t, const Pack (&packs)[2]) {
        float rowMean = mean[row];
        float rowInvStd = invStd[row];
#pragma unroll
        for (int i = 0; i < WIDTH; i++) {
            float g = number(packs[1], i);
            sums[0][i] = fmaf(g, __fmul_rn(number(packs[0], i) - rowMean, rowInvStd), sums[0][i]);
            sums[1][i] += g;
        }
    });
    sumBlock(columns, sums, partial);
}

extern "C" __global__ void __launch_bounds__(COLUMN_THREADS)
gradientSums(int rows, int columns, int rowsPerBlock, const Number* x, const float* mean, const float* invStd,
             const Number* dy, float* partial) {
    if (columns % WIDTH == 0 && aligned(x) && aligned(dy)) {
        sumGradients<true>(rows, columns, rowsPerBlock, x, mean, invStd, dy, partial);
    } else {
        sumGradients<false>(rows, columns, rowsPerBlock, x, mean, invStd, dy, partial);
    }
}

extern "C" __global__ void __launch_bounds__(TOTAL_THREADS)
gradients(int columns, int blocks, const float* partial, float* dgamma, float* dbeta) {
    double sums[2];
    unsigned c;
    if (totals(columns, blocks, partial, sums, c)) {
        dgamma[c] = (float)sums[0];
        dbeta[c] = (float)sums[1];
    }
}
