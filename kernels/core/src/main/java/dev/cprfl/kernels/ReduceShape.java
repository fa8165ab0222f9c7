package dev.cprfl.kernels;

/** A reduction of the middle axis: x is [outer, reduced, inner], y is [outer, inner]. */
public record ReduceShape(int outer, int reduced, int inner) {

    public ReduceShape {
        Checks.atLeast(0, outer, "outer");
        Checks.atLeast(0, reduced, "reduced");
        Checks.atLeast(0, inner, "inner");
    }
}
