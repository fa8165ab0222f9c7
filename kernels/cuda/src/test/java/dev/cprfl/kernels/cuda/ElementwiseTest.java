package dev.cprfl.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cprfl.kernels.BinaryOp;
import dev.cprfl.kernels.Dropout;
import dev.cprfl.kernels.UnaryOp;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ElementwiseTest {

    /** The kernel compares 24-bit draws with a whole number, {@link Dropout} fractions with p. */
    @Test
    void wholeDrawsAreKeptAsFractionsAre() {
        Random random = new Random(1);
        for (int i = 0; i < 10_000; i++) {
            double p = switch (i % 4) {
                case 0 -> random.nextDouble();
                case 1 -> random.nextInt(1 << 24) * 0x1p-24;
                case 2 -> Math.nextUp(random.nextInt(1 << 24) * 0x1p-24);
                default -> Math.nextDown((1 + random.nextInt(1 << 24)) * 0x1p-24);
            };
            int least = Elementwise.least(p);
            for (int draw = Math.max(0, least - 2); draw < Math.min(1 << 24, least + 3); draw++) {
                assertThat(draw >= least).as("draw %d, p %s", draw, p).isEqualTo(draw * 0x1p-24 >= p);
            }
        }
        assertThat(Elementwise.least(0)).isZero();
        assertThat(Elementwise.least(Double.MIN_VALUE)).isEqualTo(1);
        assertThat(Elementwise.least(Math.nextDown(1.0))).isEqualTo(1 << 24);
    }

    @Test
    void everyFunctionHasItsKernels() {
        String source = Kernels.source("elementwise", Type.FLOAT);
        for (UnaryOp op : UnaryOp.values()) {
            assertThat(source).contains("struct " + op + " {", "\nUNARY(" + op + ")");
        }
        for (BinaryOp op : BinaryOp.values()) {
            assertThat(source).contains("\nBINARY(" + op + ", ");
        }
        assertThat(source).contains("#define AXES " + Elementwise.AXES + "\n");
    }

    /** The source's gradients name their first argument. */
    @Test
    void gradientsGetWhatTheyAreWrittenFor() {
        String source = Kernels.source("elementwise", Type.FLOAT);
        for (UnaryOp op : UnaryOp.values()) {
            String struct = source.substring(source.indexOf("struct " + op + " {"));
            String gradient = struct.substring(struct.indexOf("gradient("));
            assertThat(gradient).startsWith(Elementwise.needsY(op) ? "gradient(float y," : "gradient(float x,");
        }
    }
}
