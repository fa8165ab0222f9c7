package dev.cprfl.kernels.reference;

import dev.cprfl.kernels.AttentionShape;
import dev.cprfl.kernels.RowShape;

/** Softmax and scaled dot-product attention. */
final class ReferenceAttention {

    private ReferenceAttention() {}

    static void softmax(RowShape shape, ReferenceStorage x, ReferenceStorage y) {
        for (int r = 0; r < shape.rows(); r++) {
            softmaxRow(shape.columns(), r * shape.columns(), x, y);
        }
    }

    /** A row without a finite number gives NaN, as in PyTorch. */
    private static void softmaxRow(int columns, int base, ReferenceStorage x, ReferenceStorage y) {
        double max = Double.NEGATIVE_INFINITY;
        for (int c = 0; c < columns; c++) {
            max = Math.max(max, x.get(base + c));
        }
        double sum = 0;
        for (int c = 0; c < columns; c++) {
            double e = Math.exp(x.get(base + c) - max);
            y.set(base + c, e);
            sum += e;
        }
        for (int c = 0; c < columns; c++) {
            y.set(base + c, y.get(base + c) / sum);
        }
    }

    static void softmaxBackward(RowShape shape, ReferenceStorage y, ReferenceStorage dy, ReferenceStorage dx) {
        int columns = shape.columns();
        for (int r = 0; r < shape.rows(); r++) {
            double dot = 0;
            for (int c = 0; c < columns; c++) {
                dot += dy.get(r * columns + c) * y.get(r * columns + c);
            }
            for (int c = 0; c < columns; c++) {
                int i = r * columns + c;
                dx.set(i, y.get(i) * (dy.get(i) - dot));
            }
        }
    }

    static void attention(AttentionShape shape, ReferenceStorage q, ReferenceStorage k, ReferenceStorage v,
            ReferenceStorage probabilities, ReferenceStorage y) {
        for (int b = 0; b < shape.batch(); b++) {
            for (int h = 0; h < shape.heads(); h++) {
                for (int i = 0; i < shape.queries(); i++) {
                    attend(shape, b, h, i, q, k, v, probabilities, y);
                }
            }
        }
    }

    /** One row of the probabilities and of one head's output. */
    private static void attend(AttentionShape shape, int b, int h, int i, ReferenceStorage q, ReferenceStorage k,
            ReferenceStorage v, ReferenceStorage probabilities, ReferenceStorage y) {
        int row = probabilityRow(shape, b, h, i);
        int visible = visibleKeys(shape, i);
        for (int j = 0; j < visible; j++) {
            double dot = 0;
            for (int e = 0; e < shape.headDim(); e++) {
                dot += q.get(queryIndex(shape, b, h, i, e)) * k.get(keyIndex(shape, b, h, j, e));
            }
            probabilities.set(row + j, shape.scale() * dot);
        }
        softmaxRow(visible, row, probabilities, probabilities);
        for (int j = visible; j < shape.keys(); j++) {
            probabilities.set(row + j, 0);
        }
        for (int e = 0; e < shape.headDim(); e++) {
            double sum = 0;
            for (int j = 0; j < visible; j++) {
                sum += probabilities.get(row + j) * v.get(keyIndex(shape, b, h, j, e));
            }
            y.set(outputIndex(shape, b, h, i, e), sum);
        }
    }

    /**
     * With P the probabilities and S the scaled scores: dV = P^T dY, dP = dY V^T, dS = P (dP - sum(dP P)) along each row,
     * dQ = scale dS K, dK = scale dS^T Q.
     */
    static void attentionBackward(AttentionShape shape, ReferenceStorage q, ReferenceStorage k, ReferenceStorage v,
            ReferenceStorage probabilities, ReferenceStorage dy, ReferenceStorage dq, ReferenceStorage dk,
            ReferenceStorage dv) {
        for (int b = 0; b < shape.batch(); b++) {
            for (int h = 0; h < shape.heads(); h++) {
                zero(shape, b, h, dq, dk, dv);
                for (int i = 0; i < shape.queries(); i++) {
                    attendBackward(shape, b, h, i, q, k, v, probabilities, dy, dq, dk, dv);
                }
            }
        }
    }

    private static void zero(AttentionShape shape, int b, int h, ReferenceStorage dq, ReferenceStorage dk,
            ReferenceStorage dv) {
        for (int e = 0; e < shape.headDim(); e++) {
            for (int i = 0; i < shape.queries(); i++) {
                dq.set(queryIndex(shape, b, h, i, e), 0);
            }
            for (int j = 0; j < shape.keys(); j++) {
                dk.set(keyIndex(shape, b, h, j, e), 0);
                dv.set(keyIndex(shape, b, h, j, e), 0);
            }
        }
    }

    private static void attendBackward(AttentionShape shape, int b, int h, int i, ReferenceStorage q,
            ReferenceStorage k, ReferenceStorage v, ReferenceStorage probabilities, ReferenceStorage dy,
            ReferenceStorage dq, ReferenceStorage dk, ReferenceStorage dv) {
        int row = probabilityRow(shape, b, h, i);
        int visible = visibleKeys(shape, i);
        double[] dp = new double[visible];
        double dot = 0;
        for (int j = 0; j < visible; j++) {
            for (int e = 0; e < shape.headDim(); e++) {
                dp[j] += dy.get(outputIndex(shape, b, h, i, e)) * v.get(keyIndex(shape, b, h, j, e));
            }
            dot += dp[j] * probabilities.get(row + j);
        }
        for (int j = 0; j < visible; j++) {
            double p = probabilities.get(row + j);
            double ds = p * (dp[j] - dot);
            for (int e = 0; e < shape.headDim(); e++) {
                int qi = queryIndex(shape, b, h, i, e);
                int kj = keyIndex(shape, b, h, j, e);
                dq.add(qi, shape.scale() * ds * k.get(kj));
                dk.add(kj, shape.scale() * ds * q.get(qi));
                dv.add(kj, p * dy.get(outputIndex(shape, b, h, i, e)));
            }
        }
    }

    /** How many keys query i sees. */
    private static int visibleKeys(AttentionShape shape, int i) {
        return shape.causal() ? Math.min(i + 1, shape.keys()) : shape.keys();
    }

    private static int probabilityRow(AttentionShape shape, int b, int h, int i) {
        return ((b * shape.heads() + h) * shape.queries() + i) * shape.keys();
    }

    private static int queryIndex(AttentionShape shape, int b, int h, int i, int e) {
        return (b * shape.queries() + i) * shape.queryStride() + h * shape.headDim() + e;
    }

    private static int keyIndex(AttentionShape shape, int b, int h, int j, int e) {
        return (b * shape.keys() + j) * shape.keyStride() + h * shape.headDim() + e;
    }

    private static int outputIndex(AttentionShape shape, int b, int h, int i, int e) {
        return (b * shape.queries() + i) * shape.width() + h * shape.headDim() + e;
    }
}
