package dev.cprfl.audit.gradients;

import dev.cprfl.audit.Check;
import dev.cprfl.audit.Finding;
import dev.cprfl.audit.Result;
import dev.cprfl.autograd.GradCheck;
import dev.cprfl.autograd.Variable;
import dev.cprfl.autograd.audit.OperationChecks;
import dev.cprfl.kernels.Backend;
import dev.cprfl.model.loss.ClassFrequencies;
import dev.cprfl.model.loss.Loss;
import dev.cprfl.model.training.RunConfig;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Gradients on the reference backend, in double, against finite differences. */
public final class GradientChecks {

    /** How far a derivative may be from the slope that finite differences show, relative to the larger of the two. */
    static final double TOLERANCE = 1e-6;

    private static final String COMPARISON = "gradient against finite differences";

    private GradientChecks() {}

    /** Every operation of the tape. */
    public static List<Check> operations(Backend reference) {
        return OperationChecks.all(reference).stream()
                .map(check -> check(check.operation().getSimpleName(), check.name(), check::run)).toList();
    }

    /** Every loss that a training can be told to use, as defaults.yaml sets it but with the focusing weight differentiated. */
    public static List<Check> losses(Backend reference) {
        // Of 12 images: a frequent class, a rare one, one that no image shows, one that all show.
        ClassFrequencies frequencies = new ClassFrequencies(12, List.of(9, 1, 0, 12));
        List<Check> checks = new ArrayList<>();
        for (String name : RunConfig.LOSSES) {
            for (String setting : List.of("loss.gamma=2", "loss.gamma=0.5", "loss.reduction=sum")) {
                Loss loss = RunConfig.load(null, null, List.of("loss.name=" + name, "loss.detachFocus=false", setting))
                        .lossFunction(frequencies);
                checks.add(check("loss " + name, setting, () -> slopes(loss, reference)));
            }
        }
        return checks;
    }

    /** One image has two labels, one has none, one has all. */
    private static GradCheck.Result slopes(Loss loss, Backend reference) {
        Variable logits = Variable.leaf(Tensor.of(reference, Shape.of(3, 4), 0.3, -1.2, 2.1, 0.7, -0.4, 1.6, -2.2, 0.9,
                1.3, -0.8, 0.5, -1.9));
        Tensor targets = Tensor.of(reference, Shape.of(3, 4), 1.0, 0, 0, 1, 0, 0, 0, 0, 1, 1, 1, 1);
        return GradCheck.elements(() -> loss.apply(logits, targets), Map.of("logits", logits));
    }

    static Check check(String operation, String name, Supplier<GradCheck.Result> work) {
        return new Check(operation, name, () -> {
            GradCheck.Result worst = work.get();
            String place = operation + " " + name + ", derivative by " + worst.leaf() + "[" + worst.index() + "] is "
                    + worst.analytic() + ", should be " + worst.numeric();
            return List.of(Result.of(operation, COMPARISON, Finding.of(worst.error(), TOLERANCE, place)));
        });
    }
}
