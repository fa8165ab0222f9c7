// Max-pool of NHWC images: one thread for each pack of channels of each pixel that is written.

struct Shape {
    int batch, height, width, channels, outHeight, outWidth, kernel, stride, padding;
};

// The pixel and the first channel of this thread, of a batch of images.
struct Place {
    int image, row, column, channel, count;
    bool inside;
};

__device__ __forceinline__ Place place(const Shape& shape, int height, int width) {
    unsigned packs = (shape.channels + WIDTH - 1) / WIDTH;
    unsigned thread = blockIdx.x * blockDim.x + threadIdx.x;
    unsigned pixel = thread / packs;
    Place place;
    place.channel = thread % packs * WIDTH;
    place.count = countFrom(place.channel, shape.channels);
    place.column = pixel % width;
    place.row = pixel / width % height;
    place.image = pixel / width / height;
    place.inside = place.image < shape.batch;
    return place;
}

__device__ __forceinline__ size_t offset(int image, int row, int column, int height, int width, int channels) {
    return (((size_t)image * height + row) * width + column) * channels;
}

template <bool WIDE> __device__ void pool(const Shape& shape, const Place& to, const Number* x, Number* y) {
    int top = to.row * shape.stride - shape.padding;
    int left = to.column * shape.stride - shape.padding;
    int bottom = min(top + shape.kernel, shape.height);
    int right = min(left + shape.kernel, shape.width);
    float most[WIDTH];
#pragma unroll
    for (int i = 0; i < WIDTH; i++) {
        most[i] = __int_as_float(0xff800000);
    }
    for (int h = max(top, 0); h < bottom; h++) {
        const Number* from = x + offset(to.image, h, 0, shape.height, shape.width, shape.channels) + to.channel;
#pragma unroll 3
        for (int w = max(left, 0); w < right; w++) {
            Pack pack = loadPack<WIDE>(from + (size_t)w * shape.channels, to.count);
#pragma unroll
            for (int i = 0; i < WIDTH; i++) {
                most[i] = larger(most[i], number(pack, i));
            }
        }
    }
    storePack<WIDE>(y + offset(to.image, to.row, to.column, shape.outHeight, shape.outWidth, shape.channels) + to.channel,
                    to.count, most);
}

extern "C" __global__ void __launch_bounds__(256)
forward(Shape shape, const Number* x, Number* y) {
    Place to = place(shape, shape.outHeight, shape.outWidth);
    if (!to.inside) {
        return;
    }
    if (shape.channels % WIDTH == 0 && aligned(x) && aligned(y)) {
        pool<true>(shape, to, x, y);
    } else {
        pool<false>(shape, to, x, y);
    }
}

// Whether a number of the same window takes the maximum from ours: the first maximum has it, but the last NaN if there is one.
__device__ __forceinline__ bool beats(float other, float own, bool earlier) {
    if (own != own) {
        return !earlier && other != other;
    }
    return earlier ? !(other < own) : !(other <= own);
}

// The channels, as bits, in which this pixel is the maximum of the window [p, q].
template <bool WIDE>
__device__ __forceinline__ unsigned wins(const Shape& shape, const Place& at, const Number* x, const Pack& own, int p, int q) {
    int top = p * shape.stride - shape.padding;
    int left = q * shape.stride - shape.padding;
    int bottom = min(top + shape.kernel, shape.height);
    int right = min(left + shape.kernel, shape.width);
    unsigned lost = 0;
    for (int h = max(top, 0); h < bottom; h++) {
        const Number* from = x + offset(at.image, h, 0, shape.height, shape.width, shape.channels) + at.channel;
#pragma unroll 3
        for (int w = max(left, 0); w < right; w++) {
            bool earlier = h < at.row || (h == at.row && w < at.column);
            bool itself = h == at.row && w == at.column;
            Pack pack = loadPack<WIDE>(from + (size_t)w * shape.channels, at.count);
#pragma unroll
            for (int i = 0; i < WIDTH; i++) {
                if (!itself && beats(number(pack, i), number(own, i), earlier)) {
                    lost |= 1u << i;
                }
            }
        }
    }
    return ~lost;
}

template <bool WIDE>
__device__ void gather(const Shape& shape, const Place& at, const Number* x, const Number* dy, Number* dx) {
    size_t here = offset(at.image, at.row, at.column, shape.height, shape.width, shape.channels) + at.channel;
    Pack own = loadPack<WIDE>(x + here, at.count);
    // The windows over row h are those with p stride <= h + padding < p stride + kernel; likewise over the columns.
    int h = at.row + shape.padding;
    int w = at.column + shape.padding;
    int lastP = min(h / shape.stride, shape.outHeight - 1);
    int lastQ = min(w / shape.stride, shape.outWidth - 1);
    int firstP = h < shape.kernel ? 0 : (h - shape.kernel) / shape.stride + 1;
    int firstQ = w < shape.kernel ? 0 : (w - shape.kernel) / shape.stride + 1;
    float sums[WIDTH] = {};
    for (int p = firstP; p <= lastP; p++) {
        for (int q = firstQ; q <= lastQ; q++) {
            unsigned won = wins<WIDE>(shape, at, x, own, p, q);
            Pack gradient = loadPack<WIDE>(
                dy + offset(at.image, p, q, shape.outHeight, shape.outWidth, shape.channels) + at.channel, at.count);
#pragma unroll
            for (int i = 0; i < WIDTH; i++) {
                if (won >> i & 1) {
                    sums[i] += number(gradient, i);
                }
            }
        }
    }
    storePack<WIDE>(dx + here, at.count, sums);
}

extern "C" __global__ void __launch_bounds__(256)
backward(Shape shape, const Number* x, const Number* dy, Number* dx) {
    Place at = place(shape, shape.height, shape.width);
    if (!at.inside) {
        return;
    }
    if (shape.channels % WIDTH == 0 && aligned(x) && aligned(dy) && aligned(dx)) {
        gather<true>(shape, at, x, dy, dx);
    } else {
        gather<false>(shape, at, x, dy, dx);
    }
}
