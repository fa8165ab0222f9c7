package dev.cprfl.audit.golden;

import dev.cprfl.autograd.Gradients;
import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.autograd.nn.MultiHeadAttention;
import dev.cprfl.autograd.nn.StateDict;
import dev.cprfl.autograd.ops.Add;
import dev.cprfl.autograd.ops.Attention;
import dev.cprfl.autograd.ops.BatchNorm;
import dev.cprfl.autograd.ops.Concat;
import dev.cprfl.autograd.ops.Conv2d;
import dev.cprfl.autograd.ops.Embedding;
import dev.cprfl.autograd.ops.Exp;
import dev.cprfl.autograd.ops.Gelu;
import dev.cprfl.autograd.ops.GlobalAvgPool;
import dev.cprfl.autograd.ops.LayerNorm;
import dev.cprfl.autograd.ops.Linear;
import dev.cprfl.autograd.ops.Log;
import dev.cprfl.autograd.ops.Matmul;
import dev.cprfl.autograd.ops.MaxPool2d;
import dev.cprfl.autograd.ops.MeanAll;
import dev.cprfl.autograd.ops.Multiply;
import dev.cprfl.autograd.ops.QuickGelu;
import dev.cprfl.autograd.ops.Relu;
import dev.cprfl.autograd.ops.Reshape;
import dev.cprfl.autograd.ops.Sigmoid;
import dev.cprfl.autograd.ops.Softmax;
import dev.cprfl.autograd.ops.SumAll;
import dev.cprfl.autograd.ops.Tanh;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import dev.cprfl.tensor.io.HostTensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** The operations of the tape, forward and backward. */
public final class TapeOperations {

    private static final int[] CHANNELS_LAST = {0, 2, 3, 1};
    private static final int[] HEADS_INNERMOST = {0, 2, 1, 3};
    private static final int[] BATCH_FIRST = {1, 0, 2};

    /** Where PyTorch's axes go inside, for tensors of as many axes; other tensors lie alike. */
    private static final Map<String, int[]> LAYOUTS = Map.of("conv2d", CHANNELS_LAST, "maxpool2d", CHANNELS_LAST,
            "global_avgpool", CHANNELS_LAST, "batchnorm2d", CHANNELS_LAST, "flatten_spatial_transpose", CHANNELS_LAST,
            "sdpa", HEADS_INNERMOST, "multihead_attention", BATCH_FIRST);

    private TapeOperations() {}

    /** Fills the workbench with the results of a case of the part {@code ops}. */
    public static void compute(Workbench w) {
        new Case(w).compute();
    }

    private static final class Case {

        private final Workbench w;
        private final int[] layout;
        private final Map<String, Variable> leaves = new LinkedHashMap<>();

        Case(Workbench w) {
            this.w = w;
            layout = LAYOUTS.get(w.golden.op());
        }

        void compute() {
            try (Tape tape = Tape.start()) {
                Variable y = forward();
                result("y", y.value());
                Tensor dy = inside("dy").reshape(y.shape());
                Gradients gradients = tape.backward(y, dy);
                leaves.forEach((role, leaf) -> result("d" + role, gradients.get(leaf)));
            }
        }

        private Variable forward() {
            return switch (w.golden.op()) {
                case "conv2d" -> Conv2d.apply(in("x"), in("w"), inOrNull("b"), integer("stride"), integer("padding"));
                case "maxpool2d" -> MaxPool2d.apply(in("x"), integer("kernel"), integer("stride"), integer("padding"));
                case "global_avgpool" -> GlobalAvgPool.apply(in("x"));
                case "batchnorm2d" -> batchNorm();
                case "flatten_spatial_transpose" -> Reshape.apply(in("x"), shape("y"));
                case "linear" -> Linear.apply(in("x"), in("w"), inOrNull("b"));
                case "matmul" -> Matmul.apply(in("x"), in("z"));
                case "layernorm" -> LayerNorm.apply(in("x"), in("w"), in("b"), number("eps"));
                case "softmax" -> Softmax.apply(in("x"));
                case "sdpa" -> attention();
                case "multihead_attention" -> multiHeadAttention();
                case "embedding" -> Embedding.apply(indices("ids"), shape("ids"), in("w"));
                case "concat" -> Concat.apply(integer("axis"), in("x"), in("z"));
                case "sum" -> SumAll.apply(in("x"));
                case "mean" -> MeanAll.apply(in("x"));
                case "relu" -> Relu.apply(in("x"));
                case "sigmoid" -> Sigmoid.apply(in("x"));
                case "tanh" -> Tanh.apply(in("x"));
                case "exp" -> Exp.apply(in("x"));
                case "log" -> Log.apply(in("x"));
                case "gelu_erf" -> Gelu.apply(in("x"));
                case "quick_gelu" -> QuickGelu.apply(in("x"));
                case "add" -> Add.apply(in("x"), in("z"));
                case "mul" -> Multiply.apply(in("x"), in("z"));
                default -> throw new IllegalArgumentException("no check for operation " + w.golden.op());
            };
        }

