// Numbers go to other places, as they are but for the type.

// y[r * targetStride + c] = x[r * sourceStride + c]
extern "C" __global__ void copy(unsigned rows, unsigned columns, unsigned sourceStride, unsigned targetStride, const Number* x,
        Number* y) {
    unsigned threads = (columns + PER_THREAD - 1) / PER_THREAD;
    unsigned r = threadNumber() / threads;
    unsigned c = threadNumber() % threads * PER_THREAD;
    if (r < rows) {
        Number v[PER_THREAD];
        fetch(x + (r * sourceStride + c), columns - c, v);
        put(y + (r * targetStride + c), columns - c, v);
    }
}

// Pixels of x [batch, h, w, columns] to every stride-th place of y [batch, height, width, columns]; 0 between them.
extern "C" __global__ void spread(unsigned batch, unsigned h, unsigned w, unsigned height, unsigned width, unsigned columns,
        unsigned stride, const Number* x, Number* y) {
    unsigned threads = (columns + PER_THREAD - 1) / PER_THREAD;
    unsigned pixel = threadNumber() / threads;
    unsigned c = threadNumber() % threads * PER_THREAD;
    unsigned column = pixel % width;
    unsigned row = pixel / width % height;
    unsigned image = pixel / width / height;
    if (image < batch) {
        Number v[PER_THREAD] = {};
        if (column % stride == 0 && row % stride == 0 && column / stride < w && row / stride < h) {
            fetch(x + ((image * h + row / stride) * w + column / stride) * columns + c, columns - c, v);
        }
        put(y + (pixel * columns + c), columns - c, v);
    }
}

#define TILE 32

// Each block turns one square of a matrix, in shared memory, so that rows of x are read and rows of y are written.
extern "C" __global__ void transpose(unsigned rows, unsigned columns, const Number* x, Number* y) {
    __shared__ Number tile[TILE][TILE + 1];  // one more, or the threads of a warp would meet in one bank
    unsigned across = (columns + TILE - 1) / TILE;
    unsigned down = (rows + TILE - 1) / TILE;
    unsigned left = blockIdx.x % across * TILE;
    unsigned top = blockIdx.x / across % down * TILE;
    unsigned matrix = blockIdx.x / across / down * rows * columns;
    unsigned column = left + threadIdx.x;
    for (unsigned k = threadIdx.y; k < TILE; k += blockDim.y) {
        if (top + k < rows && column < columns) {
            tile[k][threadIdx.x] = x[matrix + (top + k) * columns + column];
        }
    }
    __syncthreads();
    unsigned row = top + threadIdx.x;
    for (unsigned k = threadIdx.y; k < TILE; k += blockDim.y) {
        if (left + k < columns && row < rows) {
            y[matrix + (left + k) * rows + row] = tile[threadIdx.x][k];
        }
    }
}

// y[i, :] = weights[indices[i], :]
extern "C" __global__ void embedding(unsigned count, unsigned columns, const int* indices, const float* weights, Number* y) {
    unsigned threads = (columns + PER_THREAD - 1) / PER_THREAD;
    unsigned i = threadNumber() / threads;
    unsigned c = threadNumber() % threads * PER_THREAD;
    if (i < count) {
        float v[PER_THREAD];
        load(weights + (indices[i] * columns + c), columns - c, v);
        store(y + (i * columns + c), columns - c, v);
    }
}

// dweights[r, :] = the sum of dy[i, :] over the positions i of r, in their order. The positions of r lie in byRow itself, from
// byRow[r] to before byRow[r + 1].
template <bool CHUNKS>
__device__ __forceinline__ void sumPositions(const int* byRow, unsigned r, unsigned columns, unsigned c, const Number* dy,
        float (&sum)[PER_THREAD]) {
    int end = byRow[r + 1];
#pragma unroll 4
    for (int at = byRow[r]; at < end; at++) {
        add<CHUNKS>(dy + (byRow[at] * columns + c), columns - c, sum);
    }
}

extern "C" __global__ void embeddingBackward(unsigned rows, unsigned columns, const int* byRow, const Number* dy, float* dweights) {
    unsigned threads = (columns + PER_THREAD - 1) / PER_THREAD;
    unsigned r = threadNumber() / threads;
    unsigned c = threadNumber() % threads * PER_THREAD;
    if (r < rows) {
        float sum[PER_THREAD] = {};
        if (movesInChunks(dy + c, columns - c, PER_THREAD) && columns % PER_THREAD == 0) {
            sumPositions<true>(byRow, r, columns, c, dy, sum);
        } else {
            sumPositions<false>(byRow, r, columns, c, dy, sum);
        }
        store(dweights + (r * columns + c), columns - c, sum);
    }
}
