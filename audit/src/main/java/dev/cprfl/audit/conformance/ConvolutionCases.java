package dev.cprfl.audit.conformance;

import dev.cprfl.kernels.ConvShape;
import java.util.ArrayList;
import java.util.List;

/** Convolutions: the classes of ResNet at odd sizes, and some that no network here uses. */
final class ConvolutionCases {

    /** Batch, height, width, inChannels, outChannels, kernelHeight, kernelWidth, stride, padding. */
    private static final ConvShape[] SHAPES = {
        // 1x1, and strided as in a shortcut
        new ConvShape(1, 1, 1, 1, 1, 1, 1, 1, 0), new ConvShape(0, 5, 5, 3, 4, 1, 1, 1, 0),
        new ConvShape(3, 5, 7, 3, 17, 1, 1, 1, 0), new ConvShape(1, 13, 9, 64, 33, 1, 1, 1, 0),
        new ConvShape(3, 7, 5, 5, 7, 1, 1, 2, 0), new ConvShape(2, 15, 13, 32, 48, 1, 1, 2, 0),
        // 3x3
        new ConvShape(1, 1, 1, 1, 1, 3, 3, 1, 1), new ConvShape(1, 2, 1, 2, 3, 3, 3, 1, 1),
        new ConvShape(3, 7, 5, 3, 5, 3, 3, 1, 1), new ConvShape(1, 13, 9, 17, 19, 3, 3, 1, 1),
        new ConvShape(2, 15, 13, 32, 48, 3, 3, 1, 1), new ConvShape(1, 9, 9, 5, 6, 3, 3, 1, 0),
        // 3x3 stride 2
        new ConvShape(1, 1, 1, 3, 2, 3, 3, 2, 1), new ConvShape(3, 7, 6, 3, 5, 3, 3, 2, 1),
        new ConvShape(2, 15, 13, 32, 48, 3, 3, 2, 1),
        // 7x7 stride 2, the first layer
        new ConvShape(1, 1, 1, 3, 2, 7, 7, 2, 3), new ConvShape(1, 17, 19, 3, 64, 7, 7, 2, 3),
        new ConvShape(3, 23, 14, 3, 9, 7, 7, 2, 3),
        // others: even, flat and tall kernels, much padding, stride above the kernel
        new ConvShape(2, 6, 9, 3, 4, 2, 2, 2, 0), new ConvShape(1, 5, 11, 3, 4, 1, 3, 1, 1),
        new ConvShape(1, 11, 5, 3, 4, 3, 1, 2, 1), new ConvShape(1, 3, 3, 2, 3, 2, 2, 1, 3),
        new ConvShape(2, 11, 10, 3, 5, 2, 2, 3, 0), new ConvShape(1, 5, 5, 4, 6, 5, 5, 1, 2)};

    private ConvolutionCases() {}

    static List<OperationCase> all() {
        List<OperationCase> cases = new ArrayList<>();
        for (ConvShape shape : SHAPES) {
            cases.add(conv2d(shape, true));
            cases.add(conv2d(shape, false));
            cases.add(relu(shape, true));
            cases.add(relu(shape, false));
            cases.add(backwardInput(shape));
            cases.add(backwardWeight(shape));
        }
        return cases;
    }

    private static OperationCase conv2d(ConvShape shape, boolean withBias) {
        OperationCase c = of("conv2d", shape, withBias ? "with bias" : "without bias")
                .in("x", shape.inputLength())
                .in("w", shape.weightLength())
                .out("y", shape.outputLength())
                .terms(shape.patchLength());
        if (!withBias) {
            return c.call((backend, s) -> backend.conv2d(shape, s[0], s[1], null, s[2]));
        }
        return c.in("bias", shape.outChannels()).call((backend, s) -> backend.conv2d(shape, s[0], s[1], s[3], s[2]));
    }

    private static OperationCase relu(ConvShape shape, boolean withResidual) {
        OperationCase c = of("conv2dRelu", shape, withResidual ? "with residual" : "without residual")
                .in("x", shape.inputLength())
                .in("w", shape.weightLength())
                .out("y", shape.outputLength())
                .in("bias", shape.outChannels())
                .terms(shape.patchLength() + 1);
        if (!withResidual) {
            return c.smooth((backend, s) -> backend.conv2d(shape, s[0], s[1], s[3], s[2]))
                    .call((backend, s) -> backend.conv2dRelu(shape, s[0], s[1], s[3], null, s[2]));
        }
        return c.in("residual", shape.outputLength())
                .smooth((backend, s) -> {
                    backend.conv2d(shape, s[0], s[1], s[3], s[2]);
                    backend.accumulate(1, s[4], s[2]);
                })
                .call((backend, s) -> backend.conv2dRelu(shape, s[0], s[1], s[3], s[4], s[2]));
    }

    private static OperationCase backwardInput(ConvShape shape) {
        OperationCase c = of("conv2dBackwardInput", shape, "")
                .in("dy", shape.outputLength())
                .in("w", shape.weightLength())
                .out("dx", shape.inputLength())
                .terms(shape.kernelHeight() * shape.kernelWidth() * shape.outChannels())
                .call((backend, s) -> backend.conv2dBackwardInput(shape, s[0], s[1], s[2]));
        // Seen from dx, dy has a border of zeros as wide as the kernel even where x has no padding.
        return shape.kernelHeight() * shape.kernelWidth() > 1 ? c.nanMaySpread() : c;
    }

    private static OperationCase backwardWeight(ConvShape shape) {
        return of("conv2dBackwardWeight", shape, "")
                .in("x", shape.inputLength())
                .in("dy", shape.outputLength())
                .out("dw", shape.weightLength())
                .terms(shape.outPixels())
                .call((backend, s) -> backend.conv2dBackwardWeight(shape, s[0], s[1], s[2]));
    }

    private static OperationCase of(String operation, ConvShape shape, String more) {
        OperationCase c = OperationCase.of(operation, shape, more);
        return shape.padding() > 0 ? c.products().nanMaySpread() : c.products();
    }
}
