package dev.cprfl.cli;

import dev.cprfl.audit.Audit;
import dev.cprfl.audit.Check;
import dev.cprfl.audit.Finding;
import dev.cprfl.audit.Result;
import dev.cprfl.audit.conformance.ConformanceChecks;
import dev.cprfl.audit.golden.GoldenChecks;
import dev.cprfl.audit.golden.NetworkChecks;
import dev.cprfl.audit.gradients.GradientChecks;
import dev.cprfl.audit.gradients.NetworkGradients;
import dev.cprfl.audit.network.NetworkThreads;
import dev.cprfl.cli.report.AuditPage;
import dev.cprfl.cli.report.AuditPage.Line;
import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.BackendProvider;
import dev.cprfl.kernels.Backends;
import dev.cprfl.model.training.Provenance;
import dev.cprfl.tensor.UserException;
import dev.cprfl.tensor.io.AtomicFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Checks on this machine what the test suites check. */
@Command(name = "audit", mixinStandardHelpOptions = true,
        description = {
            "Check the mathematics on this machine: gradients of every operation, loss and a whole network against finite "
                    + "differences in double; every operation of every backend against the reference in double, on awkward "
                    + "shapes, in place, with NaN, with 1, 2, 3 and 7 threads whose results must be equal to the bit (on a "
                    + "GPU the same call several times); and both against stored results of PyTorch and of the authors' "
                    + "code: operations, losses, optimizer steps, ResNets, CLIP's text encoder, PI, VSI and CPRFL with "
                    + "its gradients and trainings. Of TF32 and bfloat16 the products are checked, by the same formula "
                    + "with their epsilon, and a small network.",
            "Prints one table and exits with 1 if anything fails. Takes one to two minutes and needs no files."},
        footer = {"", "Examples:",
            "  cprfl audit",
            "  cprfl audit --html audit.html",
            "  cprfl audit --backend vector --only softmax --json"})
final class AuditCommand implements Callable<Integer> {

    private record Outcome(boolean passed, int cases, int failed, double seconds, List<Line> results,
            List<String> notRun) {}

    @Mixin
    private Common common;

    @Option(names = "--html", paramLabel = "FILE", description = "Write the table as a page too.")
    private Path html;

    @Option(names = "--only", paramLabel = "TEXT", defaultValue = "",
            description = "Make only the checks whose operation contains this text, in any case: conv2d, loss, network.")
    private String only;

    private final List<Check> checks = new ArrayList<>();
    private final List<AutoCloseable> opened = new ArrayList<>();
    private final List<String> notRun = new ArrayList<>();

    @Override
    public Integer call() throws Exception {
        long start = System.nanoTime();
        List<Result> results;
        try {
            collect();
            checks.removeIf(check -> !check.operation().toLowerCase(Locale.ROOT).contains(
                    only.toLowerCase(Locale.ROOT)));
            if (checks.isEmpty()) {
                throw new UserException("--only " + only + ": no operation is called so; try conv2d, loss or network");
            }
            try (CountedProgress progress = common.progress("audit", "checks", checks.size())) {
                results = Audit.run(checks, progress::done);
            }
        } finally {
            for (AutoCloseable each : opened) {
                each.close();
            }
        }
        List<Line> lines = results.stream().map(AuditCommand::line).toList();
        int failed = (int) lines.stream().filter(line -> line.failure() != null).count();
        Outcome outcome = new Outcome(failed == 0, checks.size(), failed, (System.nanoTime() - start) / 1e9, lines,
                notRun);
        String summary = summary(outcome);
        if (html != null) {
            AtomicFile.write(html, AuditPage.render(summary, lines).getBytes(StandardCharsets.UTF_8));
        }
        common.print(outcome, table(lines) + "\n" + summary);
        if (failed > 0) {
            common.remark("audit: " + failed + " of " + lines.size() + " results failed, the first: "
                    + lines.stream().filter(line -> line.failure() != null).findFirst().orElseThrow().failure());
        }
        return failed == 0 ? Main.DONE : Main.FAILED;
    }

    private void collect() {
        Backend reference = Backends.open("reference", 1);
        opened.add(reference);
        checks.addAll(GradientChecks.operations(reference));
        checks.addAll(GradientChecks.losses(reference));
        checks.addAll(NetworkGradients.all(reference));
        for (BackendProvider provider : chosen()) {
            if (!provider.name().equals("reference")) {
                ConformanceChecks conformance = new ConformanceChecks(provider);
                opened.add(conformance);
                checks.addAll(conformance.all());
            }
            checks.addAll(NetworkThreads.all(provider));
            Backend backend = provider.open(common.threads());
            opened.add(backend);
            if (backend.productEpsilon() == 0) { // PyTorch's results are exact to a float
                checks.addAll(GoldenChecks.all(backend));
                checks.addAll(NetworkChecks.all(backend));
            } else {
                checks.addAll(NetworkChecks.rounded(backend));
            }
        }
    }

    /** The backend that was asked for, or all that can run here; without a variant, in all variants. */
    private List<BackendProvider> chosen() {
        String wanted = common.backendName();
        List<BackendProvider> asked = wanted.equals("auto") ? Backends.providers() : List.of(common.backendProvider());
        List<BackendProvider> chosen = new ArrayList<>();
        for (BackendProvider provider : asked) {
            if (provider.obstacle() != null) {
                notRun.add(provider.name() + ": " + provider.obstacle());
                continue;
            }
            for (BackendProvider variant : Backends.variants(provider)) {
                if (variant.obstacle() == null) {
                    chosen.add(variant);
                } else {
                    notRun.add(variant.name() + ": " + variant.obstacle());
                }
            }
        }
        if (chosen.isEmpty()) {
            throw new UserException("--backend " + wanted + " cannot run here: " + asked.getFirst().obstacle());
        }
        return chosen;
    }

    private static Line line(Result result) {
        Finding worst = result.worst();
        Double error = Double.isFinite(worst.error()) ? worst.error() : null;
        return new Line(result.operation(), result.comparison(), result.cases(), error, worst.bound(),
                worst.failure() == null ? null : worst.failure().lines().findFirst().orElse(""));
    }

    private static String table(List<Line> lines) {
        TextTable table = new TextTable("operation", "compared", ">cases", ">worst error", ">allowed", "verdict");
        for (Line line : lines) {
            table.row(line.operation(), line.comparison(), line.cases(), AuditPage.number(line.error()),
                    AuditPage.number(line.bound()), line.failure() == null ? "ok" : "FAILED: " + line.failure());
        }
        return table.toString();
    }

    private static String summary(Outcome outcome) {
        String skipped = outcome.notRun.isEmpty() ? "" : "; not run: " + String.join("; ", outcome.notRun);
        return String.format(Locale.ROOT, "%d checks in %d results, %s, %.0f s on %s, Java %s%s", outcome.cases,
                outcome.results.size(), outcome.failed == 0 ? "all passed" : outcome.failed + " FAILED",
                outcome.seconds, Provenance.processorName(), System.getProperty("java.version"), skipped);
    }
}
