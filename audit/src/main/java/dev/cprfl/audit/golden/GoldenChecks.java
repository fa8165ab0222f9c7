package dev.cprfl.audit.golden;

import dev.cprfl.audit.Check;
import dev.cprfl.audit.Result;
import dev.cprfl.kernels.Backend;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** A backend against PyTorch's stored results: its operations, those of the tape, the losses, the optimizer's steps. */
public final class GoldenChecks {

    private final Backend backend;
    private final List<Check> checks = new ArrayList<>();

    private GoldenChecks(Backend backend) {
        this.backend = backend;
    }

    /** One check a stored case, and two where both the backend and the tape can compute it. */
    public static List<Check> all(Backend backend) {
        GoldenChecks all = new GoldenChecks(backend);
        all.add("", "ops", _ -> true, BackendOperations::compute);
        all.add("", "asl", _ -> true, BackendLosses::asymmetricLoss);
        all.add("", "losses", golden -> !golden.op().equals("dbl"), BackendLosses::crossEntropy);
        all.add("", "optim", _ -> true, BackendTraining::compute);
        all.add(" on the tape", "ops", _ -> true, TapeOperations::compute);
        all.add(" on the tape", "asl", _ -> true, LossFunctions::compute);
        all.add(" on the tape", "losses", _ -> true, LossFunctions::compute);
        return all.checks;
    }

    private void add(String where, String part, Predicate<GoldenCase> wanted, Consumer<Workbench> compute) {
        String comparison = backend.name() + where + " against PyTorch";
        GoldenCase.ofPart(part).stream().filter(wanted).forEach(golden -> checks.add(new Check(label(golden),
                golden.name() + where, () -> {
                    Workbench workbench = new Workbench(backend, golden);
                    compute.accept(workbench);
                    return List.of(Result.of(label(golden), comparison,
                            golden.check(workbench.results(), backend.name().equals("reference"))));
                })));
    }

    /** The resampling losses by their settings: {@code dbl official CBloss}. */
    private static String label(GoldenCase golden) {
        return golden.op().equals("dbl")
                ? "dbl " + golden.attribute("variant").asString() + " " + golden.attribute("config").asString()
                : golden.op();
    }
}
