package dev.cprfl.audit.conformance;

import dev.cprfl.kernels.AttentionShape;
import dev.cprfl.kernels.RowShape;
import java.util.ArrayList;
import java.util.List;

/** Softmax and attention. */
final class AttentionCases {

    private AttentionCases() {}

    static List<OperationCase> all() {
        List<OperationCase> cases = new ArrayList<>();
        for (int columns = 1; columns < 34; columns++) {
            addSoftmax(new RowShape(3, columns), cases);
        }
        addSoftmax(new RowShape(0, 5), cases);
        addSoftmax(new RowShape(5, 1031), cases);
        addSoftmax(new RowShape(307, 331), cases);
        cases.add(extremes());

        addAttention(dense(0, 2, 3, 4, 5, false), cases);
        addAttention(dense(2, 2, 0, 4, 5, false), cases);
        addAttention(dense(1, 1, 1, 1, 1, false), cases);
        addAttention(dense(1, 1, 5, 7, 3, false), cases);
        addAttention(dense(3, 2, 7, 5, 16, false), cases);
        addAttention(dense(2, 3, 33, 33, 17, true), cases);
        addAttention(dense(1, 2, 9, 5, 8, true), cases);
        addAttention(dense(1, 2, 5, 9, 8, true), cases);
        addAttention(dense(1, 2, 20, 216, 64, false), cases);
        addAttention(dense(2, 2, 77, 77, 31, true), cases);
        // Columns of a projected matrix: of [Q K V], of Q alone beside [K V].
        addAttention(new AttentionShape(2, 3, 19, 19, 8, 72, 72, 0.3, false), cases);
        addAttention(new AttentionShape(2, 3, 19, 19, 8, 72, 72, 0.3, true), cases);
        addAttention(new AttentionShape(3, 2, 4, 41, 17, 35, 71, 0.25, false), cases);
        return cases;
    }

    private static AttentionShape dense(int batch, int heads, int queries, int keys, int headDim, boolean causal) {
        return new AttentionShape(batch, heads, queries, keys, headDim, heads * headDim, heads * headDim,
                1 / Math.sqrt(headDim), causal);
    }

    private static void addSoftmax(RowShape shape, List<OperationCase> cases) {
        OperationCase forward = OperationCase.of("softmax", shape);
        cases.add(forward
                .in("x", forward.uniform("x", shape.length(), -5, 5))
                .out("y", shape.length())
                .inPlace("x", "y")
                .terms(shape.columns())
                .call((backend, s) -> backend.softmax(shape, s[0], s[1])));
        OperationCase backward = OperationCase.of("softmaxBackward", shape);
        cases.add(backward
                .in("y", backward.uniform("y", shape.length(), 0, 1))
                .in("dy", shape.length())
                .out("dx", shape.length())
                .inPlace("dy", "dx")
                .terms(shape.columns())
                .call((backend, s) -> backend.softmaxBackward(shape, s[0], s[1], s[2])));
    }

    /** Rows with large and masked numbers; rows without a finite maximum give NaN. */
    private static OperationCase extremes() {
        double inf = Double.POSITIVE_INFINITY;
        double[] x = {-inf, -inf, -inf, -inf, -inf, -inf, 0, -inf, 1, -inf, 1e4, 1e4, 1e4 - 1, -1e4, 0, inf, 0, 1, 2, 3,
            -1e30,
            -1e30, -1e30, 0, -200, 0, 0, 0, 0, 0};
        RowShape shape = new RowShape(6, 5);
        return OperationCase.of("softmax", "extremes")
                .in("x", x)
                .out("y", x.length)
                .inPlace("x", "y")
                .terms(shape.columns())
                .call((backend, s) -> backend.softmax(shape, s[0], s[1]));
    }

    private static void addAttention(AttentionShape shape, List<OperationCase> cases) {
        int q = shape.queriesLength();
        int k = shape.keysLength();
        int y = shape.outputLength();
        int probabilities = shape.probabilitiesLength();
        OperationCase forward = of("attention", shape)
                .in("q", q)
                .in("k", k)
                .in("v", k)
                .out("probabilities", probabilities)
                .out("y", y)
                .terms(shape.keys() + shape.headDim())
                .call((backend, s) -> backend.attention(shape, s[0], s[1], s[2], s[3], s[4]));
        cases.add(forward);
        OperationCase backward = of("attentionBackward", shape);
        cases.add(backward
                .in("q", q)
                .in("k", k)
                .in("v", k)
                .in("probabilities", probabilities(backward, shape))
                .in("dy", y)
                .out("dq", q)
                .out("dk", k)
                .out("dv", k)
                .terms(shape.keys() + shape.queries() + shape.headDim())
                .call((backend, s) -> backend.attentionBackward(shape, s[0], s[1], s[2], s[3], s[4], s[5], s[6],
                        s[7])));
    }

    private static OperationCase of(String operation, AttentionShape shape) {
        OperationCase c = OperationCase.of(operation, shape);
        return shape.causal() ? c.products().nanMaySpread() : c.products();
    }

    /** Rows of positive numbers that sum to about one; zero where the mask hides a key. */
    private static double[] probabilities(OperationCase c, AttentionShape shape) {
        double[] p = c.uniform("probabilities", shape.probabilitiesLength(), 0, 2.0 / shape.keys());
        for (int i = 0; i < p.length; i++) {
            int query = i / shape.keys() % shape.queries();
            int key = i % shape.keys();
            p[i] = shape.causal() && key > query ? 0 : p[i];
        }
        return p;
    }
}
