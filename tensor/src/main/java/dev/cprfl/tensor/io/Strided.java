package dev.cprfl.tensor.io;

import dev.cprfl.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Numbers of one memory seen at a distance of their own per axis, as PyTorch's views and NumPy's Fortran order are. */
final class Strided {

    private final Shape shape;
    private final long offset;
    private final long[] strides;

    /**
     * A view; whether it fits a memory is asked with {@link #end}.
     *
     * @param offset number of the memory at index 0
     * @param strides how many numbers one step along each axis is
     */
    Strided(Shape shape, long offset, long[] strides) {
        this.shape = shape;
        this.offset = offset;
        this.strides = strides;
    }

    /** Row-major numbers from the first on. */
    static long[] rowMajor(Shape shape) {
        long[] strides = new long[shape.rank()];
        long step = 1;
        for (int axis = shape.rank() - 1; axis >= 0; axis--) {
            strides[axis] = step;
            step *= shape.extent(axis);
        }
        return strides;
    }

    /** Whether the numbers lie row-major without a gap. The stride of an axis with one index does not matter. */
    boolean isContiguous() {
        long[] wanted = rowMajor(shape);
        for (int axis = 0; axis < strides.length; axis++) {
            if (shape.extent(axis) > 1 && strides[axis] != wanted[axis]) {
                return false;
            }
        }
        return true;
    }

    /**
     * How many numbers the memory must have for the view to stay inside.
     *
     * @throws IllegalArgumentException if offset or a stride is negative, or the end exceeds a long
     */
    long end() {
        if (offset < 0) {
            throw new IllegalArgumentException("negative offset " + offset);
        }
        try {
            long end = Math.addExact(offset, 1);
            for (int axis = 0; axis < strides.length; axis++) {
                if (strides[axis] < 0) {
                    throw new IllegalArgumentException("negative stride " + strides[axis]);
                }
                end = Math.addExact(end, Math.multiplyExact(Math.max(0, shape.extent(axis) - 1L), strides[axis]));
            }
            return shape.length() == 0 ? 0 : end;
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException("a view that ends beyond 2^63", e);
        }
    }

    /**
     * Copies the numbers into row-major, little-endian order.
     *
     * @param source the memory, at least {@link #end()} numbers
     * @param width bytes of a number: 1, 2, 4 or 8
     * @param order byte order of the source
     */
    MemorySegment copy(MemorySegment source, int width, ByteOrder order) {
        byte[] result = new byte[Math.multiplyExact(shape.length(), width)];
        MemorySegment target = MemorySegment.ofArray(result);
        if (shape.length() == 0) {
            return target;
        }
        int inner = shape.rank() == 0 ? 1 : shape.extent(-1);
        long step = shape.rank() == 0 ? 1 : strides[shape.rank() - 1];
        int[] index = new int[shape.rank()];
        long from = offset;
        for (long to = 0; to < shape.length(); to += inner) {
            copyRow(source, from, step, target, to, inner, width, order);
            for (int axis = shape.rank() - 2; axis >= 0; axis--) {
                from += strides[axis];
                if (++index[axis] < shape.extent(axis)) {
                    break;
                }
                from -= index[axis] * strides[axis];
                index[axis] = 0;
            }
        }
        return target;
    }

    private static void copyRow(MemorySegment source, long from, long step, MemorySegment target, long to, int count,
            int width, ByteOrder order) {
        switch (width) {
            case 1 -> {
                for (int i = 0; i < count; i++) {
                    target.set(ValueLayout.JAVA_BYTE, to + i, source.get(ValueLayout.JAVA_BYTE, from + i * step));
                }
            }
            case 2 -> {
                ValueLayout.OfShort in = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(order);
                ValueLayout.OfShort out = in.withOrder(ByteOrder.LITTLE_ENDIAN);
                for (int i = 0; i < count; i++) {
                    target.setAtIndex(out, to + i, source.getAtIndex(in, from + i * step));
                }
            }
            case 4 -> {
                ValueLayout.OfInt in = ValueLayout.JAVA_INT_UNALIGNED.withOrder(order);
                ValueLayout.OfInt out = in.withOrder(ByteOrder.LITTLE_ENDIAN);
                for (int i = 0; i < count; i++) {
                    target.setAtIndex(out, to + i, source.getAtIndex(in, from + i * step));
                }
            }
            default -> {
                ValueLayout.OfLong in = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(order);
                ValueLayout.OfLong out = in.withOrder(ByteOrder.LITTLE_ENDIAN);
                for (int i = 0; i < count; i++) {
                    target.setAtIndex(out, to + i, source.getAtIndex(in, from + i * step));
                }
            }
        }
    }
}
