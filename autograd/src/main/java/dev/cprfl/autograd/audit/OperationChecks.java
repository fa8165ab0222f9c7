package dev.cprfl.autograd.audit;

import dev.cprfl.autograd.GradCheck;
import dev.cprfl.autograd.Variable;
import dev.cprfl.autograd.ops.Add;
import dev.cprfl.autograd.ops.AsymmetricLoss;
import dev.cprfl.autograd.ops.Attention;
import dev.cprfl.autograd.ops.AvgPool2d;
import dev.cprfl.autograd.ops.BatchNorm;
import dev.cprfl.autograd.ops.BatchNormRelu;
import dev.cprfl.autograd.ops.BceWithLogits;
import dev.cprfl.autograd.ops.Concat;
import dev.cprfl.autograd.ops.Conv2d;
import dev.cprfl.autograd.ops.Divide;
import dev.cprfl.autograd.ops.Dropout;
import dev.cprfl.autograd.ops.Embedding;
import dev.cprfl.autograd.ops.Exp;
import dev.cprfl.autograd.ops.Expand;
import dev.cprfl.autograd.ops.Gelu;
import dev.cprfl.autograd.ops.GlobalAvgPool;
import dev.cprfl.autograd.ops.LayerNorm;
import dev.cprfl.autograd.ops.Linear;
import dev.cprfl.autograd.ops.Log;
import dev.cprfl.autograd.ops.Matmul;
import dev.cprfl.autograd.ops.MaxPool2d;
import dev.cprfl.autograd.ops.Mean;
import dev.cprfl.autograd.ops.MeanAll;
import dev.cprfl.autograd.ops.Multiply;
import dev.cprfl.autograd.ops.QuickGelu;
import dev.cprfl.autograd.ops.Relu;
import dev.cprfl.autograd.ops.Reshape;
import dev.cprfl.autograd.ops.Scale;
import dev.cprfl.autograd.ops.Sigmoid;
import dev.cprfl.autograd.ops.Slice;
import dev.cprfl.autograd.ops.Softmax;
import dev.cprfl.autograd.ops.Subtract;
import dev.cprfl.autograd.ops.Sum;
import dev.cprfl.autograd.ops.SumAll;
import dev.cprfl.autograd.ops.Tanh;
import dev.cprfl.autograd.ops.Transpose;
import dev.cprfl.kernels.Backend;
import dev.cprfl.tensor.Rng;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;

/** Gradient checks of every operation, each on small inputs of awkward shapes. */
public final class OperationChecks {

    /** The function and its leaves, to be given to {@link GradCheck}. */
    public record Check(Class<?> operation, String name, Supplier<Variable> function, Map<String, Variable> leaves) {

        /** The worst derivative of all elements of all leaves. */
        public GradCheck.Result run() {
            return GradCheck.elements(function, leaves);
        }
    }

    private final Backend backend;
    private final List<Check> checks = new ArrayList<>();

    private OperationChecks(Backend backend) {
        this.backend = backend;
    }

    /** @param backend one in double */
    public static List<Check> all(Backend backend) {
        OperationChecks all = new OperationChecks(backend);
        all.elementwise();
        all.broadcasting();
        all.reductions();
        all.products();
        all.images();
        all.normalisations();
        all.attention();
        all.shapes();
        all.losses();
        return all.checks;
    }

    private void elementwise() {
        check(Relu.class, "", in -> Relu.apply(in.offZero("x", 3, 5)));
        check(Sigmoid.class, "", in -> Sigmoid.apply(in.normal("x", 3, 5)));
        check(Tanh.class, "", in -> Tanh.apply(in.normal("x", 17)));
        check(Exp.class, "", in -> Exp.apply(in.normal("x", 3, 5)));
        check(Log.class, "", in -> Log.apply(in.positive("x", 3, 5)));
        check(Gelu.class, "", in -> Gelu.apply(in.normal("x", 3, 5)));
        check(QuickGelu.class, "", in -> QuickGelu.apply(in.normal("x", 3, 5)));
        check(Scale.class, "", in -> Scale.apply(in.normal("x", 3, 5), -0.7));
        check(Dropout.class, "", in -> Dropout.apply(in.normal("x", 5, 7), 0.3, 42));
    }

