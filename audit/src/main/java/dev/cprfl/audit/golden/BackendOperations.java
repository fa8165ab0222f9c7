package dev.cprfl.audit.golden;

import dev.cprfl.kernels.BinaryOp;
import dev.cprfl.kernels.Storage;
import dev.cprfl.kernels.UnaryOp;

/** Single operations and their gradients straight on a backend. */
public final class BackendOperations {

    private BackendOperations() {}

    /** Fills the workbench with the results of a case of the part {@code ops}. */
    public static void compute(Workbench w) {
        switch (w.golden.op()) {
            case "conv2d" -> ImageOperations.conv2d(w);
            case "maxpool2d" -> ImageOperations.maxPool2d(w);
            case "global_avgpool" -> ImageOperations.globalAveragePool(w);
            case "batchnorm2d" -> ImageOperations.batchNorm2d(w);
            case "flatten_spatial_transpose" -> ImageOperations.flattenSpatial(w);
            case "linear" -> TokenOperations.linear(w);
            case "matmul" -> TokenOperations.matmul(w);
            case "layernorm" -> TokenOperations.layerNorm(w);
            case "softmax" -> TokenOperations.softmax(w);
            case "sdpa" -> TokenOperations.attention(w);
            case "multihead_attention" -> TokenOperations.multiHeadAttention(w);
            case "embedding" -> TokenOperations.embedding(w);
            case "concat" -> TokenOperations.concat(w);
            case "sum" -> TokenOperations.sum(w);
            case "mean" -> TokenOperations.mean(w);
            case "relu" -> unary(w, UnaryOp.RELU);
            case "sigmoid" -> unary(w, UnaryOp.SIGMOID);
            case "tanh" -> unary(w, UnaryOp.TANH);
            case "exp" -> unary(w, UnaryOp.EXP);
            case "log" -> unary(w, UnaryOp.LOG);
            case "gelu_erf" -> unary(w, UnaryOp.GELU);
            case "quick_gelu" -> unary(w, UnaryOp.QUICK_GELU);
            case "add" -> add(w);
            case "mul" -> multiply(w);
            default -> throw new IllegalArgumentException("no check for operation " + w.golden.op());
        }
    }

    private static void unary(Workbench w, UnaryOp op) {
        Storage x = w.in("x");
        Storage y = w.out(x.length());
        w.backend.unary(op, x, y);
        w.result("y", y);
        Storage dx = w.out(x.length());
        w.backend.unaryBackward(op, x, y, w.in("dy"), dx);
        w.result("dx", dx);
    }

    private static void add(Workbench w) {
        int[] x = w.golden.shape("x");
        int[] z = w.golden.shape("z");
        int[] y = w.golden.shape("y");
        w.result("y", w.binary(BinaryOp.ADD, x, w.in("x"), z, w.in("z")));
        w.result("dx", w.unbroadcast(y, w.in("dy"), x));
        w.result("dz", w.unbroadcast(y, w.in("dy"), z));
    }

    private static void multiply(Workbench w) {
        int[] x = w.golden.shape("x");
        int[] z = w.golden.shape("z");
        int[] y = w.golden.shape("y");
        w.result("y", w.binary(BinaryOp.MULTIPLY, x, w.in("x"), z, w.in("z")));
        w.result("dx", w.unbroadcast(y, w.binary(BinaryOp.MULTIPLY, y, w.in("dy"), z, w.in("z")), x));
        w.result("dz", w.unbroadcast(y, w.binary(BinaryOp.MULTIPLY, y, w.in("dy"), x, w.in("x")), z));
    }
}
