package dev.cprfl.tensor;

import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.Storage;

/**
 * Numbers with a shape: dense, row-major, in one backend's memory. A tensor knows nothing of gradients. Two tensors may
 * share a storage ({@link #reshape}, {@link #rows}); whoever allocated the storage releases it.
 */
public final class Tensor {

    private final Backend backend;
    private final Shape shape;
    private final Storage storage;

    private Tensor(Backend backend, Shape shape, Storage storage) {
        this.backend = backend;
        this.shape = shape;
        this.storage = storage;
    }

    /** A tensor with arbitrary content, from the backend's pool. */
    public static Tensor allocate(Backend backend, Shape shape) {
        Tensor tensor = new Tensor(backend, shape, backend.memory().allocate(shape.length()));
        Scope.allocated(tensor.storage, backend.memory());
        return tensor;
    }

    /** A tensor filled with one value. */
    public static Tensor full(Backend backend, Shape shape, double value) {
        Tensor tensor = allocate(backend, shape);
        backend.fill(value, tensor.storage);
        return tensor;
    }

    public static Tensor zeros(Backend backend, Shape shape) {
        return full(backend, shape, 0);
    }

    /** @throws IllegalArgumentException if the number of values does not fit the shape */
    public static Tensor of(Backend backend, Shape shape, float... values) {
        requireLength(shape, values.length);
        Tensor tensor = allocate(backend, shape);
        backend.memory().write(values, 0, tensor.storage);
        return tensor;
    }

    /** @throws IllegalArgumentException if the number of values does not fit the shape */
    public static Tensor of(Backend backend, Shape shape, double... values) {
        requireLength(shape, values.length);
        Tensor tensor = allocate(backend, shape);
        backend.memory().write(values, 0, tensor.storage);
        return tensor;
    }

    private static void requireLength(Shape shape, int length) {
        if (shape.length() != length) {
            throw new IllegalArgumentException(length + " values do not fill shape " + shape);
        }
    }

    public Backend backend() {
        return backend;
    }

    public Shape shape() {
        return shape;
    }

    public Storage storage() {
        return storage;
    }

    public int length() {
        return shape.length();
    }

    /**
     * The same numbers under another shape; shares memory.
     *
     * @throws IllegalArgumentException if the lengths differ
     */
    public Tensor reshape(Shape other) {
        if (other.length() != shape.length()) {
            throw new IllegalArgumentException("cannot view shape " + shape + " as " + other);
        }
        return new Tensor(backend, other, storage);
    }

    /** Rows {@code from} to {@code to - 1} of the outermost axis; shares memory. */
    public Tensor rows(int from, int to) {
        int width = shape.length(1, shape.rank());
        return new Tensor(backend, shape.with(0, to - from), storage.slice(from * width, (to - from) * width));
    }

    /** A copy in memory of its own. */
    public Tensor copy() {
        Tensor copy = allocate(backend, shape);
        backend.scale(1, storage, copy.storage);
        return copy;
    }

    /** Overwrites this tensor with the numbers of another of the same shape. */
    public void setInPlace(Tensor source) {
        if (!source.shape.equals(shape)) {
            throw new IllegalArgumentException("cannot set shape " + shape + " from " + source.shape);
        }
        backend.scale(1, source.storage, storage);
    }

    public float[] toFloats() {
        float[] values = new float[length()];
        backend.memory().read(storage, values, 0);
        return values;
    }

    public double[] toDoubles() {
        double[] values = new double[length()];
        backend.memory().read(storage, values, 0);
        return values;
    }

    /** The only number of a tensor of length one. */
    public double item() {
        if (length() != 1) {
            throw new IllegalStateException("item() needs one number, shape is " + shape);
        }
        return toDoubles()[0];
    }

    /** Gives the memory back to the pool; neither this tensor nor one that shares its memory may be used afterwards. */
    public void release() {
        Scope.released(storage);
        backend.memory().release(storage);
    }

    @Override
    public String toString() {
        return "Tensor" + shape + " on " + backend.name();
    }
}