    private void broadcasting() {
        check(Add.class, "equal shapes", in -> Add.apply(in.normal("a", 2, 3), in.normal("b", 2, 3)));
        check(Add.class, "repeated inner and outer axes",
                in -> Add.apply(in.normal("a", 2, 1, 3, 1), in.normal("b", 4, 1, 5)));
        check(Subtract.class, "equal shapes", in -> Subtract.apply(in.normal("a", 2, 3), in.normal("b", 2, 3)));
        check(Subtract.class, "a scalar", in -> Subtract.apply(in.normal("a"), in.normal("b", 2, 3)));
        check(Multiply.class, "equal shapes", in -> Multiply.apply(in.normal("a", 2, 3), in.normal("b", 2, 3)));
        check(Multiply.class, "both repeated", in -> Multiply.apply(in.normal("a", 2, 3, 1), in.normal("b", 1, 4)));
        check(Multiply.class, "a square", in -> Multiply.apply(in.normal("a", 2, 3), in.normal("a", 2, 3)));
        check(Divide.class, "equal shapes", in -> Divide.apply(in.normal("a", 2, 3), in.positive("b", 2, 3)));
        check(Divide.class, "a row", in -> Divide.apply(in.normal("a", 2, 3), in.positive("b", 3)));
        check(Divide.class, "a quotient of one", in -> Divide.apply(in.positive("a", 3), in.positive("a", 3)));
    }

    private void reductions() {
        check(Sum.class, "the middle axis", in -> Sum.apply(in.normal("x", 2, 3, 5), 1, false));
        check(Sum.class, "the last axis, kept", in -> Sum.apply(in.normal("x", 2, 3, 5), -1, true));
        check(Mean.class, "the first axis", in -> Mean.apply(in.normal("x", 4, 3), 0, false));
        check(Mean.class, "the last axis, kept", in -> Mean.apply(in.normal("x", 4, 3), 1, true));
        check(SumAll.class, "", in -> SumAll.apply(in.normal("x", 2, 3, 5)));
        check(MeanAll.class, "", in -> MeanAll.apply(in.normal("x", 2, 3, 5)));
        check(GlobalAvgPool.class, "", in -> GlobalAvgPool.apply(in.normal("x", 2, 3, 2, 5)));
    }

    private void products() {
        check(Linear.class, "with bias",
                in -> Linear.apply(in.normal("x", 7, 5), in.normal("weight", 3, 5), in.normal("bias", 3)));
        check(Linear.class, "three axes, no bias",
                in -> Linear.apply(in.normal("x", 2, 3, 5), in.normal("weight", 4, 5), null));
        check(Matmul.class, "plain", in -> Matmul.apply(in.normal("a", 3, 4), in.normal("b", 4, 5)));
        check(Matmul.class, "a batch by one matrix", in -> Matmul.apply(in.normal("a", 2, 3, 4), in.normal("b", 4, 5)));
        check(Matmul.class, "one matrix by a batch, transposed",
                in -> Matmul.apply(in.normal("a", 4, 3), in.normal("b", 2, 5, 4), true, true));
        check(Matmul.class, "both repeated, one transposed",
                in -> Matmul.apply(in.normal("a", 2, 1, 3, 4), in.normal("b", 3, 2, 4), false, true));
        check(Matmul.class, "the other transposed",
                in -> Matmul.apply(in.normal("a", 2, 4, 3), in.normal("b", 2, 4, 2), true, false));
        check(Embedding.class, "a row twice, a row never",
                in -> Embedding.apply(new int[]{2, 0, 2, 3}, Shape.of(2, 2), in.normal("table", 4, 3)));
    }

