package dev.cprfl.autograd.nn;

import dev.cprfl.autograd.Variable;
import java.util.function.UnaryOperator;

/** A module with one input and one output. */
public abstract class Layer extends Module {

    public abstract Variable forward(Variable x);

    /** A layer without state, such as an activation. */
    public static Layer of(UnaryOperator<Variable> function) {
        return new Layer() {
            @Override
            public Variable forward(Variable x) {
                return function.apply(x);
            }
        };
    }
}
