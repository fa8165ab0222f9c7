package dev.cprfl.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.profile.InternalProfiler;
import org.openjdk.jmh.results.AggregationPolicy;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.ScalarResult;

/**
 * The largest resident size of a benchmark's process while it was measured, in MiB. Each benchmark has a process of its own, so
 * this holds for us and for peers alike: weights, activations, gradients, optimizer, libraries, and some 100 MiB of Java and JMH.
 * What the set-up needed is given back and forgotten before each iteration. Linux only.
 */
public final class PeakMemory implements InternalProfiler {

    static final String NAME = "peakMiB";

    private static final Path STATUS = Path.of("/proc/self/status");
    private static final Path RESET = Path.of("/proc/self/clear_refs");

    @Override
    public String getDescription() {
        return "Peak resident size while measured";
    }

    /** "5" sets the peak to the present size (proc(5)); where that is not allowed the peak is the whole process's. */
    @Override
    public void beforeIteration(BenchmarkParams benchmark, IterationParams iteration) {
        System.gc();
        try {
            Files.writeString(RESET, "5");
        } catch (IOException e) {
            // The set-up counts too, then.
        }
    }

    @Override
    public Collection<ScalarResult> afterIteration(BenchmarkParams benchmark, IterationParams iteration,
            IterationResult result) {
        try {
            for (String line : Files.readAllLines(STATUS)) {
                if (line.startsWith("VmHWM:")) {
                    double kibibytes = Double.parseDouble(line.replaceAll("\\D", ""));
                    return List.of(new ScalarResult(NAME, kibibytes / 1024, "MiB", AggregationPolicy.MAX));
                }
            }
        } catch (IOException e) {
            // Not Linux.
        }
        return List.of();
    }
}