    private void images() {
        check(Conv2d.class, "3x3, padded, with bias", in -> Conv2d.apply(in.normal("x", 2, 5, 4, 3),
                in.normal("weight", 2, 3, 3, 3), in.normal("bias", 2), 1, 1));
        check(Conv2d.class, "1x1, stride 2",
                in -> Conv2d.apply(in.normal("x", 2, 5, 4, 3), in.normal("weight", 4, 1, 1, 3), null, 2, 0));
        check(Conv2d.class, "3x2, stride 2, padded",
                in -> Conv2d.apply(in.normal("x", 1, 5, 6, 2), in.normal("weight", 3, 3, 2, 2), null, 2, 1));
        check(MaxPool2d.class, "overlapping windows, padded",
                in -> MaxPool2d.apply(in.distinct("x", 2, 5, 6, 3), 3, 2, 1));
        check(AvgPool2d.class, "windows side by side", in -> AvgPool2d.apply(in.normal("x", 2, 4, 6, 3), 2));
        check(AvgPool2d.class, "pixels left over", in -> AvgPool2d.apply(in.normal("x", 2, 5, 7, 2), 3));
        check(MaxPool2d.class, "windows side by side", in -> MaxPool2d.apply(in.distinct("x", 1, 4, 6, 2), 2, 2, 0));
    }

    private void normalisations() {
        check(BatchNorm.class, "training",
                in -> BatchNorm.apply(in.normal("x", 2, 3, 2, 4), in.positive("gamma", 4), in.normal("beta", 4),
                        in.constant("mean", 0, 4), in.constant("variance", 1, 4), true, 0.1, 1e-5));
        check(BatchNorm.class, "evaluation",
                in -> BatchNorm.apply(in.normal("x", 6, 4), in.positive("gamma", 4), in.normal("beta", 4),
                        in.constant("mean", 0.2, 4), in.constant("variance", 1.5, 4), false, 0.1,
                        1e-5));
        check(BatchNormRelu.class, "training", in -> BatchNormRelu.apply(in.normal("x", 2, 3, 2, 4),
                in.positive("gamma", 4), in.normal("beta", 4), in.constant("mean", 0, 4), in.constant("variance", 1, 4),
                null, true, 0.1, 1e-5));
        check(BatchNormRelu.class, "training, residual", in -> BatchNormRelu.apply(in.normal("x", 2, 3, 2, 4),
                in.positive("gamma", 4), in.normal("beta", 4), in.constant("mean", 0, 4), in.constant("variance", 1, 4),
                in.normal("residual", 2, 3, 2, 4), true, 0.1, 1e-5));
        check(BatchNormRelu.class, "evaluation, residual", in -> BatchNormRelu.apply(in.normal("x", 6, 4),
                in.positive("gamma", 4), in.normal("beta", 4), in.constant("mean", 0.2, 4),
                in.constant("variance", 1.5, 4), in.normal("residual", 6, 4), false, 0.1, 1e-5));
        check(LayerNorm.class, "",
                in -> LayerNorm.apply(in.normal("x", 2, 3, 5), in.positive("gamma", 5), in.normal("beta", 5), 1e-5));
    }

    private void attention() {
        check(Softmax.class, "", in -> Softmax.apply(in.normal("x", 3, 5)));
        check(Attention.class, "more keys than queries",
                in -> Attention.apply(in.normal("q", 2, 3, 4), in.normal("kv", 2, 5, 8), 2, 0.7, false).output());
        check(Attention.class, "causal, from one matrix", in -> {
            Variable qkv = in.normal("qkv", 2, 4, 18);
            Variable q = Slice.apply(qkv, 2, 0, 6);
            Variable kv = Slice.apply(qkv, 2, 6, 18);
            return Attention.apply(q, kv, 3, 0.7, true).output();
        });
    }

