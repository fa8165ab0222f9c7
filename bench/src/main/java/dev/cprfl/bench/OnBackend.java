package dev.cprfl.bench;

import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.Backends;
import dev.cprfl.kernels.Storage;
import dev.cprfl.tensor.Rng;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What all benchmarks share: a fresh Java process each, average time of a call, the vector backend, random numbers. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 1, jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED",
    "--sun-misc-unsafe-memory-access=allow", "-Djava.awt.headless=true", "-XX:MaxRAMPercentage=75",
    "-XX:ObjectAlignmentInBytes=64"})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public abstract class OnBackend {

    /** Threads that compute; 0 is one per processor. */
    @Param("0")
    public int threads;

    Backend backend;

    @Setup(Level.Trial)
    public void open() {
        backend = Backends.open("vector", threads);
        prepare();
    }

    /** Makes the operands. Not a {@code @Setup} of its own, because JMH may run a subclass's before ours. */
    abstract void prepare();

    @TearDown(Level.Trial)
    public void close() {
        backend.close();
    }

    int threads() {
        return threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
    }

    /** Numbers between -1 and 1, none of them denormal. */
    Storage random(int length) {
        Storage storage = backend.memory().allocate(length);
        backend.memory().write(randomFloats(length), 0, storage);
        return storage;
    }

    static float[] randomFloats(int length) {
        Rng rng = Rng.of(length);
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) rng.nextDouble(-1, 1);
        }
        return values;
    }
}
