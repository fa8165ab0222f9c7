package dev.cprfl.audit.conformance;

import dev.cprfl.audit.Finding;

/**
 * What the {@link Judge} found in one case.
 *
 * @param agreement with the reference, and whether the contract is kept: nothing else written, NaN passed on, in place
 * @param repetition whether every number of threads gives the same bits, or on a device every run
 */
public record Judgement(Finding agreement, Finding repetition) {

    /** @throws AssertionError that says which run of the case went wrong where */
    public void verify() {
        repetition.verify();
        agreement.verify();
    }
}
