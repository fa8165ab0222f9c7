package dev.cprfl.kernels.cuda;

import dev.cprfl.kernels.BinaryOp;
import dev.cprfl.kernels.BroadcastShape;
import dev.cprfl.kernels.UnaryOp;
import java.util.EnumMap;
import java.util.Map;

/** Calls of the kernels in {@code elementwise.cu}: one number of each operand goes into one number of the result. */
final class Elementwise {

    private static final String SOURCE = "elementwise";
    /** Axes outside the innermost that a kernel takes: AXES in the source. */
    static final int AXES = 7;

    private static final Map<UnaryOp, String> UNARY = entries(UnaryOp.class, "unary_");
    private static final Map<UnaryOp, String> UNARY_BACKWARD = entries(UnaryOp.class, "unaryBackward_");
    private static final Map<BinaryOp, String> BINARY = entries(BinaryOp.class, "binary_");

    private final Kernels kernels;

    Elementwise(Kernels kernels) {
        this.kernels = kernels;
    }

    private static <E extends Enum<E>> Map<E, String> entries(Class<E> ops, String prefix) {
        Map<E, String> entries = new EnumMap<>(ops);
        for (E op : ops.getEnumConstants()) {
            entries.put(op, prefix + op.name());
        }
        return entries;
    }

    /** y_i = value. */
    void fill(Type type, int n, float value, long y) {
        kernels.launch(SOURCE, type, "fill").number(n).number(value).pointer(y).run(Grid.ofNumbers(n, type),
                Grid.THREADS);
    }

    /** y = alpha x; x and y may be the same. */
    void scale(Type type, int n, float alpha, long x, long y) {
        kernels.launch(SOURCE, type, "scale").number(n).number(alpha).pointer(x).pointer(y).run(Grid.ofNumbers(n, type),
                Grid.THREADS);
    }

    /** y = y + alpha x. */
    void accumulate(Type type, int n, float alpha, long x, long y) {
        kernels.launch(SOURCE, type, "accumulate").number(n).number(alpha).pointer(x).pointer(y).run(
                Grid.ofNumbers(n, type),
                Grid.THREADS);
    }

    /** y = op(x); x and y may be the same. */
    void unary(UnaryOp op, Type type, int n, long x, long y) {
        kernels.launch(SOURCE, type, UNARY.get(op)).number(n).pointer(x).pointer(y).run(Grid.ofNumbers(n, type),
                Grid.THREADS);
    }

    /** dx = dy op'(x) with y = op(x); dy and dx may be the same. Either of x and y is read: {@link #needsY}. */
    void unaryBackward(UnaryOp op, Type type, int n, long x, long y, long dy, long dx) {
        kernels.launch(SOURCE, type, UNARY_BACKWARD.get(op)).number(n).pointer(needsY(op) ? y : x).pointer(dy)
                .pointer(dx).run(Grid.ofNumbers(n, type), Grid.THREADS);
    }

    /** Whether the derivative is computed from y and not from x. */
    static boolean needsY(UnaryOp op) {
        return op == UnaryOp.SIGMOID || op == UnaryOp.TANH || op == UnaryOp.EXP;
    }

    /** y = a op b; y may be the same as an operand that has y's shape. */
    void binary(BinaryOp op, BroadcastShape shape, Type type, long a, long b, long y) {
        if (shape.length() > 0) {
            binary(op, shape, 0, type, a, b, y);
        }
    }

    /** The axes from {@code first} on. More of them than the kernel takes are a call for each step along the outermost. */
    private void binary(BinaryOp op, BroadcastShape shape, int first, Type type, long a, long b, long y) {
        int[] extents = shape.extents();
        int innermost = extents.length - 1;
        if (innermost - first > AXES) {
            int inside = 1;
            for (int axis = first + 1; axis <= innermost; axis++) {
                inside *= extents[axis];
            }
            for (int i = 0; i < extents[first]; i++) {
                binary(op, shape, first + 1, type, a + (long) i * shape.stridesA()[first] * type.bytes,
                        b + (long) i * shape.stridesB()[first] * type.bytes, y + (long) i * inside * type.bytes);
            }
            return;
        }
        int inner = innermost < 0 ? 1 : extents[innermost];
        int runs = 1;
        for (int axis = first; axis < innermost; axis++) {
            runs *= extents[axis];
        }
        Launch launch = kernels.launch(SOURCE, type, BINARY.get(op));
        launch.number(runs).number(inner).number(innermost < 0 ? 0 : shape.stridesA()[innermost])
                .number(innermost < 0 ? 0 : shape.stridesB()[innermost]);
        axes(launch, first, innermost, extents, shape.stridesA(), shape.stridesB());
        launch.pointer(a).pointer(b).pointer(y).run(Grid.ofRuns(runs, inner, type), Grid.THREADS);
    }

    /** The source's struct Axes. */
    private static void axes(Launch launch, int first, int end, int[]... extentsAndStrides) {
        launch.number(Math.max(end - first, 0));
        for (int[] each : extentsAndStrides) {
            for (int i = 0; i < AXES; i++) {
                launch.number(first + i < end ? each[first + i] : 0);
            }
        }
    }

    /**
     * y_i = x_i keep_i / (1 - p), with keep_i from {@link dev.cprfl.kernels.Dropout#keeps}; x and y may be the same.
     *
     * @param p in [0, 1)
     */
    void dropout(double p, long seed, Type type, int n, long x, long y) {
        kernels.launch(SOURCE, type, "dropout").number(n).number(least(p)).number(seed).number((float) (1 / (1 - p)))
                .pointer(x)
                .pointer(y).run(Grid.ofNumbers(n, type), Grid.THREADS);
    }

    /** The smallest draw, of 24 bits, of a number that is kept. */
    static int least(double p) {
        return (int) Math.ceil(p * 0x1p24);
    }

    /** y = x in the other type; {@code to} tells which way. The addresses must not overlap. */
    void convert(Type to, int n, long x, long y) {
        kernels.launch(SOURCE, Type.BFLOAT16, to == Type.FLOAT ? "widen" : "narrow").number(n).pointer(x).pointer(y)
                .run(
                        Grid.ofNumbers(n, Type.BFLOAT16), Grid.THREADS);
    }
}
