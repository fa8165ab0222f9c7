package dev.cprfl.audit.conformance;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** All cases, and the lengths that several groups of them use. */
public final class Cases {

    /** Lanes of the widest vector unit, 512 bits. */
    private static final int LANES = 16;

    /** Odd, and long enough to be divided among threads. */
    static final int LONG = 50_021;

    private Cases() {}

    public static List<OperationCase> all() {
        List<OperationCase> all = new ArrayList<>();
        all.addAll(MovingCases.all());
        all.addAll(ElementwiseCases.all());
        all.addAll(ReductionCases.all());
        all.addAll(GemmCases.all());
        all.addAll(ConvolutionCases.all());
        all.addAll(PoolingCases.all());
        all.addAll(NormalizationCases.all());
        all.addAll(AttentionCases.all());
        all.addAll(LossCases.all());
        all.addAll(TrainingCases.all());
        return all;
    }

    /** Every length from 0 to just above twice the lanes, and a few longer ones. */
    static int[] lengths() {
        return IntStream.concat(IntStream.rangeClosed(0, 2 * LANES + 1), IntStream.of(64, 127, 1031, LONG)).toArray();
    }
}
