package dev.cprfl.audit.conformance;

import dev.cprfl.kernels.PoolShape;
import java.util.ArrayList;
import java.util.List;

/** Max-pooling: ordinary numbers, many ties, and images of minus infinity. */
final class PoolingCases {

    /** Batch, height, width, channels, kernel, stride, padding. */
    private static final PoolShape[] SHAPES = {new PoolShape(1, 1, 1, 1, 1, 1, 0), new PoolShape(0, 5, 5, 3, 3, 2, 1),
        new PoolShape(1, 1, 1, 3, 3, 2, 1), new PoolShape(3, 7, 5, 3, 3, 2, 1), new PoolShape(1, 13, 9, 17, 3, 2, 1),
        new PoolShape(2, 8, 6, 16, 3, 2, 1), new PoolShape(1, 6, 7, 33, 2, 2, 0), new PoolShape(1, 5, 5, 4, 3, 1, 1),
        new PoolShape(1, 7, 7, 5, 2, 3, 1), new PoolShape(1, 9, 9, 2, 5, 2, 2), new PoolShape(3, 57, 55, 19, 3, 2, 1)};

    private PoolingCases() {}

    static List<OperationCase> all() {
        List<OperationCase> cases = new ArrayList<>();
        for (PoolShape shape : SHAPES) {
            for (String content : new String[]{"normal", "ties", "minus infinity"}) {
                cases.add(maxPool(shape, content));
                cases.add(maxPoolBackward(shape, content));
            }
        }
        return cases;
    }

    private static OperationCase maxPool(PoolShape shape, String content) {
        OperationCase c = OperationCase.of("maxPool2d", shape, content);
        return c.in("x", image(c, shape, content))
                .out("y", shape.outputLength())
                .exact()
                .call((backend, s) -> backend.maxPool2d(shape, s[0], s[1]));
    }

    private static OperationCase maxPoolBackward(PoolShape shape, String content) {
        OperationCase c = OperationCase.of("maxPool2dBackward", shape, content);
        return c.exactIn("x", image(c, shape, content)) // a disturbance would move the maxima
                .in("dy", shape.outputLength())
                .out("dx", shape.inputLength())
                .terms(shape.kernel() * shape.kernel())
                .call((backend, s) -> backend.maxPool2dBackward(shape, s[0], s[1], s[2]));
    }

    private static double[] image(OperationCase c, PoolShape shape, String content) {
        double[] x = c.normal("x", shape.inputLength());
        for (int i = 0; i < x.length; i++) {
            x[i] = switch (content) {
                case "normal" -> x[i];
                case "ties" -> Math.rint(x[i]);
                default -> Double.NEGATIVE_INFINITY;
            };
        }
        return x;
    }
}
