package dev.cprfl.audit.conformance;

import dev.cprfl.kernels.ReduceShape;
import java.util.ArrayList;
import java.util.List;

/** Sums and the search for numbers that are not finite. */
final class ReductionCases {

    private static final ReduceShape[] SUMS = {new ReduceShape(0, 3, 2), new ReduceShape(2, 0, 3),
        new ReduceShape(2, 3, 0), new ReduceShape(3, 5, 7), new ReduceShape(5, 17, 33), new ReduceShape(37, 19, 1),
        new ReduceShape(1, 1031, 65), new ReduceShape(3, 257, 129), new ReduceShape(4099, 7, 3),
        new ReduceShape(1, 3, 10007), new ReduceShape(307, 331, 1)};

    private ReductionCases() {}

    static List<OperationCase> all() {
        List<OperationCase> cases = new ArrayList<>();
        for (int length : Cases.lengths()) {
            cases.add(sum(new ReduceShape(1, length, 1)));
            cases.add(sum(new ReduceShape(3, length, 1)));
            cases.add(sum(new ReduceShape(1, 3, length)));
            cases.add(firstNonFinite(length, length, Double.NaN));
            cases.add(firstNonFinite(length, length / 2, Double.NaN));
            cases.add(firstNonFinite(length, length - 1, Double.NEGATIVE_INFINITY));
            cases.add(firstNonFinite(length, 0, Double.POSITIVE_INFINITY));
        }
        for (ReduceShape shape : SUMS) {
            cases.add(sum(shape));
        }
        return cases;
    }

    private static OperationCase sum(ReduceShape shape) {
        return OperationCase.of("sum", shape)
                .in("x", shape.outer() * shape.reduced() * shape.inner())
                .out("y", shape.outer() * shape.inner())
                .terms(shape.reduced())
                .call((backend, s) -> backend.sum(shape, s[0], s[1]));
    }

    /** Numbers that are not finite at {@code position} (none if that lies outside) and at the end; the index goes into y. */
    private static OperationCase firstNonFinite(int length, int position, double value) {
        OperationCase c = OperationCase.of("firstNonFinite", length, position, value);
        double[] x = c.normal("x", length);
        if (position >= 0 && position < length) {
            x[position] = value;
            x[length - 1] = value;
        }
        return c.in("x", x)
                .out("y", 1)
                .exact()
                .call((backend, s) -> backend.fill(backend.firstNonFinite(s[0]), s[1]));
    }
}
