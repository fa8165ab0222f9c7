package dev.cprfl.audit.golden;

import dev.cprfl.kernels.AttentionShape;
import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.CopyShape;
import dev.cprfl.kernels.GemmShape;
import dev.cprfl.kernels.ReduceShape;
import dev.cprfl.kernels.RowShape;
import dev.cprfl.kernels.Storage;
import java.util.Arrays;

/** Golden cases on tokens: linear layers, matrix products, normalisation and attention. */
final class TokenOperations {

    private TokenOperations() {}

    /** x w^T + b. */
    static void linear(Workbench w) {
        int out = w.golden.shape("w")[0];
        int in = w.golden.shape("w")[1];
        int rows = w.golden.length("x") / in;
        Storage x = w.in("x");
        Storage weights = w.in("w");
        Storage dy = w.in("dy");
        w.result("y", gemm(w, GemmShape.of(rows, out, in, false, true), x, weights, w.inOrNull("b")));
        w.result("dx", gemm(w, GemmShape.of(rows, in, out, false, false), dy, weights, null));
        w.result("dw", gemm(w, GemmShape.of(out, in, rows, true, false), dy, x, null));
        if (w.golden.has("b")) {
            w.result("db", w.columnSums(rows, out, dy));
        }
    }

    private static Storage gemm(Workbench w, GemmShape shape, Storage a, Storage b, Storage bias) {
        Storage c = w.out(shape.batch() * shape.m() * shape.n());
        w.backend.gemm(shape, a, b, bias, c);
        return c;
    }

    /** x z, the batch of z repeated to that of x. */
    static void matmul(Workbench w) {
        int[] x = w.golden.shape("x");
        int m = x[x.length - 2];
        int k = x[x.length - 1];
        int n = w.golden.shape("z")[w.golden.shape("z").length - 1];
        int batch = w.golden.length("x") / (m * k);
        int zLength = w.golden.length("z");
        int repeats = batch * k * n / zLength;
        Storage z = w.out(batch * k * n);
        w.backend.copy(new CopyShape(repeats, zLength, 0, zLength), w.in("z"), z);
        Storage dy = w.in("dy");
        w.result("y", gemm(w, GemmShape.batched(batch, m, n, k, false, false), w.in("x"), z, null));
        w.result("dx", gemm(w, GemmShape.batched(batch, m, k, n, false, true), dy, z, null));
        Storage dz = gemm(w, GemmShape.batched(batch, k, n, m, true, false), w.in("x"), dy, null);
        w.result("dz", w.columnSums(repeats, zLength, dz));
    }

    static void layerNorm(Workbench w) {
        int columns = w.golden.length("w");
        RowShape shape = new RowShape(w.golden.length("x") / columns, columns);
        Storage x = w.in("x");
        Storage gamma = w.in("w");
        Storage y = w.out(shape.length());
        Storage mean = w.out(shape.rows());
        Storage invStd = w.out(shape.rows());
        w.backend.layerNorm(shape, w.golden.attribute("eps").asDouble(), x, gamma, w.in("b"), y, mean, invStd);
        w.result("y", y);
        Storage dx = w.out(shape.length());
        Storage dgamma = w.out(columns);
        Storage dbeta = w.out(columns);
        w.backend.layerNormBackward(shape, x, gamma, mean, invStd, w.in("dy"), dx, dgamma, dbeta);
        w.result("dx", dx);
        w.result("dw", dgamma);
        w.result("db", dbeta);
    }

    static void softmax(Workbench w) {
        int[] x = w.golden.shape("x");
        RowShape shape = new RowShape(w.golden.length("x") / x[x.length - 1], x[x.length - 1]);
        Storage y = w.out(shape.length());
        w.backend.softmax(shape, w.in("x"), y);
        w.result("y", y);
        Storage dx = w.out(shape.length());
        w.backend.softmaxBackward(shape, y, w.in("dy"), dx);
        w.result("dx", dx);
    }

    /** Attention on [batch, heads, tokens, headDim]. */
    static void attention(Workbench w) {
        Backend backend = w.backend;
        int[] q = w.golden.shape("q");
        int width = q[1] * q[3];
        AttentionShape shape = new AttentionShape(q[0], q[1], q[2], w.golden.shape("k")[2], q[3], width, width,
                w.golden.attribute("scale").asDouble(), w.golden.attribute("causal").asBoolean());
        Storage queries = headsInside(w, "q");
        Storage keys = headsInside(w, "k");
        Storage values = headsInside(w, "v");
        Storage probabilities = w.out(shape.probabilitiesLength());
        Storage y = w.out(queries.length());
        backend.attention(shape, queries, keys, values, probabilities, y);
        headsOutsideResult(w, "y", y);
        Storage dq = w.out(queries.length());
        Storage dk = w.out(keys.length());
        Storage dv = w.out(values.length());
        backend.attentionBackward(shape, queries, keys, values, probabilities, headsInside(w, "dy"), dq, dk, dv);
        headsOutsideResult(w, "dq", dq);
        headsOutsideResult(w, "dk", dk);
        headsOutsideResult(w, "dv", dv);
    }

    /** [batch, heads, tokens, headDim] to [batch, tokens, heads, headDim]. */
    private static Storage headsInside(Workbench w, String role) {
        int[] s = w.golden.shape(role);
        return swapped(w, s[0], s[1], s[2], s[3], w.in(role));
    }

    private static void headsOutsideResult(Workbench w, String role, Storage x) {
        int[] s = w.golden.shape(role);
        w.result(role, swapped(w, s[0], s[2], s[1], s[3], x));
    }

