package dev.cprfl.model.example;

import dev.cprfl.autograd.Gradients;
import dev.cprfl.autograd.Variable;
import dev.cprfl.autograd.ops.AsymmetricLoss;
import dev.cprfl.autograd.ops.Concat;
import dev.cprfl.autograd.ops.Gelu;
import dev.cprfl.autograd.ops.LayerNorm;
import dev.cprfl.autograd.ops.Linear;
import dev.cprfl.autograd.ops.Matmul;
import dev.cprfl.autograd.ops.MeanAll;
import dev.cprfl.autograd.ops.Multiply;
import dev.cprfl.autograd.ops.Reshape;
import dev.cprfl.autograd.ops.Scale;
import dev.cprfl.autograd.ops.Sigmoid;
import dev.cprfl.autograd.ops.Slice;
import dev.cprfl.autograd.ops.Softmax;
import dev.cprfl.autograd.ops.Sum;
import dev.cprfl.kernels.Backend;
import dev.cprfl.model.CprflOutput;
import dev.cprfl.model.PathGradients;
import dev.cprfl.model.TracedStep;
import dev.cprfl.tensor.Scope;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Every number between a tiny image and the gradients of its loss. What {@link dev.cprfl.model.Cprfl} keeps is shown as it is; what
 * its layers keep to themselves is computed once more here, one plain operation for each step of the equations, over all rows.
 */
public final class WorkedExample {

    /**
     * One equation with its numbers.
     *
     * @param equation E1 to E10
     * @param formula the equation, as it is used here
     */
    public record Part(String equation, String formula, List<Value> values) {}

    /**
     * @param name as in the formula
     * @param numbers row-major
     */
    public record Value(String name, List<Integer> shape, List<Double> numbers) {}

    private static final String LAYER = "interaction.0.";

    private final ExampleModel model;
    private final TracedStep step;
    private final List<Part> parts = new ArrayList<>();

    private WorkedExample(ExampleModel model) {
        this.model = model;
        step = TracedStep.run(model.cprfl, model.images, model.targets, ExampleModel.LOSS);
        Variable f = localFeatures();
        Variable p = prompts();
        Variable refined = refine(join(f, p));
        score(refined, p);
        gradients();
    }

    /** @param backend whose numbers are shown */
    public static List<Part> run(Backend backend) {
        try (Scope _ = Scope.open()) {
            return new WorkedExample(new ExampleModel(backend)).parts;
        }
    }

    private Variable localFeatures() {
        Variable map = Variable.constant(step.output().backbone().value());
        Variable f = linear(Reshape.apply(map, Shape.of(1, 4, 2)), "tokens");
        part("E1", "F = f Wphi + bphi, f = the backbone's map with a row for each pixel",
                value("f", map, 4, 2), transposed("Wphi", "tokens.weight"), weight("bphi", "tokens.bias"),
                value("F", f, 4, 3));
        return f;
    }

    private Variable prompts() {
        Variable w = Variable.constant(model.text);
        part("E2", "W = g(\"a photo of a CLASS.\"), given here", value("W", w, 2, 2));
        Variable hidden = linear(w, "prompt_initializer.hidden");
        Variable activated = Gelu.apply(hidden);
        Variable p = linear(activated, "prompt_initializer.output");
        part("E3", "P = GELU(W W1 + b1) W2 + b2",
                transposed("W1", "prompt_initializer.hidden.weight"), weight("b1", "prompt_initializer.hidden.bias"),
                value("W W1 + b1", hidden, 2, 2), value("GELU", activated, 2, 2),
                transposed("W2", "prompt_initializer.output.weight"), weight("b2", "prompt_initializer.output.bias"),
                value("P", p, 2, 3));
        return p;
    }

    private Variable join(Variable f, Variable p) {
        Variable z = Concat.apply(1, f, Reshape.apply(p, Shape.of(1, 2, 3)));
        part("E4", "Z = (F, P)", value("Z", z, 6, 3));
        return z;
    }

    /** E5 to E7: all six rows, of which the last two are the prompts'. */
    private Variable refine(Variable z) {
        Variable u = norm(z, LAYER + "attention_norm");
        Variable qkv = Linear.apply(u, parameter(LAYER + "to_qkv.weight"), null);
        Variable q = Slice.apply(qkv, -1, 0, 2);
        Variable k = Slice.apply(qkv, -1, 2, 4);
        Variable v = Slice.apply(qkv, -1, 4, 6);
        Variable alpha = Softmax.apply(Scale.apply(Matmul.apply(q, k, false, true), 1 / Math.sqrt(2)));
        Variable attended = Matmul.apply(alpha, v);
        part("E5", "U = LN1(Z), (Q, K, V) = U Wqkv, alpha = softmax(Q K^T / sqrt(e)), Zbar = alpha V; one head, e = 2",
                value("U", u, 6, 3), transposed("Wqkv", LAYER + "to_qkv.weight"),
                value("Q", q, 6, 2), value("K", k, 6, 2), value("V", v, 6, 2), value("alpha", alpha, 6, 6),
                value("Zbar", attended, 6, 2));
        Variable projected = linear(attended, LAYER + "to_out");
        Variable normalised = norm(projected, LAYER + "mlp_norm");
        Variable hidden = linear(normalised, LAYER + "mlp_hidden");
        Variable activated = Gelu.apply(hidden);
        Variable tokens = linear(activated, LAYER + "mlp_output");
        Variable refined = Slice.apply(tokens, 1, 4, 6);
        part("E6", "P' = the prompts' rows of GELU(LN2(Zbar Wout + bout) Wa + ba) Wb + bb",
                transposed("Wout", LAYER + "to_out.weight"), weight("bout", LAYER + "to_out.bias"),
                value("Z1", projected, 6, 3), value("LN2(Z1)", normalised, 6, 3),
                transposed("Wa", LAYER + "mlp_hidden.weight"), weight("ba", LAYER + "mlp_hidden.bias"),
                value("GELU", activated, 6, 2),
                transposed("Wb", LAYER + "mlp_output.weight"), weight("bb", LAYER + "mlp_output.bias"));
        part("E7", "Z' = that of all rows: the layer's output, of which only P' is used", value("Z'", tokens, 6, 3),
                value("P'", refined, 2, 3));
        return refined;
    }

