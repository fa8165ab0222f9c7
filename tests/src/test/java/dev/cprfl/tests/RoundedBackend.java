package dev.cprfl.tests;

import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.BackendProvider;
import dev.cprfl.kernels.Memory;
import dev.cprfl.kernels.Storage;
import dev.cprfl.kernels.vector.VectorBackendProvider;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.Set;

/** The vector backend, but the factors of products are rounded to few bits, as tensor cores do. */
public final class RoundedBackend {

    private static final Set<String> PRODUCTS = Set.of("gemm", "conv2d", "conv2dRelu", "conv2dBackwardInput",
            "conv2dBackwardWeight", "attention", "attentionBackward");

    private RoundedBackend() {}

    /**
     * @param bits of the fraction that are kept: 7 for bfloat16, 10 for TF32
     * @param declared what the backend calls its {@link Backend#productEpsilon}
     */
    public static BackendProvider provider(String name, int bits, double declared) {
        return new BackendProvider() {

            @Override
            public String name() {
                return name;
            }

            @Override
            public int priority() {
                return 0;
            }

            @Override
            public String obstacle() {
                return null;
            }

            @Override
            public Backend open(int threads) {
                return RoundedBackend.open(threads, bits, declared);
            }

            @Override
            public String toString() {
                return name;
            }
        };
    }

    private static Backend open(int threads, int bits, double declared) {
        Backend vector = new VectorBackendProvider().open(threads);
        return (Backend) Proxy.newProxyInstance(Backend.class.getClassLoader(), new Class<?>[]{Backend.class},
                (proxy, method, arguments) -> {
                    if (method.getName().equals("productEpsilon")) {
                        return declared;
                    }
                    boolean product = PRODUCTS.contains(method.getName());
                    double[][] kept = product ? round(vector.memory(), arguments, bits) : null;
                    try {
                        return method.invoke(vector, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    } finally {
                        if (product) {
                            restore(vector.memory(), arguments, kept);
                        }
                    }
                });
    }

    /** Rounds the first two storages, which are the factors of every product; returns what they held. */
    private static double[][] round(Memory memory, Object[] arguments, int bits) {
        double[][] kept = new double[2][];
        for (int i = 0; i < 2; i++) {
            Storage factor = (Storage) arguments[1 + i];
            kept[i] = new double[factor.length()];
            memory.read(factor, kept[i], 0);
            memory.write(Arrays.stream(kept[i]).map(x -> round(x, bits)).toArray(), 0, factor);
        }
        return kept;
    }

    private static void restore(Memory memory, Object[] arguments, double[][] kept) {
        for (int i = 0; i < 2; i++) {
            memory.write(kept[i], 0, (Storage) arguments[1 + i]);
        }
    }

    /** To the nearest number with so many bits of fraction. */
    static double round(double x, int bits) {
        if (!Double.isFinite(x) || x == 0) {
            return x;
        }
        double unit = Math.scalb(1.0, Math.getExponent(x) - bits);
        return Math.rint(x / unit) * unit;
    }
}
