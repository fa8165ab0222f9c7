package dev.cprfl.audit.conformance;

import dev.cprfl.audit.Check;
import dev.cprfl.audit.Result;
import dev.cprfl.kernels.BackendProvider;
import dev.cprfl.kernels.Backends;
import java.util.List;

/** Every operation of a backend against the reference backend, which computes in double. */
public final class ConformanceChecks implements AutoCloseable {

    private final String backend;
    private final Judge judge;

    /** @param provider one that can run */
    public ConformanceChecks(BackendProvider provider) {
        backend = provider.name();
        judge = new Judge(Backends.open("reference", 1), provider::open);
    }

    /** One check a case; for a backend that differs from an exact one in the rounding of products, only those with products. */
    public List<Check> all() {
        return Cases.all().stream().filter(c -> c.products || !judge.roundsProducts())
                .map(c -> new Check(c.operation, c.label, () -> run(c))).toList();
    }

    private List<Result> run(OperationCase c) {
        Judgement judgement = judge.judge(c);
        return List.of(Result.of(c.operation, backend + " against the reference", judgement.agreement()),
                Result.of(c.operation, backend + ", " + judge.repetition(), judgement.repetition()));
    }

    @Override
    public void close() {
        judge.close();
    }
}
