package dev.cprfl.audit.conformance;

import dev.cprfl.kernels.RowShape;
import java.util.ArrayList;
import java.util.List;

/** Batch and layer normalisation, of numbers around 0, far from 0, and all equal. */
final class NormalizationCases {

    private static final double EPS = 1e-5;

    private static final RowShape[] SHAPES = {new RowShape(2, 1), new RowShape(3, 5), new RowShape(7, 16),
        new RowShape(17, 17), new RowShape(50, 33), new RowShape(5, 64), new RowShape(1031, 3), new RowShape(4, 513),
        new RowShape(97, 1031)};

    private NormalizationCases() {}

    static List<OperationCase> all() {
        List<OperationCase> cases = new ArrayList<>();
        for (RowShape shape : SHAPES) {
            for (double mean : new double[]{0, 5}) {
                cases.add(batchNormTrain(shape, mean, 1));
                cases.add(batchNormTrainBackward(shape, mean));
                for (boolean residual : new boolean[]{false, true}) {
                    cases.add(batchNormTrainRelu(shape, mean, residual));
                    cases.add(batchNormTrainReluBackward(shape, mean, residual));
                }
                cases.add(batchNormEval(shape, mean));
                cases.add(batchNormEvalBackward(shape, mean));
                cases.add(layerNorm(shape, mean, 1));
                cases.add(layerNormBackward(shape, mean));
            }
        }
        for (int columns = 1; columns < 34; columns++) {
            cases.add(layerNorm(new RowShape(2, columns), 1, 1));
            cases.add(layerNormBackward(new RowShape(2, columns), 1));
            cases.add(batchNormTrain(new RowShape(3, columns), 1, 1));
            cases.add(batchNormTrainBackward(new RowShape(3, columns), 1));
            cases.add(batchNormTrainRelu(new RowShape(3, columns), 1, columns % 2 == 0));
            cases.add(batchNormTrainReluBackward(new RowShape(3, columns), 1, columns % 2 == 0));
        }
        cases.add(batchNormTrain(new RowShape(37, 19), 3, 0));
        cases.add(layerNorm(new RowShape(37, 19), 3, 0));
        cases.add(batchNormEval(new RowShape(0, 5), 0));
        cases.add(batchNormEval(new RowShape(1, 5), 0));
        cases.add(batchNormEvalBackward(new RowShape(0, 5), 0));
        cases.add(batchNormEvalBackward(new RowShape(1, 5), 0));
        cases.add(layerNorm(new RowShape(0, 5), 0, 1));
        cases.add(layerNorm(new RowShape(1, 5), 0, 1));
        cases.add(layerNormBackward(new RowShape(0, 5), 0));
        cases.add(layerNormBackward(new RowShape(1, 5), 0));
        return cases;
    }

    private static OperationCase batchNormTrain(RowShape shape, double mean, double deviation) {
        int columns = shape.columns();
        OperationCase c = OperationCase.of("batchNormTrain", shape, "mean", mean, "deviation", deviation);
        return c.in("x", numbers(c, shape, mean, deviation))
                .in("gamma", columns)
                .in("beta", columns)
                .changed("runningMean", c.normal("runningMean", columns))
                .changed("runningVar", c.uniform("runningVar", columns, 0.5, 2))
                .out("y", shape.length())
                .out("mean", columns)
                .out("invStd", columns)
                .terms(shape.rows())
                .call((backend, s) -> backend.batchNormTrain(shape, 0.1, EPS, s[0], s[1], s[2], s[3], s[4], s[5], s[6],
                        s[7]));
    }

    private static OperationCase batchNormTrainBackward(RowShape shape, double mean) {
        int columns = shape.columns();
        OperationCase c = OperationCase.of("batchNormTrainBackward", shape, "mean", mean);
        return c.in("x", numbers(c, shape, mean, 1))
                .in("gamma", columns)
                .in("mean", c.uniform("mean", columns, mean, mean + 0.1))
                .in("invStd", c.uniform("invStd", columns, 0.5, 2))
                .in("dy", shape.length())
                .out("dx", shape.length())
                .out("dgamma", columns)
                .out("dbeta", columns)
                .terms(shape.rows())
                .inPlace("dy", "dx")
                .call((backend, s) -> backend.batchNormTrainBackward(shape, s[0], s[1], s[2], s[3], s[4], s[5], s[6],
                        s[7]));
    }

