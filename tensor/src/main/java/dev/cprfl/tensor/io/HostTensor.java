package dev.cprfl.tensor.io;

import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.Memory;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * A tensor as it lies in a file: a type, a shape and its bytes, little-endian and row-major. The bytes may be a window on a
 * mapped file, so that opening a file of weights reads nothing yet. Immutable.
 */
public final class HostTensor {

    private static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;

    /** Numbers copied at a time: a second copy of a large weight would take longer to make than to fill. */
    private static final int BLOCK = 1 << 16;

    private final DType dtype;
    private final Shape shape;
    private final MemorySegment data;

    private HostTensor(DType dtype, Shape shape, MemorySegment data) {
        this.dtype = dtype;
        this.shape = shape;
        this.data = data.asReadOnly();
    }

    /**
     * A tensor over these bytes, which are not copied.
     *
     * @param data the numbers, little-endian and row-major
     * @throws IllegalArgumentException if the bytes do not fill the shape
     */
    public static HostTensor of(DType dtype, Shape shape, MemorySegment data) {
        if (data.byteSize() != (long) shape.length() * dtype.bytes()) {
            throw new IllegalArgumentException(
                    data.byteSize() + " bytes do not fill " + dtype + " of shape " + shape);
        }
        return new HostTensor(dtype, shape, data);
    }

    /** An F32 tensor with a copy of the values. */
    public static HostTensor of(Shape shape, float... values) {
        MemorySegment data = allocate(DType.F32, values.length);
        MemorySegment.copy(values, 0, data, FLOAT, 0, values.length);
        return of(DType.F32, shape, data);
    }

    /** An F64 tensor with a copy of the values. */
    public static HostTensor of(Shape shape, double... values) {
        MemorySegment data = allocate(DType.F64, values.length);
        MemorySegment.copy(values, 0, data, DOUBLE, 0, values.length);
        return of(DType.F64, shape, data);
    }

    /** An I64 tensor with a copy of the values. */
    public static HostTensor of(Shape shape, long... values) {
        MemorySegment data = allocate(DType.I64, values.length);
        MemorySegment.copy(values, 0, data, LONG, 0, values.length);
        return of(DType.I64, shape, data);
    }

    private static MemorySegment allocate(DType dtype, int length) {
        return MemorySegment.ofArray(new byte[Math.multiplyExact(length, dtype.bytes())]);
    }

    public DType dtype() {
        return dtype;
    }

    public Shape shape() {
        return shape;
    }

    /** How many numbers. */
    public int length() {
        return shape.length();
    }

    /** The bytes, little-endian and row-major; read-only. */
    public MemorySegment data() {
        return data;
    }

    /** The numbers rounded to float; truth values become 0 and 1. */
    public float[] toFloats() {
        float[] values = new float[length()];
        read(0, values, values.length);
        return values;
    }

    /** Numbers {@code from} to {@code from + count - 1}, rounded to float, into the first of {@code values}. */
    private void read(int from, float[] values, int count) {
        if (dtype == DType.F32) {
            MemorySegment.copy(data, FLOAT, (long) from * Float.BYTES, values, 0, count);
        } else if (dtype == DType.F16) { // what CLIP's files have: without looking at the type for each number
            for (int i = 0; i < count; i++) {
                values[i] = Float.float16ToFloat(data.getAtIndex(SHORT, from + i));
            }
        } else {
            for (int i = 0; i < count; i++) {
                values[i] = dtype.isIntegral() ? (float) integer(from + i) : (float) real(from + i);
            }
        }
    }

    /** The numbers as double; truth values become 0 and 1. */
    public double[] toDoubles() {
        double[] values = new double[length()];
        if (dtype == DType.F64) {
            MemorySegment.copy(data, DOUBLE, 0, values, 0, values.length);
        } else {
            for (int i = 0; i < values.length; i++) {
                values[i] = dtype.isIntegral() ? (double) integer(i) : real(i);
            }
        }
        return values;
    }

    /**
     * The numbers as long; truth values become 0 and 1.
     *
     * @throws IllegalStateException if the type is not {@linkplain DType#isIntegral integral}
     */
    public long[] toLongs() {
        if (!dtype.isIntegral()) {
            throw new IllegalStateException("numbers of type " + dtype + " do not fit a long");
        }
        long[] values = new long[length()];
        for (int i = 0; i < values.length; i++) {
            values[i] = integer(i);
        }
        return values;
    }

    /** The same numbers in a backend's memory and precision. */
    public Tensor toTensor(Backend backend) {
        Tensor tensor = Tensor.allocate(backend, shape);
        copyTo(tensor);
        return tensor;
    }

    /**
     * Overwrites a tensor with these numbers, in its precision.
     *
     * @throws IllegalArgumentException if it has another shape
     */
    public void copyTo(Tensor target) {
        if (!target.shape().equals(shape)) {
            throw new IllegalArgumentException("cannot copy shape " + shape + " to " + target.shape());
        }
        Memory memory = target.backend().memory();
        if (dtype.bytes() > Float.BYTES) {
            memory.write(toDoubles(), 0, target.storage());
            return;
        }
        float[] block = new float[Math.min(BLOCK, length())];
        for (int from = 0; from < length(); from += BLOCK) {
            int count = Math.min(BLOCK, length() - from);
            read(from, block, count);
            memory.write(block, 0, target.storage().slice(from, count));
        }
    }

    private long integer(long i) {
        return switch (dtype) {
            case I64 -> data.getAtIndex(LONG, i);
            case I32 -> data.getAtIndex(INT, i);
            case U32 -> Integer.toUnsignedLong(data.getAtIndex(INT, i));
            case I16 -> data.getAtIndex(SHORT, i);
            case U16 -> Short.toUnsignedLong(data.getAtIndex(SHORT, i));
            case I8 -> data.getAtIndex(BYTE, i);
            case U8 -> Byte.toUnsignedLong(data.getAtIndex(BYTE, i));
            case BOOL -> data.getAtIndex(BYTE, i) == 0 ? 0 : 1;
            case F64, F32, F16, BF16, U64 -> throw new AssertionError(dtype);
        };
    }

    private double real(long i) {
        return switch (dtype) {
            case F64 -> data.getAtIndex(DOUBLE, i);
            case F32 -> data.getAtIndex(FLOAT, i);
            case F16 -> Float.float16ToFloat(data.getAtIndex(SHORT, i));
            case BF16 -> Float.intBitsToFloat(data.getAtIndex(SHORT, i) << 16);
            case U64 -> unsigned(data.getAtIndex(LONG, i));
            case I64, I32, I16, I8, U32, U16, U8, BOOL -> throw new AssertionError(dtype);
        };
    }

    /** Halving keeps the value in range; or-ing the lost bit back in keeps the rounding right. */
    private static double unsigned(long bits) {
        return bits >= 0 ? bits : ((bits >>> 1) | (bits & 1)) * 2.0;
    }

    @Override
    public String toString() {
        return dtype + shape.toString();
    }
}
