package dev.cprfl.kernels.vector;

import dev.cprfl.kernels.AttentionShape;

/**
 * Scaled dot-product attention (E5), one head of one image after another; threads share out the heads. The matrix products
 * are {@link Product}s on the rows of Q, K and V where they lie, since a head is a window of their columns.
 *
 * <p>With P the probabilities and S the scaled scores: dV = P^T dY, dP = dY V^T, dS = P (dP - sum(dP P)) along each row,
 * dQ = scale dS K, dK = scale dS^T Q. {@link Softmax} sets tiny probabilities to zero, so nothing here is denormal.
 */
final class Attention {

    /** The scores' gradients of one head, per thread. */
    private static final ThreadLocal<float[]> SCORES = ThreadLocal.withInitial(() -> new float[0]);

    private Attention() {}

    /** Where one head of one image begins in each operand. */
    private interface Head {
        void at(int query, int key, int probability, int output);
    }

    static void forward(Workers workers, AttentionShape shape, FloatStorage q, FloatStorage k, FloatStorage v,
            FloatStorage probabilities, FloatStorage y) {
        int queries = shape.queries();
        int keys = shape.keys();
        Target p = new Target(probabilities.array, probabilities.offset, keys);
        Product scores = new Product(queries, keys, shape.headDim(), rows(q, shape.queryStride()),
                columns(k, shape.keyStride()), null, p);
        Product output = new Product(queries, shape.headDim(), keys, rows(probabilities, keys),
                rows(v, shape.keyStride()), null, new Target(y.array, y.offset, shape.width()));
        workers.run(shape.batch() * shape.heads(), head -> at(shape, head, (query, key, probability, out) -> {
            scores.compute(query, key, probability);
            for (int i = 0; i < queries; i++) {
                int row = probabilities.offset + probability + i * keys;
                int visible = visible(shape, i);
                Elementwise.scale((float) shape.scale(), p.array, row, p.array, row, visible);
                Softmax.row(p.array, row, p.array, row, visible);
                Copy.zeros(p.array, row + visible, keys - visible);
            }
            output.compute(probability, key, out);
        }));
    }

    static void backward(Workers workers, AttentionShape shape, FloatStorage q, FloatStorage k, FloatStorage v,
            FloatStorage probabilities, FloatStorage dy, FloatStorage dq, FloatStorage dk, FloatStorage dv) {
        int queries = shape.queries();
        int keys = shape.keys();
        int headDim = shape.headDim();
        int heads = shape.batch() * shape.heads();
        Product values = new Product(keys, headDim, queries, columns(probabilities, keys), rows(dy, shape.width()),
                null, new Target(dv.array, dv.offset, shape.keyStride()));
        int tasks = Math.min(heads, 4 * workers.threads());
        workers.run(tasks, task -> {
            FloatStorage ds = scores(queries * keys);
            Product gradient = new Product(queries, keys, headDim, rows(dy, shape.width()),
                    columns(v, shape.keyStride()), null, new Target(ds.array, 0, keys));
            Product toQueries = new Product(queries, headDim, keys, rows(ds, keys), rows(k, shape.keyStride()), null,
                    new Target(dq.array, dq.offset, shape.queryStride()));
            Product toKeys = new Product(keys, headDim, queries, columns(ds, keys), rows(q, shape.queryStride()),
                    null, new Target(dk.array, dk.offset, shape.keyStride()));
            int last = (int) ((long) heads * (task + 1) / tasks);
            for (int head = (int) ((long) heads * task / tasks); head < last; head++) {
                at(shape, head, (query, key, probability, out) -> {
                    values.compute(probability, out, key);
                    gradient.compute(out, key, 0);
                    for (int i = 0; i < queries; i++) {
                        int visible = visible(shape, i);
                        int row = i * keys;
                        Softmax.rowBackward(probabilities.array, probabilities.offset + probability + row, ds.array,
                                row, ds.array, row, visible);
                        Elementwise.scale((float) shape.scale(), ds.array, row, ds.array, row, visible);
                        Copy.zeros(ds.array, row + visible, keys - visible);
                    }
                    toQueries.compute(0, key, query);
                    toKeys.compute(0, query, key);
                });
            }
        });
    }

    /** Head number {@code head}, counted through the images. */
    private static void at(AttentionShape shape, int head, Head body) {
        int image = head / shape.heads();
        int column = head % shape.heads() * shape.headDim();
        body.at(image * shape.queries() * shape.queryStride() + column,
                image * shape.keys() * shape.keyStride() + column, head * shape.queries() * shape.keys(),
                image * shape.queries() * shape.width() + column);
    }

    /** How many keys query i sees. */
    private static int visible(AttentionShape shape, int i) {
        return shape.causal() ? Math.min(i + 1, shape.keys()) : shape.keys();
    }

    private static FloatStorage scores(int length) {
        if (SCORES.get().length < length) {
            SCORES.set(new float[length]);
        }
        return new FloatStorage(SCORES.get(), 0, length);
    }

    private static Matrix rows(FloatStorage x, int step) {
        return new Matrix(x.array, x.offset, step, false);
    }

    private static Matrix columns(FloatStorage x, int step) {
        return new Matrix(x.array, x.offset, step, true);
    }
}
