package dev.cprfl.autograd.nn;

import dev.cprfl.kernels.Backend;
import dev.cprfl.tensor.Rng;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import java.util.function.DoubleSupplier;

/**
 * The start values of weights. They are rounded to float on every backend, so that all backends start from the same model.
 */
public final class Initializer {

    /** Numbers drawn at a time: a copy of a large weight would be as large. */
    private static final int BLOCK = 4096;

    private final Backend backend;
    private final Rng rng;

    /** @param rng what the random weights are drawn from, one after the other */
    public Initializer(Backend backend, Rng rng) {
        this.backend = backend;
        this.rng = rng;
    }

    /**
     * Whatever lies in the memory in place of random numbers, which take seconds for a large model: for one whose weights are
     * then loaded by {@link StateDict#load}, which fails where one is missing.
     */
    public static Initializer unset(Backend backend) {
        return new Initializer(backend, null);
    }

    public Backend backend() {
        return backend;
    }

    public Tensor constant(Shape shape, double value) {
        return Tensor.full(backend, shape, value);
    }

    /** Uniform in [-bound, bound). */
    public Tensor uniform(Shape shape, double bound) {
        return draw(shape, () -> rng.nextDouble(-bound, bound));
    }

    /** Normal with mean 0. */
    public Tensor normal(Shape shape, double std) {
        return draw(shape, () -> std * rng.nextGaussian());
    }

    /** Uniform in +-1 / sqrt(fanIn): PyTorch's default for the weights and biases of linear and convolution layers. */
    public Tensor fanInUniform(Shape shape, int fanIn) {
        return uniform(shape, 1 / Math.sqrt(fanIn));
    }

    /**
     * Normal with variance 2 / fanOut (He et al. 2015), as torchvision starts the convolutions of a ResNet. PyTorch:
     * {@code kaiming_normal_(mode="fan_out")}.
     *
     * @param shape of a convolution's weight: [out, kernelHeight, kernelWidth, in]
     */
    public Tensor kaimingNormalFanOut(Shape shape) {
        return normal(shape, Math.sqrt(2.0 / shape.length(0, 3)));
    }

    /**
     * Uniform in +-sqrt(6 / (in + out)) (Glorot and Bengio 2010). PyTorch: {@code xavier_uniform_}.
     *
     * @param shape of a linear layer's weight: [out, in]
     */
    public Tensor xavierUniform(Shape shape) {
        return uniform(shape, Math.sqrt(6.0 / (shape.extent(0) + shape.extent(1))));
    }

    private Tensor draw(Shape shape, DoubleSupplier numbers) {
        Tensor tensor = Tensor.allocate(backend, shape);
        if (rng == null) {
            return tensor;
        }
        float[] block = new float[BLOCK];
        for (int from = 0; from < shape.length(); from += BLOCK) {
            int length = Math.min(BLOCK, shape.length() - from);
            for (int i = 0; i < length; i++) {
                block[i] = (float) numbers.getAsDouble();
            }
            backend.memory().write(block, 0, tensor.storage().slice(from, length));
        }
        return tensor;
    }
}
