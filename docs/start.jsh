// What ./cprfl jshell starts with: imports the engine, opens a backend, shows three lines to try.
import dev.cprfl.autograd.*;
import dev.cprfl.autograd.ops.*;
import dev.cprfl.kernels.*;
import dev.cprfl.tensor.*;
import java.util.*;

Backend backend = Backends.open("auto", 0);
System.out.println("""
The engine is imported, and `backend` is %s (%s). Try:

    var x = Variable.leaf(Tensor.of(backend, Shape.of(3), -1.0, 0, 2));
    double[] dx; try (var tape = Tape.start()) { dx = tape.backward(SumAll.apply(Multiply.apply(x, x))).get(x).toDoubles(); }
    System.out.println(Arrays.toString(dx)); // prints [-2.0, 0.0, 4.0]
""".formatted(backend.name(), backend.describe()));