    private static OperationCase batchNormTrainRelu(RowShape shape, double mean, boolean withResidual) {
        int columns = shape.columns();
        OperationCase c = OperationCase.of("batchNormTrainRelu", shape, "mean", mean, "residual", withResidual);
        c.in("x", numbers(c, shape, mean, 1))
                .in("gamma", columns)
                .in("beta", columns)
                .changed("runningMean", c.normal("runningMean", columns))
                .changed("runningVar", c.uniform("runningVar", columns, 0.5, 2))
                .out("y", shape.length())
                .out("mean", columns)
                .out("invStd", columns)
                .terms(shape.rows());
        if (withResidual) {
            c.in("residual", shape.length());
        }
        return c.call((backend, s) -> backend.batchNormTrainRelu(shape, 0.1, EPS, s[0], s[1], s[2], s[3], s[4],
                withResidual ? s[8] : null, s[5], s[6], s[7]));
    }

    private static OperationCase batchNormTrainReluBackward(RowShape shape, double mean, boolean withResidual) {
        int columns = shape.columns();
        OperationCase c = OperationCase.of("batchNormTrainReluBackward", shape, "mean", mean, "residual", withResidual);
        double[] y = c.normal("y", shape.length());
        for (int i = 0; i < y.length; i++) {
            y[i] = Math.max(y[i], 0);
        }
        c.in("x", numbers(c, shape, mean, 1))
                .in("gamma", columns)
                .in("mean", c.uniform("mean", columns, mean, mean + 0.1))
                .in("invStd", c.uniform("invStd", columns, 0.5, 2))
                .in("y", y)
                .in("dy", shape.length())
                .out("dx", shape.length())
                .out("dgamma", columns)
                .out("dbeta", columns)
                .terms(shape.rows());
        if (withResidual) {
            c.out("dresidual", shape.length()).inPlace("dy", "dresidual");
        } else {
            c.inPlace("dy", "dx");
        }
        return c.call((backend, s) -> backend.batchNormTrainReluBackward(shape, s[0], s[1], s[2], s[3], s[4], s[5],
                s[6], withResidual ? s[9] : null, s[7], s[8]));
    }

    private static OperationCase batchNormEval(RowShape shape, double mean) {
        int columns = shape.columns();
        OperationCase c = OperationCase.of("batchNormEval", shape, "mean", mean);
        return c.in("x", numbers(c, shape, mean, 1))
                .in("gamma", columns)
                .in("beta", columns)
                .in("runningMean", columns)
                .in("runningVar", c.uniform("runningVar", columns, 0, 2))
                .out("y", shape.length())
                .call((backend, s) -> backend.batchNormEval(shape, EPS, s[0], s[1], s[2], s[3], s[4], s[5]));
    }

    private static OperationCase batchNormEvalBackward(RowShape shape, double mean) {
        int columns = shape.columns();
        OperationCase c = OperationCase.of("batchNormEvalBackward", shape, "mean", mean);
        if (shape.rows() == 0) {
            c.nanMaySpread(); // into empty sums times invStd
        }
        return c.in("x", numbers(c, shape, mean, 1))
                .in("gamma", columns)
                .in("runningMean", columns)
                .in("runningVar", c.uniform("runningVar", columns, 0, 2))
                .in("dy", shape.length())
                .out("dx", shape.length())
                .out("dgamma", columns)
                .out("dbeta", columns)
                .terms(shape.rows())
                .inPlace("dy", "dx")
                .call((backend, s) -> backend.batchNormEvalBackward(shape, EPS, s[0], s[1], s[2], s[3], s[4], s[5],
                        s[6],
                        s[7]));
    }

    private static OperationCase layerNorm(RowShape shape, double mean, double deviation) {
        OperationCase c = OperationCase.of("layerNorm", shape, "mean", mean, "deviation", deviation);
        return c.in("x", numbers(c, shape, mean, deviation))
                .in("gamma", shape.columns())
                .in("beta", shape.columns())
                .out("y", shape.length())
                .out("mean", shape.rows())
                .out("invStd", shape.rows())
                .terms(shape.columns())
                .call((backend, s) -> backend.layerNorm(shape, EPS, s[0], s[1], s[2], s[3], s[4], s[5]));
    }

    private static OperationCase layerNormBackward(RowShape shape, double mean) {
        OperationCase c = OperationCase.of("layerNormBackward", shape, "mean", mean);
        return c.in("x", numbers(c, shape, mean, 1))
                .in("gamma", shape.columns())
                .in("mean", c.uniform("mean", shape.rows(), mean, mean + 0.1))
                .in("invStd", c.uniform("invStd", shape.rows(), 0.5, 2))
                .in("dy", shape.length())
                .out("dx", shape.length())
                .out("dgamma", shape.columns())
                .out("dbeta", shape.columns())
                .terms(Math.max(shape.columns(), shape.rows()))
                .call((backend, s) -> backend.layerNormBackward(shape, s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7]));
    }

    private static double[] numbers(OperationCase c, RowShape shape, double mean, double deviation) {
        double[] x = c.normal("x", shape.length());
        for (int i = 0; i < x.length; i++) {
            x[i] = mean + deviation * x[i];
        }
        return x;
    }
}
