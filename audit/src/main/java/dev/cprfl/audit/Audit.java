package dev.cprfl.audit;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;

/** Runs checks and puts the results of an operation's cases together. */
public final class Audit {

    private record Line(String operation, String comparison) {}

    private Audit() {}

    /**
     * The worst results, in the order of the checks. A check that throws has failed; the others go on.
     *
     * @param done is told how many checks are done
     */
    public static List<Result> run(List<Check> checks, IntConsumer done) {
        Map<Line, Result> lines = new LinkedHashMap<>();
        int count = 0;
        for (Check check : checks) {
            for (Result result : results(check)) {
                lines.merge(new Line(result.operation(), result.comparison()), result, Result::and);
            }
            done.accept(++count);
        }
        return new ArrayList<>(lines.values());
    }

    private static List<Result> results(Check check) {
        try {
            return check.work().get();
        } catch (RuntimeException | AssertionError e) {
            String failure = check.name() + ": " + (e.getMessage() == null ? e : e.getMessage());
            return List.of(Result.of(check.operation(), "runs to its end", Finding.failed(failure)));
        }
    }
}
