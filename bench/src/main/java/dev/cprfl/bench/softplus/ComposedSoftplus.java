package dev.cprfl.bench.softplus;

import dev.cprfl.autograd.Variable;
import dev.cprfl.autograd.ops.Add;
import dev.cprfl.autograd.ops.Exp;
import dev.cprfl.autograd.ops.Log;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;

/** y = ln(1 + exp(x)) out of three operations that the engine has. Infinite where exp(x) is. */
public final class ComposedSoftplus {

    private ComposedSoftplus() {}

    /** @param x any shape */
    public static Variable apply(Variable x) {
        Variable one = Variable.constant(Tensor.full(x.backend(), Shape.of(), 1));
        return Log.apply(Add.apply(Exp.apply(x), one));
    }
}
