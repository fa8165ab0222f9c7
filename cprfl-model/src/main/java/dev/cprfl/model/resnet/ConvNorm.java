package dev.cprfl.model.resnet;

import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.autograd.nn.BatchNorm2d;
import dev.cprfl.autograd.nn.Conv2d;
import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.autograd.ops.Relu;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;

/** A convolution and the normalisation after it. */
record ConvNorm(Conv2d convolution, BatchNorm2d norm) {

    /** Starts from Kaiming normal weights by outputs, as torchvision does; keeps the extents where the stride is 1. */
    static ConvNorm create(Initializer initializer, int in, int out, int kernel, int stride) {
        Tensor weight = initializer.kaimingNormalFanOut(Shape.of(out, kernel, kernel, in));
        return new ConvNorm(new Conv2d(weight, null, stride, kernel / 2), new BatchNorm2d(initializer, out));
    }

    Variable forward(Variable x) {
        Variable convolved = convolution.forward(x);
        Variable y = norm.forward(convolved);
        Tape.forget(convolved);
        return y;
    }

    Variable forwardRelu(Variable x) {
        Variable normalised = forward(x);
        Variable y = Relu.apply(normalised);
        Tape.forget(normalised);
        return y;
    }
}
