package dev.cprfl.audit.golden;

import dev.cprfl.autograd.Variable;
import dev.cprfl.kernels.Backend;
import dev.cprfl.model.Cprfl;
import dev.cprfl.model.CprflOutput;
import dev.cprfl.model.CutPath;
import dev.cprfl.model.TracedStep;
import dev.cprfl.tensor.Tensor;
import dev.cprfl.tensor.io.HostTensor;
import java.util.Map;

/**
 * The whole network, small, against the authors' model: every intermediate, the loss, the gradient of every parameter on both
 * paths of E10 and on each alone, batch statistics, a batch of one; with given text embeddings and with a text encoder that
 * learns.
 *
 * <p>Not compared: the visual tokens' rows after the last encoder layer, which nothing uses and we do not compute ({@link
 * Interaction} compares all rows).
 */
final class TinyNetwork {

    private TinyNetwork() {}

    static void forward(GoldenCase golden, Backend backend, Comparison comparison) {
        GoldenCase inputs = golden.inputs();
        Cprfl model = TinyModel.build(backend, inputs, CutPath.NONE);
        model.train(false);
        Tensor images = TinyModel.images(backend, inputs);
        boolean firstOnly = golden.attribute("image_rows") != null;
        CprflOutput output = model.forward(Variable.constant(firstOnly ? images.rows(0, 1) : images));
        if (firstOnly) {
            comparison.check("logits", output.logits().value().toDoubles());
        } else {
            compare(golden, output, comparison);
        }
    }

    static void step(GoldenCase golden, Backend backend, Comparison comparison) {
        GoldenCase inputs = golden.inputs();
        CutPath cutPath = TinyModel.cutPath(golden);
        Cprfl model = TinyModel.build(backend, inputs, cutPath);
        model.train(golden.attribute("mode").asString().equals("train"));
        TracedStep step = TracedStep.run(model, TinyModel.images(backend, inputs), TinyModel.targets(backend, inputs),
                TinyModel.loss(inputs));
        comparison.check("loss", step.loss().value().toDoubles());
        if (golden.has("features")) {
            compare(golden, step.output(), comparison);
        }
        Map<String, double[]> gradients = TinyModel.gradients(model, step.gradients());
        golden.below("grad/").keySet().forEach(role -> comparison.check("grad/" + role, gradients.get(role)));
        golden.strings("grad_none").stream().filter(parameter -> gradients.get(parameter) != null)
                .forEach(parameter -> comparison.fail("grad/" + parameter, "is there, the authors' model gives none"));
        Map<String, HostTensor> state = TinyModel.state(model);
        golden.below("after/").keySet()
                .forEach(role -> comparison.check("after/" + role, state.get(role).toDoubles()));

        comparePaths(step, cutPath == CutPath.DIRECT, cutPath == CutPath.FEATURES, comparison);
        if (cutPath == CutPath.DIRECT) {
            compareWithDual(golden, gradients, comparison);
        }
    }

    /** Without the direct path only the gradients of PI, and of what lies before it, differ from those of both paths. */
    private static void compareWithDual(GoldenCase golden, Map<String, double[]> gradients, Comparison comparison) {
        GoldenCase dual = GoldenCase.named(golden.name().replace("no_cls_grad", "dual"));
        for (String role : dual.below("grad/").keySet()) {
            if (!role.startsWith("label_emb") && !role.startsWith("text_encoder")) {
                double abs = dual.node().get("tolerances").get("grad/" + role).get("abs").asDouble();
                comparison.check("dual grad/" + role, gradients.get(role), dual.truth("grad/" + role), abs,
                        Double.POSITIVE_INFINITY);
            }
        }
    }

    /** The gradients of the two uses of P add up to that of P; a path that is cut has none. */
    private static void comparePaths(TracedStep step, boolean cutDirect, boolean cutIndirect, Comparison comparison) {
        if ((step.directPromptGradient() == null) != cutDirect
                || (step.indirectPromptGradient() == null) != cutIndirect) {
            comparison.fail("paths", "are not the ones that the case leaves open");
            return;
        }
        double[] sum = step.gradients().get(step.output().prompts()).toDoubles();
        double[] direct = cutDirect ? new double[sum.length] : step.directPromptGradient().toDoubles();
        double[] indirect = cutIndirect ? new double[sum.length] : step.indirectPromptGradient().toDoubles();
        for (int i = 0; i < sum.length; i++) {
            // The sum is rounded once, in float or better.
            double rounding = 0x1p-24 * (Math.abs(direct[i]) + Math.abs(indirect[i]));
            comparison.check("paths", new double[]{direct[i] + indirect[i]}, new double[]{sum[i]}, rounding,
                    Double.POSITIVE_INFINITY);
        }
    }

    private static void compare(GoldenCase golden, CprflOutput output, Comparison comparison) {
        comparison.check("features", Layouts.nchw(output.backbone().value()));
        comparison.check("attention_in", joined(output));
        comparison.check("P", output.prompts().value().toDoubles());
        comparison.check("P_prime", output.refined().value().toDoubles());
        comparison.check("logits", output.logits().value().toDoubles());
        comparison.check("attention_out", output.refined().value().toDoubles(),
                Layouts.lastRows(golden.truth("attention_out"), output.refined().shape()));
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
}
