package dev.cprfl.audit.conformance;

/**
 * One storage that an operation takes.
 *
 * @param values its content before the call; null for an output
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody
record Operand(String name, Role role, int length, double[] values) {

    enum Role {
        /** Read only. Carries the rounding errors of whatever computed it, so the tolerance grows with its influence. */
        INPUT,
        /** Read only and exact, such as targets of 0 and 1. */
        EXACT_INPUT,
        /** Overwritten, never read. */
        OUTPUT,
        /** Read and changed. */
        CHANGED
    }

    boolean isWritten() {
        return role == Role.OUTPUT || role == Role.CHANGED;
    }

    boolean isRead() {
        return role != Role.OUTPUT;
    }

    boolean carriesErrors() {
        return role == Role.INPUT || role == Role.CHANGED;
    }
}
