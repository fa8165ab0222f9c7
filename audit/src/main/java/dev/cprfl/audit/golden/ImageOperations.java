package dev.cprfl.audit.golden;

import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.ConvShape;
import dev.cprfl.kernels.CopyShape;
import dev.cprfl.kernels.PoolShape;
import dev.cprfl.kernels.ReduceShape;
import dev.cprfl.kernels.RowShape;
import dev.cprfl.kernels.Storage;

/** Golden cases on images. They come with channels first and are computed with channels last. */
final class ImageOperations {

    private ImageOperations() {}

    static void conv2d(Workbench w) {
        Backend backend = w.backend;
        int[] x = w.golden.shape("x");
        int[] k = w.golden.shape("w");
        ConvShape shape = new ConvShape(x[0], x[2], x[3], x[1], k[0], k[2], k[3],
                w.golden.attribute("stride").asInt(), w.golden.attribute("padding").asInt());
        Storage images = w.channelsLast("x");
        Storage weights = w.channelsLast("w");
        Storage dy = w.channelsLast("dy");

        Storage y = w.out(shape.outputLength());
        backend.conv2d(shape, images, weights, w.inOrNull("b"), y);
        w.channelsFirstResult("y", y);
        Storage dx = w.out(shape.inputLength());
        backend.conv2dBackwardInput(shape, dy, weights, dx);
        w.channelsFirstResult("dx", dx);
        Storage dw = w.out(shape.weightLength());
        backend.conv2dBackwardWeight(shape, images, dy, dw);
        w.channelsFirstResult("dw", dw);
        if (w.golden.has("b")) {
            w.result("db", w.columnSums(shape.outPixels(), shape.outChannels(), dy));
        }
    }

    static void maxPool2d(Workbench w) {
        int[] x = w.golden.shape("x");
        PoolShape shape = new PoolShape(x[0], x[2], x[3], x[1], w.golden.attribute("kernel").asInt(),
                w.golden.attribute("stride").asInt(), w.golden.attribute("padding").asInt());
        Storage images = w.channelsLast("x");
        Storage y = w.out(shape.outputLength());
        w.backend.maxPool2d(shape, images, y);
        w.channelsFirstResult("y", y);
        Storage dx = w.out(shape.inputLength());
        w.backend.maxPool2dBackward(shape, images, w.channelsLast("dy"), dx);
        w.channelsFirstResult("dx", dx);
    }

    static void globalAveragePool(Workbench w) {
        int[] x = w.golden.shape("x");
        int pixels = x[2] * x[3];
        Storage y = w.out(x[0] * x[1]);
        w.backend.sum(new ReduceShape(x[0], pixels, x[1]), w.channelsLast("x"), y);
        w.backend.scale(1.0 / pixels, y, y);
        w.result("y", y);
        Storage dy = w.in("dy");
        Storage dx = w.out(x[0] * pixels * x[1]);
        for (int n = 0; n < x[0]; n++) {
            w.backend.copy(new CopyShape(pixels, x[1], 0, x[1]), dy.slice(n * x[1], x[1]),
                    dx.slice(n * pixels * x[1], pixels * x[1]));
        }
        w.backend.scale(1.0 / pixels, dx, dx);
        w.channelsFirstResult("dx", dx);
    }

    static void batchNorm2d(Workbench w) {
        Backend backend = w.backend;
        int[] x = w.golden.shape("x");
        RowShape shape = new RowShape(x[0] * x[2] * x[3], x[1]);
        double eps = w.golden.attribute("eps").asDouble();
        Storage images = w.channelsLast("x");
        Storage gamma = w.in("w");
        Storage runningMean = w.in("running_mean");
        Storage runningVar = w.in("running_var");
        Storage y = w.out(shape.length());
        Storage dx = w.out(shape.length());
        Storage dgamma = w.out(x[1]);
        Storage dbeta = w.out(x[1]);
        if (w.golden.attribute("training").asBoolean()) {
            Storage mean = w.out(x[1]);
            Storage invStd = w.out(x[1]);
            backend.batchNormTrain(shape, w.golden.attribute("momentum").asDouble(), eps, images, gamma, w.in("b"),
                    runningMean, runningVar, y, mean, invStd);
            backend.batchNormTrainBackward(shape, images, gamma, mean, invStd, w.channelsLast("dy"), dx, dgamma, dbeta);
            w.result("new_running_mean", runningMean);
            w.result("new_running_var", runningVar);
        } else {
            backend.batchNormEval(shape, eps, images, gamma, w.in("b"), runningMean, runningVar, y);
            backend.batchNormEvalBackward(shape, eps, images, gamma, runningMean, runningVar, w.channelsLast("dy"), dx,
                    dgamma, dbeta);
        }
        w.channelsFirstResult("y", y);
        w.channelsFirstResult("dx", dx);
        w.result("dw", dgamma);
        w.result("db", dbeta);
    }

    /** NCHW to tokens [N, H * W, C]. */
    static void flattenSpatial(Workbench w) {
        int[] x = w.golden.shape("x");
        w.result("y", w.channelsLast("x"));
        w.result("dx", w.transposed(x[0], x[2] * x[3], x[1], w.in("dy")));
    }
}