    private void shapes() {
        check(Concat.class, "the middle axis",
                in -> Concat.apply(1, in.normal("a", 2, 3, 4), in.normal("b", 2, 1, 4), in.normal("a", 2, 3, 4)));
        check(Concat.class, "the first axis", in -> Concat.apply(0, in.normal("a", 2, 3), in.normal("b", 4, 3)));
        check(Concat.class, "the last axis", in -> Concat.apply(-1, in.normal("a", 2, 3), in.normal("b", 2, 1)));
        check(Slice.class, "the first axis: overlapping views", in -> {
            Variable x = in.normal("x", 5, 3);
            return Multiply.apply(Slice.apply(x, 0, 1, 4), Slice.apply(x, 0, 2, 5));
        });
        check(Slice.class, "the middle axis", in -> Slice.apply(in.normal("x", 2, 5, 3), 1, 1, 3));
        check(Slice.class, "the last axis", in -> Slice.apply(in.normal("x", 2, 3, 5), -1, 2, 5));
        check(Reshape.class, "", in -> Reshape.apply(in.normal("x", 2, 6), Shape.of(3, 4)));
        check(Transpose.class, "", in -> Transpose.apply(in.normal("x", 2, 3, 5)));
        check(Expand.class, "", in -> Expand.apply(in.normal("x", 2, 3), 4));
    }

    private void losses() {
        Tensor targets = Tensor.of(backend, Shape.of(3, 4), 1.0, 0, 0, 1, 0, 0.3, 1, 0, 1, 1, 0, 0.8);
        check(BceWithLogits.class, "", in -> BceWithLogits.apply(in.normal("x", 3, 4), targets));
        check(AsymmetricLoss.class, "CPRFL's settings",
                in -> AsymmetricLoss.apply(in.offZero("x", 3, 4), targets, 0, 4, 0.05, 1e-8, false));
        check(AsymmetricLoss.class, "positives focused, no margin",
                in -> AsymmetricLoss.apply(in.offZero("x", 3, 4), targets, 1, 2.5, 0, 1e-8, false));
        check(AsymmetricLoss.class, "no focusing: a detached weight is one",
                in -> AsymmetricLoss.apply(in.offZero("x", 3, 4), targets, 0, 0, 0.05, 1e-8, true));
    }

    private void check(Class<?> operation, String name, Function<Inputs, Variable> function) {
        Inputs inputs = new Inputs();
        var _ = function.apply(inputs); // makes the leaves
        checks.add(new Check(operation, name, () -> function.apply(inputs), inputs.leaves));
    }

    /** The leaves of one check: made at the first call under a name, the same afterwards. */
    private final class Inputs {

        private final Map<String, Variable> leaves = new LinkedHashMap<>();
        private final Map<String, Tensor> constants = new HashMap<>();

        Variable normal(String name, int... extents) {
            return leaf(name, (rng, i) -> rng.nextGaussian(), extents);
        }

        Variable positive(String name, int... extents) {
            return leaf(name, (rng, i) -> rng.nextDouble(0.5, 2), extents);
        }

        /** Numbers of both signs with absolute values from 0.1 to 2. */
        Variable offZero(String name, int... extents) {
            return leaf(name, (rng, i) -> rng.nextDouble(0.1, 2) * (rng.nextInt(2) == 0 ? 1 : -1), extents);
        }

        /** Numbers that differ by 0.1 at least. */
        Variable distinct(String name, int... extents) {
            int[] order = new int[Shape.of(extents).length()];
            Arrays.setAll(order, i -> i);
            Rng.of(7).shuffle(order);
            return leaf(name, (rng, i) -> 0.1 * order[i], extents);
        }

        /** Data without gradient, all of one value. */
        Tensor constant(String name, double value, int... extents) {
            return constants.computeIfAbsent(name, key -> Tensor.full(backend, Shape.of(extents), value));
        }

        private Variable leaf(String name, Draw draw, int... extents) {
            return leaves.computeIfAbsent(name, key -> {
                Rng rng = Rng.of(key.hashCode());
                double[] numbers = new double[Shape.of(extents).length()];
                Arrays.setAll(numbers, i -> draw.number(rng, i));
                return Variable.leaf(Tensor.of(backend, Shape.of(extents), numbers));
            });
        }
    }

    @FunctionalInterface
    private interface Draw {
        double number(Rng rng, int index);
    }
}
