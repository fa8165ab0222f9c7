package dev.cprfl.tests.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cprfl.audit.conformance.Cases;
import dev.cprfl.audit.conformance.Judge;
import dev.cprfl.audit.conformance.OperationCase;
import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.Memory;
import dev.cprfl.kernels.Storage;
import dev.cprfl.kernels.reference.ReferenceBackend;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** The judge accepts the reference and notices what a wrong backend may do. */
class JudgeTest {

    private static final double ALPHA = -0.3;
    private static final List<OperationCase> SCALE = Cases.all().stream()
            .filter(c -> c.operation.equals("scale") || c.operation.equals("copy"))
            .toList();

    private final ReferenceBackend reference = new ReferenceBackend();

    @Test
    void acceptsTheReference() {
        judge(Cases.all(), threads -> new ReferenceBackend());
    }

    @Test
    void noticesASmallError() {
        refuses("within", (x, y, threads) -> {
            reference.scale(ALPHA * (1 + 1e-14), x.storage(), y.storage());
        });
    }

    @Test
    void noticesATailThatIsNotComputed() {
        refuses("is NaN, should be", (x, y, threads) -> {
            int whole = y.length() & -4;
            reference.scale(ALPHA, x.storage().slice(0, whole), y.storage().slice(0, whole));
        });
    }

    @Test
    void noticesThatAnOutputIsRead() {
        refuses("is NaN, should be", (x, y, threads) -> {
            reference.scale(0, y.storage(), y.storage());
            reference.accumulate(ALPHA, x.storage(), y.storage());
        });
    }

    @Test
    void noticesAWriteOutsideTheOutput() {
        refuses("outside y, at index", (x, y, threads) -> {
            reference.scale(ALPHA, x.storage(), y.storage());
            if (y.whole.length() > y.from + y.length()) {
                reference.fill(0, y.whole.slice(y.from + y.length(), 1));
            }
        });
    }

    @Test
    void noticesAWritePastTheEndOfAShortOutput() {
        refuses("past the end of y", (x, y, threads) -> {
            boolean cut = y.from == 0 && y.whole.length() == y.length() + 1;
            reference.scale(ALPHA, x.storage(), cut ? y.whole : y.storage());
        });
    }

    @Test
    void noticesAChangedInput() {
        refuses("changed its input x", (x, y, threads) -> {
            reference.scale(ALPHA, x.storage(), y.storage());
            reference.fill(0, x.storage());
        });
    }

    @Test
    void noticesThatThreadsChangeTheResult() {
        refuses("7 threads, odd offsets, not as on 1 thread", (x, y, threads) -> {
            reference.scale(ALPHA * (threads == 7 ? 1 + 0x1p-52 : 1), x.storage(), y.storage());
        });
    }

    @Test
    void noticesThatItCannotWorkInPlace() {
        refuses("in place of x", (x, y, threads) -> {
            reference.fill(0, y.storage());
            reference.scale(ALPHA, x.storage(), y.storage());
        });
    }

    @Test
    void noticesASwallowedNan() {
        refuses("NaN at x[0]", (x, y, threads) -> {
            reference.scale(ALPHA, x.storage(), y.storage());
            double[] values = new double[y.length()];
            reference.memory().read(y.storage(), values, 0);
            Arrays.setAll(values, i -> Double.isNaN(values[i]) ? 0 : values[i]);
            reference.memory().write(values, 0, y.storage());
        });
    }

    @Test
    void noticesAWriteBetweenTheRunsOfACopy() {
        IntFunction<Backend> open = threads -> backend("copy", args -> {
            Window y = (Window) args[2];
            reference.fill(0, y.storage());
        });
        assertThatThrownBy(() -> judge(SCALE, open)).isInstanceOf(AssertionError.class).hasMessageContaining("copy");
    }

    /** How operands lie may choose another kernel there. */
    @Test
    void lastBitsMayDependOnOffsetsOnADevice() {
        judge(SCALE, device(_ -> true));
    }

    @Test
    void noticesADeviceThatDoesNotRepeatItself() {
        int[] calls = {0};
        assertThatThrownBy(() -> judge(SCALE, device(_ -> calls[0]++ % 2 == 0))).isInstanceOf(AssertionError.class)
                .hasMessageContaining("the same call again, not as before");
    }

    /** Multiplies by a number that is larger by a bit for a window, if told so, and is opened once. */
    private IntFunction<Backend> device(Predicate<Window> larger) {
        return threads -> {
            assertThat(threads).isEqualTo(1);
            Backend wrong = backend("scale", args -> {
                Window x = (Window) args[1];
                boolean more = x.length() < x.whole.length() && (double) args[0] == ALPHA && larger.test(x);
                reference.scale((double) args[0] * (more ? 1 + 0x1p-52 : 1), x.storage(), ((Window) args[2]).storage());
            });
            return (Backend) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[]{Backend.class},
                    (proxy, method, args) -> {
                        if (method.getName().equals("isDevice")) {
                            return true;
                        }
                        try {
                            return method.invoke(wrong, args);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    });
        };
    }

    /** A wrong way to multiply by {@link #ALPHA}. */
    private interface Fault {
        void scale(Window x, Window y, int threads);
    }

    private void refuses(String message, Fault fault) {
        IntFunction<Backend> open = threads -> backend("scale", args -> {
            if ((double) args[0] == ALPHA) {
                fault.scale((Window) args[1], (Window) args[2], threads);
            } else {
                reference.scale((double) args[0], ((Window) args[1]).storage(), ((Window) args[2]).storage());
            }
        });
        assertThatThrownBy(() -> judge(SCALE, open)).isInstanceOf(AssertionError.class).hasMessageContaining(message);
    }

    private static void judge(List<OperationCase> cases, IntFunction<Backend> subject) {
        try (Judge judge = new Judge(new ReferenceBackend(), subject)) {
            cases.forEach(c -> judge.judge(c).verify());
        }
    }

    private interface Replacement {
        void call(Object[] arguments);
    }

    /** The reference with one operation replaced; its storages know what lies around them. */
    private Backend backend(String replaced, Replacement replacement) {
        Memory memory = (Memory) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[]{Memory.class},
                (proxy, method, args) -> {
                    Object result = invoke(method, reference.memory(), args);
                    return result instanceof Storage s ? new Window(s, 0, s.length()) : result;
                });
        return (Backend) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[]{Backend.class},
                (proxy, method, args) -> {
                    if (method.getName().equals("memory")) {
                        return memory;
                    }
                    if (method.getName().equals(replaced)) {
                        replacement.call(args);
                        return null;
                    }
                    return invoke(method, reference, args);
                });
    }

    private static Object invoke(Method method, Object target, Object[] args) throws Throwable {
        Object[] plain = args == null
                ? null
                : Arrays.stream(args).map(a -> a instanceof Window w ? w.storage() : a).toArray();
        try {
            return method.invoke(target, plain);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    private record Window(Storage whole, int from, int length) implements Storage {

        Storage storage() {
            // Only the storage itself can be released.
            return from == 0 && length == whole.length() ? whole : whole.slice(from, length);
        }

        @Override
        public Storage slice(int offset, int count) {
            return new Window(whole, from + offset, count);
        }
    }
}
