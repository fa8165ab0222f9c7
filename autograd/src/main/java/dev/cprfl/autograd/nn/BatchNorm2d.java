package dev.cprfl.autograd.nn;

import dev.cprfl.autograd.Parameter;
import dev.cprfl.autograd.Variable;
import dev.cprfl.autograd.ops.BatchNorm;
import dev.cprfl.autograd.ops.BatchNormRelu;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;

/**
 * Batch normalisation of images, by the batch's statistics in training and by the running ones in evaluation. {@code weight},
 * {@code bias}, {@code running_mean} and {@code running_var} are [channels]; {@code num_batches_tracked} counts the training
 * batches. PyTorch: {@code nn.BatchNorm2d}.
 */
public final class BatchNorm2d extends Layer {

    private static final double MOMENTUM = 0.1;
    private static final double EPS = 1e-5;

    private final Parameter weight;
    private final Parameter bias;
    private final Tensor runningMean;
    private final Tensor runningVar;
    private final long[] batches;

    public BatchNorm2d(Initializer init, int channels) {
        Shape shape = Shape.of(channels);
        weight = parameter("weight", init.constant(shape, 1));
        bias = parameter("bias", init.constant(shape, 0));
        runningMean = buffer("running_mean", init.constant(shape, 0));
        runningVar = buffer("running_var", init.constant(shape, 1));
        batches = counter("num_batches_tracked");
    }

    /** @param x [batch, height, width, channels]; y has its shape */
    @Override
    public Variable forward(Variable x) {
        count();
        return BatchNorm.apply(x, weight, bias, runningMean, runningVar, training(), MOMENTUM, EPS);
    }

    /**
     * max(forward(x) + residual, 0).
     *
     * @param residual x's shape, or null
     */
    public Variable forwardRelu(Variable x, Variable residual) {
        count();
        return BatchNormRelu.apply(x, weight, bias, runningMean, runningVar, residual, training(), MOMENTUM, EPS);
    }

    private void count() {
        if (training()) {
            batches[0]++;
        }
    }

    public Parameter weight() {
        return weight;
    }

    /** What evaluation multiplies each channel by: gamma / sqrt(variance + eps). */
    double[] scales() {
        double[] scales = weight.value().toDoubles();
        double[] variances = runningVar.toDoubles();
        for (int c = 0; c < scales.length; c++) {
            scales[c] /= Math.sqrt(variances[c] + EPS);
        }
        return scales;
    }

    /** What evaluation then adds to each channel: beta - mean scale. */
    double[] shifts() {
        double[] shifts = bias.value().toDoubles();
        double[] means = runningMean.toDoubles();
        double[] scales = scales();
        for (int c = 0; c < shifts.length; c++) {
            shifts[c] -= means[c] * scales[c];
        }
        return shifts;
    }
}
