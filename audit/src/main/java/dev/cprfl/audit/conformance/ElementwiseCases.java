package dev.cprfl.audit.conformance;

import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.Backends;
import dev.cprfl.kernels.BinaryOp;
import dev.cprfl.kernels.BroadcastShape;
import dev.cprfl.kernels.Storage;
import dev.cprfl.kernels.UnaryOp;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Elementwise operations. */
final class ElementwiseCases {

    /** Infinities, zeros, and numbers around which exp overflows, underflows or saturates. */
    private static final double[] EXTREMES = {0.0, -0.0, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 1e30,
        -1e30,
        1e-30, -1e-30, 60, -60, 88, -87, 100, -100, 104, -104, 1000, -1000, 0x1p-149, -0x1p-149};

    /** Pairs of shapes that broadcast. */
    private static final int[][][] BROADCASTS = {{{}, {4}}, {{3, 1}, {1, 5}}, {{2, 3, 5}, {5}}, {{2, 3, 5}, {3, 1}},
        {{7}, {1}}, {{1}, {7}}, {{1}, {1}}, {{2, 1, 3, 1}, {5, 1, 7}}, {{0, 3}, {3}}, {{37, 17}, {17}},
        {{37, 17}, {37, 1}}, {{37, 17}, {1}}, {{3, 37, 17}, {3, 1, 17}}, {{3, 1, 33}, {3, 37, 33}},
        {{307, 331}, {331}}, {{307, 331}, {307, 1}}};

    private ElementwiseCases() {}

    static List<OperationCase> all() {
        List<OperationCase> cases = new ArrayList<>();
        for (int length : Cases.lengths()) {
            for (double alpha : new double[]{1, -0.3}) {
                cases.add(scale(alpha, length));
                cases.add(accumulate(alpha, length));
            }
            for (UnaryOp op : UnaryOp.values()) {
                cases.add(unary(op, length));
                cases.add(unaryBackward(op, length));
            }
            for (BinaryOp op : BinaryOp.values()) {
                cases.add(binary(op, new int[]{length}, new int[]{length}));
            }
            cases.add(dropout(0.4, length));
        }
        for (UnaryOp op : UnaryOp.values()) {
            cases.add(extremes(op));
        }
        for (BinaryOp op : BinaryOp.values()) {
            for (int[][] shapes : BROADCASTS) {
                cases.add(binary(op, shapes[0], shapes[1]));
                cases.add(binary(op, shapes[1], shapes[0]));
            }
        }
        cases.add(dropout(0, 37));
        cases.add(dropout(0.999, 37));
        return cases;
    }

    private static OperationCase scale(double alpha, int length) {
        return OperationCase.of("scale", alpha, length)
                .in("x", length)
                .out("y", length)
                .inPlace("x", "y")
                .call((backend, s) -> backend.scale(alpha, s[0], s[1]));
    }

    private static OperationCase accumulate(double alpha, int length) {
        OperationCase c = OperationCase.of("accumulate", alpha, length);
        return c.in("x", length)
                .changed("y", c.normal("y", length))
                .call((backend, s) -> backend.accumulate(alpha, s[0], s[1]));
    }

    private static OperationCase unary(UnaryOp op, int length) {
        OperationCase c = OperationCase.of("unary", op, length);
        return c.in("x", arguments(c, op, length))
                .out("y", length)
                .inPlace("x", "y")
                .call((backend, s) -> backend.unary(op, s[0], s[1]));
    }

    private static OperationCase extremes(UnaryOp op) {
        return OperationCase.of("unary", op, "extremes")
                .in("x", EXTREMES)
                .out("y", EXTREMES.length)
                .call((backend, s) -> backend.unary(op, s[0], s[1]));
    }

    private static OperationCase unaryBackward(UnaryOp op, int length) {
        OperationCase c = OperationCase.of("unaryBackward", op, length);
        double[] x = arguments(c, op, length);
        return c.in("x", x)
                .in("y", values(op, x))
                .in("dy", length)
                .out("dx", length)
                .inPlace("dy", "dx")
                .call((backend, s) -> backend.unaryBackward(op, s[0], s[1], s[2], s[3]));
    }

    /** Numbers within [-10, 10] where the function has values, with a zero among them. */
    private static double[] arguments(OperationCase c, UnaryOp op, int length) {
        double[] x = c.uniform("x", length, op == UnaryOp.LOG ? 1e-3 : -10, 10);
        if (length > 2 && op != UnaryOp.LOG) {
            x[length / 2] = 0;
        }
        return x;
    }

    private static double[] values(UnaryOp op, double[] x) {
        try (Backend reference = Backends.open("reference", 1)) {
            Storage y = reference.memory().allocate(x.length);
            reference.memory().write(x, 0, y);
            reference.unary(op, y, y);
            double[] values = new double[x.length];
            reference.memory().read(y, values, 0);
            return values;
        }
    }

    private static OperationCase binary(BinaryOp op, int[] a, int[] b) {
        BroadcastShape shape = BroadcastShape.of(a, b);
        OperationCase c = OperationCase.of("binary", op, Arrays.toString(a), Arrays.toString(b));
        c.in("a", product(a)).in("b", c.uniform("b", product(b), 0.5, 2)).out("y", shape.length());
        if (product(a) == shape.length()) {
            c.inPlace("a", "y");
        }
        if (product(b) == shape.length()) {
            c.inPlace("b", "y");
        }
        return c.call((backend, s) -> backend.binary(op, shape, s[0], s[1], s[2]));
    }

    private static int product(int[] shape) {
        return Arrays.stream(shape).reduce(1, (x, y) -> x * y);
    }

    private static OperationCase dropout(double p, int length) {
        return OperationCase.of("dropout", p, length)
                .in("x", length)
                .out("y", length)
                .inPlace("x", "y")
                .call((backend, s) -> backend.dropout(p, 42, s[0], s[1]));
    }
}