    private void score(Variable refined, Variable p) {
        Variable logits = Sum.apply(Multiply.apply(refined, p), -1, false);
        Variable s = Sigmoid.apply(logits);
        part("E8", "logit_i = p'_i . p_i, s = sigmoid(logit)", value("logit", logits, 1, 2), value("s", s, 1, 2));
        dev.cprfl.model.loss.AsymmetricLoss asl = ExampleModel.LOSS;
        Variable losses = AsymmetricLoss.apply(logits, model.targets, asl.gammaPos(), asl.gammaNeg(), asl.clip(),
                asl.eps(), asl.detachFocus());
        double[] shifted = Arrays.stream(s.value().toDoubles()).map(one -> Math.max(one - asl.clip(), 0)).toArray();
        part("E9", "L = the mean of -log s where y = 1, -sm^4 log(1 - sm) where y = 0, sm = max(s - 0.05, 0)",
                value("y", Variable.constant(model.targets), 1, 2), value("sm", shifted, 1, 2),
                value("losses", losses, 1, 2), value("L", MeanAll.apply(losses), 1));
    }

    private void gradients() {
        CprflOutput output = step.output();
        Gradients gradients = step.gradients();
        PathGradients paths = PathGradients.of(step.directPromptGradient(), step.indirectPromptGradient());
        part("E10", "dL/dP = direct (through E8) + indirect (through P' and the VSI)",
                value("dL/dlogit", gradients.get(output.logits()), 1, 2),
                value("dL/dP'", gradients.get(output.refined()), 2, 3),
                value("direct", step.directPromptGradient(), 2, 3),
                value("indirect", step.indirectPromptGradient(), 2, 3),
                value("dL/dP", gradients.get(output.prompts()), 2, 3),
                number("|direct|", paths.direct()), number("|indirect|", paths.indirect()),
                number("cosine", paths.cosine()),
                number("|dL/dPI|", gradientNorm("prompt_initializer.")),
                number("|dL/dVSI|", gradientNorm("interaction.")),
                number("|dL/dWphi|", gradientNorm("tokens.")), number("|dL/dbackbone|", gradientNorm("backbone.")));
    }

    /** The norm of the gradient of all weights whose names begin so. */
    private double gradientNorm(String prefix) {
        double sum = 0;
        for (var parameter : model.cprfl.namedParameters().entrySet()) {
            Tensor gradient = step.gradients().get(parameter.getValue());
            if (parameter.getKey().startsWith(prefix) && gradient != null) {
                sum += Arrays.stream(gradient.toDoubles()).map(x -> x * x).sum();
            }
        }
        return Math.sqrt(sum);
    }

    private Variable linear(Variable x, String layer) {
        return Linear.apply(x, parameter(layer + ".weight"), parameter(layer + ".bias"));
    }

    private Variable norm(Variable x, String layer) {
        return LayerNorm.apply(x, parameter(layer + ".weight"), parameter(layer + ".bias"),
                dev.cprfl.autograd.nn.LayerNorm.EPS);
    }

    private Variable parameter(String name) {
        return Variable.constant(model.weight(name));
    }

    private void part(String equation, String formula, Value... values) {
        parts.add(new Part(equation, formula, List.of(values)));
    }

    private static Value value(String name, Variable variable, Integer... shape) {
        return value(name, variable.value(), shape);
    }

    private static Value value(String name, Tensor tensor, Integer... shape) {
        return value(name, tensor.toDoubles(), shape);
    }

    private static Value value(String name, double[] numbers, Integer... shape) {
        return new Value(name, List.of(shape), Arrays.stream(numbers).boxed().toList());
    }

    private static Value number(String name, double number) {
        return new Value(name, List.of(1), List.of(number));
    }

    private Value weight(String name, String parameter) {
        Tensor weight = model.weight(parameter);
        return value(name, weight, weight.length());
    }

    /** The matrix of the formula: a layer holds it transposed, as PyTorch's do. */
    private Value transposed(String name, String parameter) {
        Tensor weight = model.weight(parameter);
        int out = weight.shape().extent(0);
        int in = weight.shape().extent(1);
        double[] numbers = weight.toDoubles();
        double[] matrix = new double[numbers.length];
        for (int i = 0; i < in; i++) {
            for (int o = 0; o < out; o++) {
                matrix[i * out + o] = numbers[o * in + i];
            }
        }
        return value(name, matrix, in, out);
    }
}
