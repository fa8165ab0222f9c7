package dev.cprfl.autograd.ops;

import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.kernels.BroadcastShape;
import dev.cprfl.kernels.GemmShape;
import dev.cprfl.kernels.Storage;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import java.util.Arrays;

/**
 * y = A B for each pair of matrices, the axes before the last two broadcast; dA = dy B^T and dB = A^T dy, each summed over what
 * was repeated. A transposed operand is read as its transpose, without a copy. PyTorch: {@code matmul}.
 */
public final class Matmul {

    private Matmul() {}

    /**
     * @param a [..., m, k]
     * @param b [..., k, n]
     * @return [..., m, n]
     * @throws IllegalArgumentException if the shapes do not fit
     */
    public static Variable apply(Variable a, Variable b) {
        return apply(a, b, false, false);
    }

    /**
     * @param a [..., m, k], or [..., k, m] if transposed
     * @param b [..., k, n], or [..., n, k] if transposed
     * @return [..., m, n]
     * @throws IllegalArgumentException if the shapes do not fit
     */
    public static Variable apply(Variable a, Variable b, boolean transposeA, boolean transposeB) {
        Tensor y = product(a.value(), transposeA, b.value(), transposeB);
        return Tape.record(y, (dy, gradients) -> {
            if (gradients.needs(a)) {
                Tensor da = transposeA
                        ? product(b.value(), transposeB, dy, true)
                        : product(dy, false, b.value(), !transposeB);
                Broadcast.addSum(gradients, a, da, dy);
            }
            if (gradients.needs(b)) {
                Tensor db = transposeB
                        ? product(dy, true, a.value(), transposeA)
                        : product(a.value(), !transposeA, dy, false);
                Broadcast.addSum(gradients, b, db, dy);
            }
        }, a, b);
    }

    /** The products of all pairs of matrices. The innermost axis of the batch is one call, the others are a loop. */
    private static Tensor product(Tensor a, boolean transposeA, Tensor b, boolean transposeB) {
        Shape shape = shape(a.shape(), transposeA, b.shape(), transposeB);
        Tensor y = Tensor.allocate(a.backend(), shape);
        int m = shape.extent(-2);
        int n = shape.extent(-1);
        int k = a.shape().extent(transposeA ? -2 : -1);
        BroadcastShape batch = BroadcastShape.of(batch(a.shape()), batch(b.shape()));
        int last = batch.extents().length - 1;
        int count = last < 0 ? 1 : batch.extents()[last];
        GemmShape dense = GemmShape.batched(count, m, n, k, transposeA, transposeB);
        GemmShape gemm = last < 0
                ? dense
                : new GemmShape(count, m, n, k, transposeA, transposeB, dense.lda(), dense.ldb(), dense.ldc(),
                        batch.stridesA()[last] * m * k, batch.stridesB()[last] * k * n, m * n);
        for (int first = 0; first < batch.length(); first += count) {
            a.backend().gemm(gemm, matrices(a, offset(first, batch.extents(), batch.stridesA()) * m * k),
                    matrices(b, offset(first, batch.extents(), batch.stridesB()) * k * n), null,
                    matrices(y, first * m * n));
        }
        return y;
    }

    private static Storage matrices(Tensor x, int offset) {
        return x.storage().slice(offset, x.length() - offset);
    }

    /** Where an operand's matrix for element {@code index} of the batch lies, in matrices. */
    private static int offset(int index, int[] extents, int[] strides) {
        int offset = 0;
        int rest = index;
        for (int axis = extents.length - 1; axis >= 0; axis--) {
            offset += rest % extents[axis] * strides[axis];
            rest /= extents[axis];
        }
        return offset;
    }

    private static Shape shape(Shape a, boolean transposeA, Shape b, boolean transposeB) {
        if (a.rank() < 2 || b.rank() < 2 || a.extent(transposeA ? -2 : -1) != b.extent(transposeB ? -1 : -2)) {
            throw new IllegalArgumentException("cannot multiply " + a + (transposeA ? " transposed" : "") + " by " + b
                    + (transposeB ? " transposed" : ""));
        }
        int[] batch = Broadcast.shape(Shape.of(batch(a)), Shape.of(batch(b))).toArray();
        int[] extents = Arrays.copyOf(batch, batch.length + 2);
        extents[batch.length] = a.extent(transposeA ? -1 : -2);
        extents[batch.length + 1] = b.extent(transposeB ? -2 : -1);
        return Shape.of(extents);
    }

    private static int[] batch(Shape matrices) {
        return Arrays.copyOf(matrices.toArray(), matrices.rank() - 2);
    }
}
