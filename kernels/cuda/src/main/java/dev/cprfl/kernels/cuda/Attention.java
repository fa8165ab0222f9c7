package dev.cprfl.kernels.cuda;

import dev.cprfl.kernels.AttentionShape;
import dev.cprfl.kernels.GemmShape;

/**
 * Attention as matrix products and a softmax. The products of one head for all images are one batch for cuBLAS, those of one image
 * for all heads would be as well; the outer loop takes whichever there are fewer of.
 */
final class Attention {

    private final Gemm gemm;
    private final Softmax softmax;

    Attention(Gemm gemm, Softmax softmax) {
        this.gemm = gemm;
        this.softmax = softmax;
    }

    /** A matrix for each image and head: its rows, and where the next row, image and head begin. */
    private record Layout(int stride, int image, int head) {}

    private static Layout rows(int count, int stride, int headDim) {
        return new Layout(stride, count * stride, headDim);
    }

    private static Layout scores(AttentionShape s) {
        return new Layout(s.keys(), s.heads() * s.queries() * s.keys(), s.queries() * s.keys());
    }

    void forward(AttentionShape s, Type type, long q, long k, long v, long probabilities, long y) {
        Layout queries = rows(s.queries(), s.queryStride(), s.headDim());
        Layout keys = rows(s.keys(), s.keyStride(), s.headDim());
        Layout outputs = rows(s.queries(), s.width(), s.headDim());
        multiply(s, s.queries(), s.keys(), s.headDim(), false, true, type, queries, q, keys, k, type, scores(s),
                probabilities);
        softmax.scaledSoftmax(s.batch() * s.heads() * s.queries(), s.queries(), s.keys(), (float) s.scale(), s.causal(),
                type, probabilities, probabilities);
        multiply(s, s.queries(), s.headDim(), s.keys(), false, false, type, scores(s), probabilities, keys, v, type,
                outputs, y);
    }

    /**
     * @param scores room for the gradient of the scores
     * @param dq dense rows of any type, as dk and dv
     */
    void backward(AttentionShape s, Type type, long q, long k, long v, long probabilities, long dy, long scores,
            DeviceStorage dq, DeviceStorage dk, DeviceStorage dv) {
        Layout queries = rows(s.queries(), s.queryStride(), s.headDim());
        Layout keys = rows(s.keys(), s.keyStride(), s.headDim());
        Layout outputs = rows(s.queries(), s.width(), s.headDim());
        Layout denseKeys = rows(s.keys(), s.width(), s.headDim());
        multiply(s, s.keys(), s.headDim(), s.queries(), true, false, type, scores(s), probabilities, outputs, dy,
                dv.type(), denseKeys, dv.address());
        multiply(s, s.queries(), s.keys(), s.headDim(), false, true, type, outputs, dy, keys, v, type, scores(s),
                scores);
        softmax.scaledSoftmaxBackward(s.batch() * s.heads() * s.queries(), s.queries(), s.keys(), (float) s.scale(),
                s.causal(), type, probabilities, scores, scores);
        multiply(s, s.queries(), s.headDim(), s.keys(), false, false, type, scores(s), scores, keys, k, dq.type(),
                outputs, dq.address());
        multiply(s, s.keys(), s.headDim(), s.queries(), true, false, type, scores(s), scores, queries, q, dk.type(),
                denseKeys, dk.address());
    }

    private void multiply(AttentionShape s, int m, int n, int k, boolean transposeA, boolean transposeB, Type type,
            Layout ofA, long a, Layout ofB, long b, Type typeC, Layout ofC, long c) {
        boolean byHead = s.heads() <= s.batch();
        GemmShape one = new GemmShape(byHead ? s.batch() : s.heads(), m, n, k, transposeA, transposeB, ofA.stride,
                ofB.stride,
                ofC.stride, byHead ? ofA.image : ofA.head, byHead ? ofB.image : ofB.head,
                byHead ? ofC.image : ofC.head);
        for (int i = 0; i < (byHead ? s.heads() : s.batch()); i++) {
            gemm.gemm(one, type, a + (long) i * type.bytes * (byHead ? ofA.head : ofA.image),
                    b + (long) i * type.bytes * (byHead ? ofB.head : ofB.image), 0, typeC,
                    c + (long) i * typeC.bytes * (byHead ? ofC.head : ofC.image));
        }
    }
}
