package dev.cprfl.audit.conformance;

import dev.cprfl.kernels.AslShape;
import java.util.ArrayList;
import java.util.List;

/** Losses, of labels and of targets between 0 and 1. */
final class LossCases {

    private static final double EPS = 1e-8;

    /** gammaPos, gammaNeg, clip. */
    private static final double[][] SETTINGS = {{0, 4, 0.05}, {1, 4, 0.05}, {0, 0, 0}, {2, 2, 0}, {0.5, 1.5, 0.2}};

    private LossCases() {}

    static List<OperationCase> all() {
        List<OperationCase> cases = new ArrayList<>();
        for (int length : Cases.lengths()) {
            add(new AslShape(length, 0, 4, 0.05, EPS, length % 2 == 0), "labels", cases);
        }
        for (double[] s : SETTINGS) {
            for (String targets : new String[]{"labels", "soft targets"}) {
                add(new AslShape(257, s[0], s[1], s[2], EPS, true), targets, cases);
                add(new AslShape(257, s[0], s[1], s[2], EPS, false), targets, cases);
            }
        }
        return cases;
    }

    private static void add(AslShape shape, String targets, List<OperationCase> cases) {
        cases.add(of("asymmetricLoss", shape, targets)
                .out("loss", shape.length())
                .call((backend, s) -> backend.asymmetricLoss(shape, s[0], s[1], s[2])));
        cases.add(of("asymmetricLossBackward", shape, targets)
                .in("dloss", shape.length())
                .out("dlogits", shape.length())
                .call((backend, s) -> backend.asymmetricLossBackward(shape, s[0], s[1], s[2], s[3])));
        cases.add(of("bceWithLogits", shape, targets)
                .out("loss", shape.length())
                .call((backend, s) -> backend.bceWithLogits(s[0], s[1], s[2])));
        cases.add(of("bceWithLogitsBackward", shape, targets)
                .in("dloss", shape.length())
                .out("dlogits", shape.length())
                .call((backend, s) -> backend.bceWithLogitsBackward(s[0], s[1], s[2], s[3])));
    }

    private static OperationCase of(String operation, AslShape shape, String targets) {
        int length = shape.length();
        OperationCase c = OperationCase.of(operation, shape, targets);
        c.in("logits", logits(c, length, shape.clip()));
        return targets.equals("labels")
                ? c.exactIn("targets", labels(c, length))
                : c.in("targets", c.uniform("targets", length, 0.05, 0.95));
    }

    /**
     * Logits in [-16, 16), and some of 100 and -100; none so near the clip that rounding decides on which side of it they are.
     * Between 16 and 36 even the reference would have few digits of 1 - s left.
     */
    private static double[] logits(OperationCase c, int length, double clip) {
        double[] x = c.uniform("logits", length, -16, 16);
        double edge = Math.log(clip / (1 - clip));
        for (int i = 0; i < length; i++) {
            if (i % 19 == 7) {
                x[i] = Math.copySign(100, x[i]);
            }
            if (Math.abs(x[i] - edge) < 1e-3) {
                x[i] += 0.01;
            }
        }
        return x;
    }

    /** One in four is positive. */
    private static double[] labels(OperationCase c, int length) {
        double[] u = c.uniform("targets", length, 0, 1);
        for (int i = 0; i < length; i++) {
            u[i] = u[i] < 0.25 ? 1 : 0;
        }
        return u;
    }
}
