package dev.cprfl.kernels.reference;

import dev.cprfl.kernels.BinaryOp;
import dev.cprfl.kernels.BroadcastShape;
import dev.cprfl.kernels.Dropout;
import dev.cprfl.kernels.UnaryOp;

/** Elementwise operations. */
final class ReferenceElementwise {

    /** The factor of OpenAI's quick GELU. */
    private static final double QUICK_GELU = 1.702;

    private ReferenceElementwise() {}

    static void scale(double alpha, ReferenceStorage x, ReferenceStorage y) {
        for (int i = 0; i < y.length(); i++) {
            y.set(i, alpha * x.get(i));
        }
    }

    static void accumulate(double alpha, ReferenceStorage x, ReferenceStorage y) {
        for (int i = 0; i < y.length(); i++) {
            y.set(i, y.get(i) + alpha * x.get(i));
        }
    }

    static void unary(UnaryOp op, ReferenceStorage x, ReferenceStorage y) {
        for (int i = 0; i < y.length(); i++) {
            y.set(i, value(op, x.get(i)));
        }
    }

    static void unaryBackward(UnaryOp op, ReferenceStorage x, ReferenceStorage y, ReferenceStorage dy,
            ReferenceStorage dx) {
        for (int i = 0; i < dx.length(); i++) {
            dx.set(i, gradient(op, x.get(i), y.get(i), dy.get(i)));
        }
    }

    private static double value(UnaryOp op, double x) {
        return switch (op) {
            case RELU -> Math.max(x, 0);
            case SIGMOID -> sigmoid(x);
            case TANH -> Math.tanh(x);
            case EXP -> Math.exp(x);
            case LOG -> Math.log(x);
            case GELU -> x * Erf.phi(x);
            case QUICK_GELU -> x * sigmoid(QUICK_GELU * x);
        };
    }

    private static double gradient(UnaryOp op, double x, double y, double dy) {
        return switch (op) {
            case RELU -> x <= 0 ? 0 : dy;
            case SIGMOID -> dy * y * (1 - y);
            case TANH -> dy * (1 - y * y);
            case EXP -> dy * y;
            case LOG -> dy / x;
            case GELU -> dy * (Erf.phi(x) + x * Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI));
            case QUICK_GELU -> {
                double s = sigmoid(QUICK_GELU * x);
                yield dy * s * (1 + QUICK_GELU * x * (1 - s));
            }
        };
    }

    static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    static void binary(BinaryOp op, BroadcastShape shape, ReferenceStorage a, ReferenceStorage b, ReferenceStorage y) {
        for (int i = 0; i < shape.length(); i++) {
            double left = a.get(broadcastIndex(i, shape.extents(), shape.stridesA()));
            double right = b.get(broadcastIndex(i, shape.extents(), shape.stridesB()));
            y.set(i, switch (op) {
                case ADD -> left + right;
                case SUBTRACT -> left - right;
                case MULTIPLY -> left * right;
                case DIVIDE -> left / right;
            });
        }
    }

    /** Where the operand with these strides keeps its number for y_i. */
    private static int broadcastIndex(int i, int[] extents, int[] strides) {
        int index = 0;
        int rest = i;
        for (int axis = extents.length - 1; axis >= 0; axis--) {
            index += rest % extents[axis] * strides[axis];
            rest /= extents[axis];
        }
        return index;
    }

    static void dropout(double p, long seed, ReferenceStorage x, ReferenceStorage y) {
        for (int i = 0; i < y.length(); i++) {
            double keep = Dropout.keeps(seed, i, p) ? 1 : 0;
            y.set(i, x.get(i) * keep / (1 - p));
        }
    }
}
