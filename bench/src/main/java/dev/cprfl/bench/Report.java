package dev.cprfl.bench;

import dev.cprfl.model.training.Provenance;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Formatter;
import java.util.List;
import java.util.Locale;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * Runs the benchmarks and turns their results into {@code bench/RESULTS.md} and {@code bench/roofline.svg}. Arguments are
 * JMH's; {@code --report FILE.json} instead runs nothing and reads an earlier result. {@code -Dbench.out=DIR} changes the
 * folder.
 */
public final class Report {

    private static final String ELSEWHERE = "# On a GPU";
    private static final List<String> ORDER = List.of("Networks", "Gemms", "Convolutions", "Kernels", "Photos", "Steps",
            "Softpluses");

    private final List<Measurement> all;
    private final Ceilings ceilings;

    private Report(List<Measurement> all) {
        this.all = all;
        this.ceilings = Ceilings.of(all);
    }

    /** Runs and writes; see the class. */
    public static void main(String[] args) throws IOException, RunnerException, CommandLineOptionException {
        Path folder = Path.of(System.getProperty("bench.out", "bench"));
        Path json = folder.resolve("target/jmh.json");
        if (args.length == 2 && args[0].equals("--report")) {
            json = Path.of(args[1]);
        } else if (!run(args, json)) {
            return;
        }
        Report report = new Report(Measurement.read(json));
        Path results = folder.resolve("RESULTS.md");
        String before = Files.exists(results) ? Files.readString(results) : "";
        Files.writeString(results, report.markdown() + kept(before));
        Files.writeString(folder.resolve("roofline.svg"), RooflinePlot.svg(report.all, report.ceilings));
        System.out.println(report.families());
        System.out.println("wrote " + folder.resolve("RESULTS.md") + " and " + folder.resolve("roofline.svg"));
    }

    /** Whether anything was measured; JMH's questions, such as for help or a list, measure nothing. */
    private static boolean run(String[] args, Path json)
            throws IOException, RunnerException, CommandLineOptionException {
        CommandLineOptions options = new CommandLineOptions(args);
        if (options.shouldHelp() || options.shouldList() || options.shouldListProfilers()) {
            org.openjdk.jmh.Main.main(args);
            return false;
        }
        Files.createDirectories(json.toAbsolutePath().getParent());
        new Runner(new OptionsBuilder().parent(options).resultFormat(ResultFormatType.JSON).result(json.toString())
                .addProfiler(PeakMemory.class).build()).run();
        return true;
    }

    /** The part of an earlier page that other commands measured: from the heading {@value #ELSEWHERE} on. */
    static String kept(String before) {
        int start = before.indexOf(ELSEWHERE);
        return start < 0 ? "" : "\n" + before.substring(start);
    }

    private String markdown() {
        Formatter text = new Formatter(Locale.ROOT);
        text.format("# Benchmarks%n");
        text.format("%n");
        text.format("Written by `java -jar bench/target/benchmarks.jar`, up to \"On a GPU\"; do not edit.%n");
        text.format("%n");
        text.format("%s, %d threads, Java %s.%n", Provenance.processorName(),
                all.stream().mapToInt(Measurement::threads).max().orElse(0), Runtime.version());
        text.format("Ceilings measured in the same run: %.0f GFLOP/s of multiply-adds, %.1f GB/s of memory.%n",
                ceilings.gflops(), ceilings.gigabytes());
        text.format("%n");
        text.format(
                "Operations are counted from the shapes (convolutions as if direct, so Winograd's can exceed the ceiling);%n");
        text.format(
                "bytes are each array once, so what fits into a cache can exceed the ceiling of memory. The last column is%n");
        text.format(
                "the share of the lower of the two ceilings. Times are means with the 99.9 %% confidence interval; \"ours/it\" is our%n");
        text.format("time divided by that of the row. Peak memory is the process's resident size, Java included.%n");
        text.format("%n");
        text.format("![roofline](roofline.svg)%n");
        return text + families();
    }

    /** A table for each family that was measured. */
    private String families() {
        Formatter text = new Formatter(Locale.ROOT);
        for (String family : ORDER) {
            table(text, family, all.stream().filter(m -> m.family().equals(family)).toList());
        }
        return text.toString();
    }

    private void table(Formatter text, String family, List<Measurement> rows) {
        if (rows.isEmpty()) {
            return;
        }
        text.format("%n");
        text.format("## %s%n", family);
        text.format("%n");
        text.format("| work | measured | time | ours/it | GFLOP/s | GB/s | of the ceiling | peak MiB |%n");
        text.format("|---|---|--:|--:|--:|--:|--:|--:|%n");
        List<Work> order = rows.stream().map(Measurement::work).distinct().toList();
        for (Measurement m : rows.stream().sorted(Comparator.comparingInt(row -> order.indexOf(row.work()))).toList()) {
            String error = Double.isNaN(m.error()) ? "" : String.format(Locale.ROOT, " ± %.3g", m.error() * 1e3);
            String time = String.format(Locale.ROOT, "%.3f%s ms", m.seconds() * 1e3, error);
            text.format("| %s | %s | %s | %s | %.1f | %.1f | %.0f %% %s | %.0f |%n", m.work().title(), m.method(),
                    time, ratio(m), m.gflops(), m.gigabytes(), 100 * ceilings.seconds(m.work()) / m.seconds(),
                    ceilings.memoryBinds(m.work()) ? "memory" : "arithmetic", m.peakMiB());
        }
    }

    /** Our time for the same work in units of this one; empty where it is ours, or we were not measured. */
    private String ratio(Measurement m) {
        return all.stream().filter(one -> !one.equals(m) && one.isOursFor(m)).findFirst()
                .map(ours -> String.format(Locale.ROOT, "%.2f", ours.seconds() / m.seconds())).orElse("");
    }
}
