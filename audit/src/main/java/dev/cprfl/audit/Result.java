package dev.cprfl.audit;

/**
 * A line of the audit.
 *
 * @param operation what was checked
 * @param comparison what was compared with what
 * @param cases how many cases there were
 * @param worst of all cases
 */
public record Result(String operation, String comparison, int cases, Finding worst) {

    /** The result of one case. */
    public static Result of(String operation, String comparison, Finding finding) {
        return new Result(operation, comparison, 1, finding);
    }

    Result and(Result other) {
        return new Result(operation, comparison, cases + other.cases, worst.worse(other.worst));
    }
}
