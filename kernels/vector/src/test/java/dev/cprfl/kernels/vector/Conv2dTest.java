package dev.cprfl.kernels.vector;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cprfl.kernels.ConvShape;
import dev.cprfl.kernels.Storage;
import org.junit.jupiter.api.Test;

class Conv2dTest {

    private static final ConvShape[] SHAPES = {new ConvShape(0, 5, 5, 3, 4, 3, 3, 1, 1),
        new ConvShape(2, 7, 5, 18, 33, 1, 1, 1, 0), new ConvShape(2, 9, 8, 18, 33, 1, 1, 2, 0),
        new ConvShape(1, 1, 1, 1, 1, 3, 3, 1, 1), new ConvShape(2, 11, 13, 16, 20, 3, 3, 1, 1),
        new ConvShape(2, 11, 12, 17, 32, 3, 3, 2, 1), new ConvShape(2, 19, 17, 3, 64, 7, 7, 2, 3),
        new ConvShape(1, 8, 9, 5, 6, 2, 4, 3, 1), new ConvShape(1, 3, 3, 2, 3, 2, 2, 1, 3),
        new ConvShape(2, 11, 10, 3, 5, 2, 2, 3, 0), new ConvShape(1, 5, 6, 4, 6, 5, 1, 1, 2),
        new ConvShape(1, 3, 4, 2, 3, 1, 1, 5, 0), new ConvShape(2, 30, 28, 40, 70, 3, 3, 1, 1),
        new ConvShape(2, 14, 12, 196, 17, 3, 3, 1, 0), new ConvShape(1, 13, 18, 17, 100, 3, 3, 1, 2)};

    @Test
    void forward() {
        for (ConvShape s : SHAPES) {
            int[] lengths = {s.inputLength(), s.weightLength(), s.outChannels()};
            Compare.withReference("forward " + s, s.patchLength(), s.outputLength(), lengths,
                    (backend, in, out) -> backend.conv2d(s, in[0], in[1], in[2], out));
            Compare.withReference("forward, no bias " + s, s.patchLength(), s.outputLength(), lengths,
                    (backend, in, out) -> backend.conv2d(s, in[0], in[1], null, out));
        }
    }

    @Test
    void frozenWeightsGiveTheSameBits() {
        for (ConvShape s : SHAPES) {
            try (VectorBackend backend = new VectorBackend(2)) {
                Storage x = GemmTest.random(backend, s.inputLength());
                Storage w = GemmTest.random(backend, s.weightLength());
                Storage bias = GemmTest.random(backend, s.outChannels());
                Storage expected = GemmTest.random(backend, s.outputLength());
                backend.conv2dRelu(s, x, w, bias, null, expected);
                backend.freeze(w);
                for (int call = 0; call < 2; call++) {
                    Storage y = GemmTest.random(backend, s.outputLength());
                    backend.conv2dRelu(s, x, w, bias, null, y);
                    assertThat(Compare.floats(y)).as(s + " call " + call).isEqualTo(Compare.floats(expected));
                }
            }
        }
    }

    @Test
    void backwardInput() {
        for (ConvShape s : SHAPES) {
            Compare.withReference("backwardInput " + s, s.kernelHeight() * s.kernelWidth() * s.outChannels(),
                    s.inputLength(), new int[]{s.outputLength(), s.weightLength()},
                    (backend, in, out) -> backend.conv2dBackwardInput(s, in[0], in[1], out));
        }
    }

    @Test
    void backwardWeight() {
        for (ConvShape s : SHAPES) {
            Compare.withReference("backwardWeight " + s, s.outPixels(), s.weightLength(),
                    new int[]{s.inputLength(), s.outputLength()},
                    (backend, in, out) -> backend.conv2dBackwardWeight(s, in[0], in[1], out));
        }
    }

    @Test
    void warmConvolutionsAllocateNextToNothing() {
        warm(new ConvShape(1, 20, 20, 32, 32, 3, 3, 2, 1));
        warm(new ConvShape(1, 20, 20, 16, 16, 3, 3, 1, 1));
        warm(new ConvShape(1, 20, 20, 17, 40, 3, 3, 1, 1));
    }

    private static void warm(ConvShape s) {
        try (VectorBackend backend = new VectorBackend(1)) {
            Storage x = GemmTest.random(backend, s.inputLength());
            Storage w = GemmTest.random(backend, s.weightLength());
            Storage y = GemmTest.random(backend, s.outputLength());
            assertThat(Compare.garbage(() -> backend.conv2d(s, x, w, null, y))).isLessThan(1000);
            assertThat(Compare.garbage(() -> backend.conv2dBackwardInput(s, y, w, x))).isLessThan(4000);
            assertThat(Compare.garbage(() -> backend.conv2dBackwardWeight(s, x, y, w))).isLessThan(1000);
        }
    }
}