    /** [batch, a, b, inner] to [batch, b, a, inner]. */
    private static Storage swapped(Workbench w, int batch, int a, int b, int inner, Storage x) {
        Storage y = w.out(x.length());
        for (int i = 0; i < batch; i++) {
            for (int j = 0; j < a; j++) {
                Storage from = x.slice((i * a + j) * b * inner, b * inner);
                int start = (i * b * a + j) * inner;
                w.backend.copy(new CopyShape(b, inner, inner, a * inner), from,
                        y.slice(start, (b - 1) * a * inner + inner));
            }
        }
        return y;
    }

    /** PyTorch's nn.MultiheadAttention on [tokens, batch, width], composed of matrix products and attention. */
    static void multiHeadAttention(Workbench w) {
        int tokens = w.golden.shape("x")[0];
        int batch = w.golden.shape("x")[1];
        int width = w.golden.shape("x")[2];
        int heads = w.golden.attribute("heads").asInt();
        int rows = batch * tokens;
        AttentionShape shape = new AttentionShape(batch, heads, tokens, tokens, width / heads, 3 * width, 3 * width,
                1 / Math.sqrt((double) width / heads), w.golden.attribute("causal").asBoolean());
        Storage x = swapped(w, 1, tokens, batch, width, w.in("x"));
        Storage dy = swapped(w, 1, tokens, batch, width, w.in("dy"));
        Storage inWeight = w.in("in_proj_weight");
        Storage outWeight = w.in("out_proj_weight");

        GemmShape project = GemmShape.of(rows, 3 * width, width, false, true);
        Storage qkv = gemm(w, project, x, inWeight, w.in("in_proj_bias"));
        Storage probabilities = w.out(shape.probabilitiesLength());
        Storage attended = w.out(rows * width);
        Storage[] parts = thirds(qkv, width);
        w.backend.attention(shape, parts[0], parts[1], parts[2], probabilities, attended);
        GemmShape mix = GemmShape.of(rows, width, width, false, true);
        Storage y = gemm(w, mix, attended, outWeight, w.in("out_proj_bias"));
        w.result("y", swapped(w, 1, batch, tokens, width, y));

        Storage dattended = gemm(w, GemmShape.of(rows, width, width, false, false), dy, outWeight, null);
        w.result("dout_proj_weight", gemm(w, GemmShape.of(width, width, rows, true, false), dy, attended, null));
        w.result("dout_proj_bias", w.columnSums(rows, width, dy));
        Storage dqkv = w.out(qkv.length());
        Storage[] gradients = thirds(dqkv, width);
        w.backend.attentionBackward(shape, parts[0], parts[1], parts[2], probabilities, dattended, gradients[0],
                gradients[1], gradients[2]);
        w.result("din_proj_weight", gemm(w, GemmShape.of(3 * width, width, rows, true, false), dqkv, x, null));
        w.result("din_proj_bias", w.columnSums(rows, 3 * width, dqkv));
        Storage dx = gemm(w, GemmShape.of(rows, width, 3 * width, false, false), dqkv, inWeight, null);
        w.result("dx", swapped(w, 1, batch, tokens, width, dx));
    }

    /** The columns of Q, K and V in a matrix [rows, 3 * width]. */
    private static Storage[] thirds(Storage qkv, int width) {
        int length = qkv.length() - 2 * width;
        return new Storage[]{qkv.slice(0, length), qkv.slice(width, length), qkv.slice(2 * width, length)};
    }

    static void embedding(Workbench w) {
        int[] s = w.golden.shape("w");
        RowShape table = new RowShape(s[0], s[1]);
        int[] ids = Arrays.stream(w.golden.tensor("ids")).mapToInt(id -> (int) id).toArray();
        Storage y = w.out(ids.length * s[1]);
        w.backend.embedding(table, ids, w.in("w"), y);
        w.result("y", y);
        Storage dw = w.out(table.length());
        w.backend.embeddingBackward(table, ids, w.in("dy"), dw);
        w.result("dw", dw);
    }

    /** Along axis 1 of [batch, tokens, channels]. */
    static void concat(Workbench w) {
        int batch = w.golden.shape("x")[0];
        int x = w.golden.length("x") / batch;
        int z = w.golden.length("z") / batch;
        Storage y = w.out(batch * (x + z));
        w.backend.copy(new CopyShape(batch, x, x, x + z), w.in("x"), y);
        w.backend.copy(new CopyShape(batch, z, z, x + z), w.in("z"), y.slice(x, y.length() - x));
        w.result("y", y);
        Storage dy = w.in("dy");
        Storage dx = w.out(batch * x);
        w.backend.copy(new CopyShape(batch, x, x + z, x), dy, dx);
        w.result("dx", dx);
        Storage dz = w.out(batch * z);
        w.backend.copy(new CopyShape(batch, z, x + z, z), dy.slice(x, dy.length() - x), dz);
        w.result("dz", dz);
    }

    static void sum(Workbench w) {
        reduceAll(w, 1);
    }

    static void mean(Workbench w) {
        reduceAll(w, 1.0 / w.golden.length("x"));
    }

    private static void reduceAll(Workbench w, double factor) {
        int length = w.golden.length("x");
        Storage y = w.out(1);
        w.backend.sum(new ReduceShape(1, length, 1), w.in("x"), y);
        w.backend.scale(factor, y, y);
        w.result("y", y);
        Storage dx = w.out(length);
        w.backend.copy(new CopyShape(length, 1, 0, 1), w.in("dy"), dx);
        w.backend.scale(factor, dx, dx);
        w.result("dx", dx);
    }
}
