package dev.cprfl.tests.golden;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cprfl.autograd.Variable;
import dev.cprfl.kernels.Backend;
import dev.cprfl.model.Cprfl;
import dev.cprfl.model.CprflOutput;
import dev.cprfl.model.CutPath;
import dev.cprfl.model.TracedStep;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import dev.cprfl.tensor.io.HostTensor;
import java.util.Arrays;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/**
 * The whole network, small, against the authors' model: every intermediate, the loss, the gradient of every parameter on both
 * paths of E10 and on each alone, batch statistics, a batch of one.
 *
 * <p>Not compared: the visual tokens' rows after the last encoder layer, which nothing uses and we do not compute ({@link
 * VsiGoldenTest} compares all rows); and what needs {@link TinyModel#TEXT_ENCODER}.
 */
class CprflTinyGoldenTest {

    private static final Golden GOLDEN = TinyModel.GOLDEN;

    @ParameterizedTest
    @MethodSource("dev.cprfl.tests.golden.Golden#backends")
    void forward(String name) {
        try (Backend backend = Golden.open(name)) {
            for (JsonNode golden : GOLDEN.withOp("cprfl_forward")) {
                JsonNode inputs = GOLDEN.named(golden.get("attributes").get("inputs").asString());
                Cprfl model = TinyModel.build(backend, inputs, CutPath.NONE);
                model.train(false);
                Tensor images = TinyModel.images(backend, inputs);
                JsonNode rows = golden.get("attributes").get("image_rows");
                if (rows != null) {
                    assertThat(rows.toString()).isEqualTo("[0]");
                    images = images.rows(0, 1);
                }
                CprflOutput output = model.forward(Variable.constant(images));
                Golden.Comparison comparison = GOLDEN.new Comparison(golden, name.equals("reference"));
                if (rows == null) {
                    compare(golden, output, comparison);
                } else {
                    assertThat(output.logits().shape()).isEqualTo(Shape.of(1, model.classes()));
                    comparison.check("logits", output.logits().value().toDoubles());
                }
                comparison.verify();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("dev.cprfl.tests.golden.Golden#backends")
    void gradients(String name) {
        try (Backend backend = Golden.open(name)) {
            for (JsonNode golden : GOLDEN.withOp("cprfl_train_step")) {
                Golden.Comparison comparison = GOLDEN.new Comparison(golden, name.equals("reference"));
                step(golden, backend, comparison);
                comparison.verify();
            }
        }
    }

    private static void step(JsonNode golden, Backend backend, Golden.Comparison comparison) {
        JsonNode a = golden.get("attributes");
        JsonNode inputs = GOLDEN.named(a.get("inputs").asString());
        CutPath cutPath = TinyModel.cutPath(a);
        Cprfl model = TinyModel.build(backend, inputs, cutPath);
        model.train(a.get("mode").asString().equals("train"));
        TracedStep step = TracedStep.run(model, TinyModel.images(backend, inputs), TinyModel.targets(backend, inputs),
                TinyModel.loss(inputs));
        comparison.check("loss", step.loss().value().toDoubles());
        if (GOLDEN.has(golden, "features")) {
            compare(golden, step.output(), comparison);
        }
        Map<String, double[]> gradients = TinyModel.gradients(model, step.gradients());
        GOLDEN.below(golden, "grad/").keySet().stream().filter(role -> !role.startsWith(TinyModel.TEXT_ENCODER))
                .forEach(role -> comparison.check("grad/" + role, gradients.get(role)));
        Golden.strings(a.get("grad_none")).stream().filter(parameter -> gradients.get(parameter) != null)
                .forEach(parameter -> comparison.fail(parameter + " has a gradient, the authors' model gives none"));
        Map<String, HostTensor> state = TinyModel.state(model);
        GOLDEN.below(golden, "after/").keySet()
                .forEach(role -> comparison.check("after/" + role, state.get(role).toDoubles()));

        comparePaths(step, cutPath == CutPath.DIRECT, cutPath == CutPath.FEATURES);
        if (cutPath == CutPath.DIRECT) {
            compareWithDual(golden, gradients, comparison);
        }
    }

    /** Without the direct path only the gradients of the prompt initialiser differ from those of both paths. */
    private static void compareWithDual(JsonNode golden, Map<String, double[]> gradients,
            Golden.Comparison comparison) {
        JsonNode dual = GOLDEN.named(golden.get("name").asString().replace("no_cls_grad", "dual"));
        for (String role : GOLDEN.below(dual, "grad/").keySet()) {
            if (!role.startsWith("label_emb") && !role.startsWith(TinyModel.TEXT_ENCODER)) {
                JsonNode tolerance = dual.get("tolerances").get("grad/" + role);
                comparison.check("dual grad/" + role, gradients.get(role), GOLDEN.truth(dual, "grad/" + role),
                        tolerance.get("abs").asDouble(), Double.POSITIVE_INFINITY);
            }
        }
    }

    /** The gradients of the two uses of P add up to that of P; a path that is cut has none. */
    private static void comparePaths(TracedStep step, boolean cutDirect, boolean cutIndirect) {
        double[] sum = step.gradients().get(step.output().prompts()).toDoubles();
        assertThat(step.directPromptGradient() == null).isEqualTo(cutDirect);
        assertThat(step.indirectPromptGradient() == null).isEqualTo(cutIndirect);
        double[] direct = cutDirect ? new double[sum.length] : step.directPromptGradient().toDoubles();
        double[] indirect = cutIndirect ? new double[sum.length] : step.indirectPromptGradient().toDoubles();
        for (int i = 0; i < sum.length; i++) {
            // The sum is rounded once, in float or better.
            double rounding = 0x1p-24 * (Math.abs(direct[i]) + Math.abs(indirect[i]));
            assertThat(direct[i] + indirect[i]).isCloseTo(sum[i], Offset.offset(rounding));
        }
    }

    private static void compare(JsonNode golden, CprflOutput output, Golden.Comparison comparison) {
        comparison.check("features", Golden.nchw(output.backbone().value()));
        comparison.check("attention_in", joined(output));
        comparison.check("P", output.prompts().value().toDoubles());
        comparison.check("P_prime", output.refined().value().toDoubles());
        comparison.check("logits", output.logits().value().toDoubles());
        comparison.check("attention_out", output.refined().value().toDoubles(),
                lastRows(GOLDEN.truth(golden, "attention_out"), output));
    }

    /** Z: for each image the visual tokens, then the prompts. */
    private static double[] joined(CprflOutput output) {
        int batch = output.tokens().shape().extent(0);
        double[] features = output.tokens().value().toDoubles();
        double[] prompts = output.prompts().value().toDoubles();
        double[] z = new double[features.length + batch * prompts.length];
        int rows = features.length / batch;
        for (int b = 0; b < batch; b++) {
            int start = b * (rows + prompts.length);
            System.arraycopy(features, b * rows, z, start, rows);
            System.arraycopy(prompts, 0, z, start + rows, prompts.length);
        }
        return z;
    }

    private static double[] lastRows(double[] all, CprflOutput output) {
        int batch = output.refined().shape().extent(0);
        int wanted = output.refined().shape().length(1, 3);
        int size = all.length / batch;
        double[] picked = new double[batch * wanted];
        for (int b = 0; b < batch; b++) {
            double[] rows = Arrays.copyOfRange(all, (b + 1) * size - wanted, (b + 1) * size);
            System.arraycopy(rows, 0, picked, b * wanted, wanted);
        }
        return picked;
    }
}
