package dev.cprfl.kernels.vector;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cprfl.kernels.AttentionShape;
import dev.cprfl.kernels.Storage;
import org.junit.jupiter.api.Test;

class AttentionTest {

    @Test
    void warmAttentionAllocatesNextToNothing() {
        AttentionShape shape = new AttentionShape(1, 2, 20, 30, 16, 32, 32, 0.25, false);
        try (VectorBackend backend = new VectorBackend(1)) {
            Storage q = GemmTest.random(backend, 20 * 32);
            Storage k = GemmTest.random(backend, 30 * 32);
            Storage p = backend.memory().allocate(shape.probabilitiesLength());
            Storage y = backend.memory().allocate(20 * 32);
            assertThat(Compare.garbage(() -> backend.attention(shape, q, k, k, p, y))).isLessThan(1500);
            Storage dq = backend.memory().allocate(20 * 32);
            Storage dk = backend.memory().allocate(30 * 32);
            Storage dv = backend.memory().allocate(30 * 32);
            assertThat(Compare.garbage(() -> backend.attentionBackward(shape, q, k, k, p, y, dq, dk, dv)))
                    .isLessThan(3000);
        }
    }

    @Test
    void noProbabilityIsDenormal() {
        AttentionShape shape = new AttentionShape(1, 1, 40, 50, 8, 8, 8, 30, false);
        try (VectorBackend backend = new VectorBackend(2)) {
            Storage q = GemmTest.random(backend, 40 * 8);
            Storage k = GemmTest.random(backend, 50 * 8);
            Storage p = backend.memory().allocate(shape.probabilitiesLength());
            backend.attention(shape, q, k, k, p, backend.memory().allocate(40 * 8));
            float[] probabilities = new float[p.length()];
            backend.memory().read(p, probabilities, 0);
            int zeros = 0;
            for (float probability : probabilities) {
                assertThat(probability == 0 || probability >= Float.MIN_NORMAL).isTrue();
                zeros += probability == 0 ? 1 : 0;
            }
            assertThat(zeros).isPositive();
        }
    }

    @Test
    void agreesWithTheReference() {
        AttentionShape[] shapes = {new AttentionShape(2, 3, 19, 19, 8, 72, 72, 0.3, true),
            new AttentionShape(3, 2, 4, 41, 17, 35, 71, 0.25, false),
            new AttentionShape(1, 2, 9, 5, 8, 16, 16, 0.5, true), new AttentionShape(0, 1, 3, 4, 5, 5, 5, 1, false),
            new AttentionShape(1, 2, 130, 216, 64, 128, 128, 0.125, false)};
        for (AttentionShape s : shapes) {
            int q = s.batch() * s.queries() * s.queryStride();
            int k = s.batch() * s.keys() * s.keyStride();
            int y = s.batch() * s.queries() * s.width();
            Compare.near("attention " + s, 2e-5, y, new int[]{q, k, k}, (backend, in, out) -> {
                Storage p = backend.memory().allocate(s.probabilitiesLength());
                backend.attention(s, in[0], in[1], in[2], p, out);
            });
            // The probabilities are computed, as the backward pass relies on their being a softmax.
            Compare.near("dq " + s, 2e-4, q, new int[]{q, k, k, y},
                    (backend, in, out) -> backward(backend, s, in, 0, out));
            Compare.near("dk " + s, 2e-4, k, new int[]{q, k, k, y},
                    (backend, in, out) -> backward(backend, s, in, 1, out));
            Compare.near("dv " + s, 2e-4, k, new int[]{q, k, k, y},
                    (backend, in, out) -> backward(backend, s, in, 2, out));
        }
    }

    private static void backward(dev.cprfl.kernels.Backend backend, AttentionShape s, Storage[] in, int wanted,
            Storage out) {
        backend.memory().write(new float[out.length()], 0, out); // numbers between the rows stay
        Storage p = backend.memory().allocate(s.probabilitiesLength());
        Storage y = backend.memory().allocate(in[3].length());
        backend.attention(s, in[0], in[1], in[2], p, y);
        Storage[] gradients = {backend.memory().allocate(in[0].length()), backend.memory().allocate(in[1].length()),
            backend.memory().allocate(in[2].length())};
        gradients[wanted] = out;
        backend.attentionBackward(s, in[0], in[1], in[2], p, in[3], gradients[0], gradients[1], gradients[2]);
    }
}