        private Variable batchNorm() {
            Tensor mean = inside("running_mean");
            Tensor variance = inside("running_var");
            boolean training = w.golden.attribute("training").asBoolean();
            Variable y = BatchNorm.apply(in("x"), in("w"), in("b"), mean, variance, training, number("momentum"),
                    number("eps"));
            if (training) {
                result("new_running_mean", mean);
                result("new_running_var", variance);
            }
            return y;
        }

        /** q, k and v are [batch, heads, rows, headDim] in the file and [batch, rows, heads, headDim] as leaves. */
        private Variable attention() {
            Shape rows = in("q").shape();
            Shape flat = Shape.of(rows.extent(0), rows.extent(1), rows.length(2, 4));
            Variable kv = Concat.apply(2, Reshape.apply(in("k"), flat), Reshape.apply(in("v"), flat));
            Variable y = Attention.apply(Reshape.apply(in("q"), flat), kv, rows.extent(2), number("scale"),
                    w.golden.attribute("causal").asBoolean()).output();
            return Reshape.apply(y, rows);
        }

        private Variable multiHeadAttention() {
            Variable x = in("x");
            MultiHeadAttention layer = new MultiHeadAttention(Initializer.unset(w.backend), x.shape().extent(2),
                    integer("heads"));
            Map<String, HostTensor> weights = new LinkedHashMap<>();
            layer.namedParameters().forEach((name, parameter) -> {
                String role = name.replace('.', '_');
                weights.put(name, HostTensor.of(parameter.shape(), w.golden.tensor(role)));
                leaves.put(role, parameter);
            });
            StateDict.load(layer, weights);
            return layer.forward(x, w.golden.attribute("causal").asBoolean());
        }

        /** The leaf of a role: an input that has a gradient. */
        private Variable in(String role) {
            return leaves.computeIfAbsent(role, key -> Variable.leaf(inside(key)));
        }

        private Variable inOrNull(String role) {
            return w.golden.has(role) ? in(role) : null;
        }

        private Tensor inside(String role) {
            int[] shape = w.golden.shape(role);
            double[] values = w.golden.tensor(role);
            return moves(role)
                    ? Tensor.of(w.backend, Shape.of(picked(shape, layout)), permuted(values, shape, layout))
                    : Tensor.of(w.backend, Shape.of(shape), values);
        }

        private void result(String role, Tensor tensor) {
            double[] values = tensor.toDoubles();
            if (moves(role)) {
                int[] back = new int[layout.length];
                for (int axis = 0; axis < back.length; axis++) {
                    back[layout[axis]] = axis;
                }
                values = permuted(values, picked(w.golden.shape(role), layout), back);
            }
            w.result(role, w.of(values));
        }

        private boolean moves(String role) {
            return layout != null && w.golden.shape(role).length == layout.length;
        }

        private int[] indices(String role) {
            return Arrays.stream(w.golden.tensor(role)).mapToInt(index -> (int) index).toArray();
        }

        private Shape shape(String role) {
            return Shape.of(w.golden.shape(role));
        }

        private int integer(String attribute) {
            return w.golden.attribute(attribute).asInt();
        }

        private double number(String attribute) {
            return w.golden.attribute(attribute).asDouble();
        }
    }

    private static int[] picked(int[] shape, int[] axes) {
        return Arrays.stream(axes).map(axis -> shape[axis]).toArray();
    }

    /** y whose axis i is axis {@code axes[i]} of x. */
    private static double[] permuted(double[] x, int[] shape, int[] axes) {
        int[] target = picked(shape, axes);
        int[] index = new int[axes.length];
        double[] y = new double[x.length];
        for (int i = 0; i < y.length; i++) {
            int rest = i;
            for (int axis = axes.length - 1; axis >= 0; axis--) {
                index[axes[axis]] = rest % target[axis];
                rest /= target[axis];
            }
            int from = 0;
            for (int axis = 0; axis < shape.length; axis++) {
                from = from * shape[axis] + index[axis];
            }
            y[i] = x[from];
        }
        return y;
    }
}
