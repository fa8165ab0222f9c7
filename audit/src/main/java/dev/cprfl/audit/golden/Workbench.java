package dev.cprfl.audit.golden;

import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.BinaryOp;
import dev.cprfl.kernels.BroadcastShape;
import dev.cprfl.kernels.ReduceShape;
import dev.cprfl.kernels.Storage;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/** A case on a backend: its inputs as storages, its results by role. */
public final class Workbench {

    public final Backend backend;
    public final GoldenCase golden;
    private final Map<String, double[]> results = new TreeMap<>();

    public Workbench(Backend backend, GoldenCase golden) {
        this.backend = backend;
        this.golden = golden;
    }

    public Map<String, double[]> results() {
        return results;
    }

    /** An input of the case. */
    public Storage in(String role) {
        return of(golden.tensor(role));
    }

    /** An input of the case, or null where it has none of this role. */
    public Storage inOrNull(String role) {
        return golden.has(role) ? in(role) : null;
    }

    public Storage of(double[] values) {
        Storage storage = backend.memory().allocate(values.length);
        backend.memory().write(values, 0, storage);
        return storage;
    }

    /** A storage for a result, full of NaN. */
    public Storage out(int length) {
        Storage storage = backend.memory().allocate(length);
        backend.fill(Double.NaN, storage);
        return storage;
    }

    public Storage filled(double value, int length) {
        Storage storage = backend.memory().allocate(length);
        backend.fill(value, storage);
        return storage;
    }

    public double[] read(Storage storage) {
        double[] values = new double[storage.length()];
        backend.memory().read(storage, values, 0);
        return values;
    }

    public void result(String role, Storage storage) {
        results.put(role, read(storage));
    }

    /** [batch, rows, columns] to [batch, columns, rows]. */
    public Storage transposed(int batch, int rows, int columns, Storage x) {
        Storage y = out(x.length());
        backend.transpose(batch, rows, columns, x, y);
        return y;
    }

    /** Images or convolution weights with channels last: NCHW to NHWC, OIHW to OHWI. */
    public Storage channelsLast(String role) {
        int[] s = golden.shape(role);
        return transposed(s[0], s[1], s[2] * s[3], in(role));
    }

    /** Stores images or weights with channels last as the result of a role with channels first. */
    public void channelsFirstResult(String role, Storage x) {
        int[] s = golden.shape(role);
        result(role, transposed(s[0], s[2] * s[3], s[1], x));
    }

    /** The sum over the rows of a matrix. */
    public Storage columnSums(int rows, int columns, Storage x) {
        Storage y = out(columns);
        backend.sum(new ReduceShape(1, rows, columns), x, y);
        return y;
    }

    public Storage binary(BinaryOp op, int[] shapeA, Storage a, int[] shapeB, Storage b) {
        BroadcastShape shape = BroadcastShape.of(shapeA, shapeB);
        Storage y = out(shape.length());
        backend.binary(op, shape, a, b, y);
        return y;
    }

    /** Sums a gradient over the axes along which an operand of shape {@code to} was broadcast to shape {@code from}. */
    public Storage unbroadcast(int[] from, Storage gradient, int[] to) {
        int[] shape = from.clone();
        Storage sum = gradient;
        for (int axis = 0; axis < from.length; axis++) {
            int source = axis - from.length + to.length;
            if (shape[axis] > 1 && (source < 0 || to[source] == 1)) {
                int outer = length(Arrays.copyOf(shape, axis));
                int inner = length(Arrays.copyOfRange(shape, axis + 1, shape.length));
                Storage reduced = out(outer * inner);
                backend.sum(new ReduceShape(outer, shape[axis], inner), sum, reduced);
                shape[axis] = 1;
                sum = reduced;
            }
        }
        return sum;
    }

    static int length(int[] shape) {
        return Arrays.stream(shape).reduce(1, (a, b) -> a * b);
    }
}
