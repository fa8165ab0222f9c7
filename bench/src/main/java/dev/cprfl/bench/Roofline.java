package dev.cprfl.bench;

import dev.cprfl.cli.FmaPeak;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/**
 * The machine's two ceilings (Williams, Waterman and Patterson 2009), which the tables and the plot need: multiply-adds
 * without memory, memory without multiply-adds. Run these alone with the argument {@code \.Roofline}.
 */
public class Roofline extends OnBackend {

    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;

    @Param
    public Ceiling shape;

    private float[] a;
    private float[] b;
    private float[] c;
    private volatile float sink;

    @Override
    void prepare() {
        int length = shape == Ceiling.FMA ? 0 : Ceiling.LENGTH;
        a = new float[length];
        b = new float[shape == Ceiling.TRIAD ? length : 0];
        c = new float[shape == Ceiling.TRIAD ? length : 0];
        inThreads(part -> {
            for (int i = from(part); i < from(part + 1) && i < b.length; i++) {
                b[i] = i;
                c[i] = 1;
            }
        });
    }

    @Benchmark
    public void ceiling() {
        switch (shape) {
            case FMA -> FmaPeak.run(threads());
            case READ -> inThreads(part -> sink = sum(a, from(part), from(part + 1)));
            case TRIAD -> inThreads(part -> triad(a, b, c, from(part), from(part + 1)));
        }
    }

    /** Where a thread's part begins: a multiple of 64 floats. */
    private int from(int part) {
        return (int) ((long) Ceiling.LENGTH / 64 * part / threads()) * 64;
    }

    /** A thread for each part; starting one costs little beside the 50 milliseconds that a part takes. */
    private void inThreads(IntConsumer task) {
        Thread[] team = IntStream.range(0, threads())
                .mapToObj(part -> Thread.ofPlatform().daemon().start(() -> task.accept(part)))
                .toArray(Thread[]::new);
        try {
            for (Thread thread : team) {
                thread.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static float sum(float[] x, int from, int to) {
        FloatVector s = FloatVector.zero(SPECIES);
        FloatVector t = s;
        FloatVector u = s;
        FloatVector v = s;
        int lanes = SPECIES.length();
        for (int i = from; i < to; i += 4 * lanes) {
            s = s.add(FloatVector.fromArray(SPECIES, x, i));
            t = t.add(FloatVector.fromArray(SPECIES, x, i + lanes));
            u = u.add(FloatVector.fromArray(SPECIES, x, i + 2 * lanes));
            v = v.add(FloatVector.fromArray(SPECIES, x, i + 3 * lanes));
        }
        return s.add(t).add(u.add(v)).reduceLanes(VectorOperators.ADD);
    }

    private static void triad(float[] a, float[] b, float[] c, int from, int to) {
        for (int i = from; i < to; i++) {
            a[i] = b[i] + 0.5f * c[i];
        }
    }
}
