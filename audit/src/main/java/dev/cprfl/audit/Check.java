package dev.cprfl.audit;

import java.util.List;
import java.util.function.Supplier;

/**
 * One case of something that has to hold. Test suites and the command {@code audit} run the same checks.
 *
 * @param operation what is checked
 * @param name tells this case from the others
 * @param work runs the case; gives a result for each comparison that was made
 */
public record Check(String operation, String name, Supplier<List<Result>> work) {

    /** @throws AssertionError naming the case if something does not hold */
    public void verify() {
        work.get().forEach(result -> result.worst().verify());
    }
}
