package dev.cprfl.tests.conformance;

import dev.cprfl.kernels.AslShape;
import java.util.ArrayList;
import java.util.List;

/** Losses. */
final class LossCases {

    private static final double EPS = 1e-8;

    /** gammaPos, gammaNeg, clip. */
    private static final double[][] SETTINGS = {{0, 4, 0.05}, {1, 4, 0.05}, {0, 0, 0}, {2, 2, 0}, {0.5, 1.5, 0.2}};

    private LossCases() {}

    static List<OperationCase> all() {
        List<OperationCase> cases = new ArrayList<>();
        for (int length : Cases.lengths()) {
            cases.add(asl(new AslShape(length, 0, 4, 0.05, EPS, true)));
            cases.add(aslBackward(new AslShape(length, 0, 4, 0.05, EPS, true)));
            cases.add(aslBackward(new AslShape(length, 0, 4, 0.05, EPS, false)));
            cases.add(bce(length));
            cases.add(bceBackward(length));
        }
        for (double[] s : SETTINGS) {
            cases.add(asl(new AslShape(257, s[0], s[1], s[2], EPS, false)));
            cases.add(aslBackward(new AslShape(257, s[0], s[1], s[2], EPS, false)));
            cases.add(aslBackward(new AslShape(257, s[0], s[1], s[2], EPS, true)));
        }
        return cases;
    }

    private static OperationCase asl(AslShape shape) {
        OperationCase c = OperationCase.of("asymmetricLoss", shape);
        return c.in("logits", logits(c, shape.length(), shape.clip()))
                .exactIn("targets", targets(c, shape.length()))
                .out("loss", shape.length())
                .call((backend, s) -> backend.asymmetricLoss(shape, s[0], s[1], s[2]));
    }

    private static OperationCase aslBackward(AslShape shape) {
        OperationCase c = OperationCase.of("asymmetricLossBackward", shape);
        return c.in("logits", logits(c, shape.length(), shape.clip()))
                .exactIn("targets", targets(c, shape.length()))
                .in("dloss", shape.length())
                .out("dlogits", shape.length())
                .call((backend, s) -> backend.asymmetricLossBackward(shape, s[0], s[1], s[2], s[3]));
    }

    private static OperationCase bce(int length) {
        OperationCase c = OperationCase.of("bceWithLogits", length);
        return c.in("logits", logits(c, length, 0))
                .exactIn("targets", targets(c, length))
                .out("loss", length)
                .call((backend, s) -> backend.bceWithLogits(s[0], s[1], s[2]));
    }

    private static OperationCase bceBackward(int length) {
        OperationCase c = OperationCase.of("bceWithLogitsBackward", length);
        return c.in("logits", logits(c, length, 0))
                .exactIn("targets", targets(c, length))
                .in("dloss", length)
                .out("dlogits", length)
                .call((backend, s) -> backend.bceWithLogitsBackward(s[0], s[1], s[2], s[3]));
    }

    /** Logits in [-8, 8) and a few beyond, none so near the clip that rounding decides on which side of it they are. */
    private static double[] logits(OperationCase c, int length, double clip) {
        double[] x = c.uniform("logits", length, -8, 8);
        double edge = Math.log(clip / (1 - clip));
        for (int i = 0; i < length; i++) {
            if (i % 19 == 7) {
                x[i] *= 4;
            }
            if (Math.abs(x[i] - edge) < 1e-3) {
                x[i] += 0.01;
            }
        }
        return x;
    }

    /** One in four is positive, and a few lie between 0 and 1. */
    private static double[] targets(OperationCase c, int length) {
        double[] u = c.uniform("targets", length, 0, 1);
        for (int i = 0; i < length; i++) {
            u[i] = i % 11 == 5 ? u[i] : u[i] < 0.25 ? 1 : 0;
        }
        return u;
    }
}
