package dev.cprfl.audit.conformance;

import dev.cprfl.audit.conformance.Operand.Role;
import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.Storage;
import dev.cprfl.tensor.Rng;
import java.util.ArrayList;
import java.util.List;

/** One call of one operation of {@link Backend}: its operands, the call, and what the judge has to know about it. */
public final class OperationCase {

    /** Makes the call; the storages are those of the operands, in the order in which they were declared. */
    interface Call {
        void on(Backend backend, Storage[] operands);
    }

    /** The output {@code written} may be the same storage as the operand {@code read}. */
    record InPlace(int read, int written) {}

    public final String operation;
    public final String label;
    final List<Operand> operands = new ArrayList<>();
    final List<InPlace> inPlace = new ArrayList<>();
    Call call;
    int terms = 1;
    boolean exact;
    boolean nanMaySpread;
    boolean products;
    OperationCase smooth;

    private OperationCase(String operation, String label) {
        this.operation = operation;
        this.label = label;
    }

    /**
     * A case without operands yet.
     *
     * @param operation the method of {@link Backend}
     * @param details what tells this case from the others of the operation
     */
    static OperationCase of(String operation, Object... details) {
        StringBuilder label = new StringBuilder(operation);
        for (Object detail : details) {
            label.append(' ').append(detail);
        }
        return new OperationCase(operation, label.toString());
    }

    /** An input of normally distributed numbers. */
    OperationCase in(String name, int length) {
        return in(name, normal(name, length));
    }

    OperationCase in(String name, double[] values) {
        return add(name, Role.INPUT, values.length, rounded(values));
    }

    /** An input that carries no rounding errors. */
    OperationCase exactIn(String name, double[] values) {
        return add(name, Role.EXACT_INPUT, values.length, rounded(values));
    }

    OperationCase out(String name, int length) {
        return add(name, Role.OUTPUT, length, null);
    }

    /** An operand that the operation reads and changes. */
    OperationCase changed(String name, double[] values) {
        return add(name, Role.CHANGED, values.length, rounded(values));
    }

    private OperationCase add(String name, Role role, int length, double[] values) {
        operands.add(new Operand(name, role, length, values));
        return this;
    }

    /** How many terms the longest sum behind one output number has; the tolerance grows with its root. */
    OperationCase terms(int count) {
        terms = Math.max(1, count);
        return this;
    }

    /** A backend may round the factors: {@link Backend#productEpsilon}. */
    OperationCase products() {
        products = true;
        return this;
    }

    /**
     * The same operands without the kink at which a coarsely rounded number may take the other side; where products are rounded,
     * its tolerance counts.
     */
    OperationCase smooth(Call smoothCall) {
        smooth = new OperationCase(operation, label).terms(terms).products().call(smoothCall);
        smooth.operands.addAll(operands);
        return this;
    }

    /** Every result must be the reference's, rounded once. */
    OperationCase exact() {
        exact = true;
        return this;
    }

    /** The contract lets these two operands be the same storage. */
    OperationCase inPlace(String read, String written) {
        inPlace.add(new InPlace(index(read), index(written)));
        return this;
    }

    private int index(String name) {
        for (int i = 0; i < operands.size(); i++) {
            if (operands.get(i).name().equals(name)) {
                return i;
            }
        }
        throw new IllegalArgumentException(label + " has no operand " + name);
    }

    /**
     * A NaN may reach more outputs than in the reference, which skips products with the zeros of a padding or a mask that other
     * backends may compute.
     */
    OperationCase nanMaySpread() {
        nanMaySpread = true;
        return this;
    }

    OperationCase call(Call operationCall) {
        call = operationCall;
        return this;
    }

    /** Numbers of mean 0 and variance 1, the same in every run. */
    double[] normal(String name, int length) {
        Rng rng = Rng.of(label.hashCode(), name.hashCode());
        double[] values = new double[length];
        for (int i = 0; i < length; i++) {
            values[i] = rng.nextGaussian();
        }
        return values;
    }

    /** Numbers uniform in [low, high), the same in every run. */
    double[] uniform(String name, int length, double low, double high) {
        Rng rng = Rng.of(label.hashCode(), name.hashCode());
        double[] values = new double[length];
        for (int i = 0; i < length; i++) {
            values[i] = rng.nextDouble(low, high);
        }
        return values;
    }

    /** Every backend is given the same numbers, so they must be floats. */
    private static double[] rounded(double[] values) {
        double[] floats = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }

    @Override
    public String toString() {
        return label;
    }
}
