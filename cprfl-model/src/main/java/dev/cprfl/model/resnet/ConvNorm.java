package dev.cprfl.model.resnet;

import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.autograd.nn.BatchNorm2d;
import dev.cprfl.autograd.nn.Conv2d;
import dev.cprfl.autograd.nn.FoldedConvolution;
import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;

/** A convolution and the normalisation after it; once {@link #fold}ed, one convolution where nothing is recorded. */
public final class ConvNorm {

    private final Conv2d convolution;
    private final BatchNorm2d norm;
    private FoldedConvolution folded;

    /** Starts from Kaiming normal weights by outputs, as torchvision does; keeps the extents where the stride is 1. */
    ConvNorm(Initializer initializer, int in, int out, int kernel, int stride) {
        Tensor weight = initializer.kaimingNormalFanOut(Shape.of(out, kernel, kernel, in));
        convolution = new Conv2d(weight, null, stride, kernel / 2);
        norm = new BatchNorm2d(initializer, out);
    }

    public Conv2d convolution() {
        return convolution;
    }

    public BatchNorm2d norm() {
        return norm;
    }

    /** Both layers as one, or null where they are not folded. */
    public FoldedConvolution folded() {
        return folded;
    }

    void fold() {
        unfold();
        folded = new FoldedConvolution(convolution, norm);
    }

    void unfold() {
        if (folded != null) {
            folded.release();
            folded = null;
        }
    }

    Variable forward(Variable x) {
        if (isFolded(x)) {
            return folded.forward(x);
        }
        Variable convolved = convolution.forward(x);
        Variable y = norm.forward(convolved);
        Tape.forget(convolved);
        return y;
    }

    /**
     * relu(forward(x) + residual).
     *
     * @param residual of the result's shape, or null
     */
    Variable forwardRelu(Variable x, Variable residual) {
        if (isFolded(x)) {
            return folded.forwardRelu(x, residual);
        }
        Variable convolved = convolution.forward(x);
        Variable y = norm.forwardRelu(convolved, residual);
        Tape.forget(convolved);
        return y;
    }

    private boolean isFolded(Variable x) {
        return folded != null && !Tape.records(x, convolution.weight(), norm.weight());
    }
}
