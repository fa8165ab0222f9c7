package dev.cprfl.audit.network;

import dev.cprfl.audit.Check;
import dev.cprfl.audit.Finding;
import dev.cprfl.audit.Result;
import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.autograd.nn.StateDict;
import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.BackendProvider;
import dev.cprfl.model.Cprfl;
import dev.cprfl.model.loss.ClassFrequencies;
import dev.cprfl.model.training.Learner;
import dev.cprfl.model.training.RunConfig;
import dev.cprfl.tensor.Rng;
import dev.cprfl.tensor.Scope;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Two training steps with several numbers of threads, on a device several times: every weight must be the same to the bit. */
public final class NetworkThreads {

    private static final int[] THREADS = {2, 3, 7};

    private NetworkThreads() {}

    /** @param provider one that can run */
    public static List<Check> all(BackendProvider provider) {
        return List.of(new Check("network", "two training steps", () -> List.of(Result.of("network",
                provider.name() + (isDevice(provider)
                        ? ", " + (1 + THREADS.length) + " times the same"
                        : ", 2, 3 and 7 threads against 1"),
                compare(provider)))));
    }

    private static boolean isDevice(BackendProvider provider) {
        try (Backend backend = provider.open(1)) {
            return backend.isDevice();
        }
    }

    private static Finding compare(BackendProvider provider) {
        Map<String, double[]> first = trained(provider, 1);
        for (int threads : THREADS) {
            Map<String, double[]> other = trained(provider, threads);
            for (Map.Entry<String, double[]> weight : first.entrySet()) {
                int index = Arrays.mismatch(weight.getValue(), other.get(weight.getKey()));
                if (index >= 0) {
                    return Finding.failed("two training steps, " + threads + " threads: " + weight.getKey() + "["
                            + index + "] is " + other.get(weight.getKey())[index] + ", with 1 thread "
                            + weight.getValue()[index]);
                }
            }
        }
        return Finding.NONE;
    }

    /** The network is large enough to be cut into parts; dropout is on. */
    private static Map<String, double[]> trained(BackendProvider provider, int threads) {
        RunConfig config = RunConfig.load("demo", null,
                List.of("backbone={block: basic, layers: [1, 1], width: 12}", "training.lr=1e-3"));
        try (Backend backend = provider.open(threads); Scope _ = Scope.open()) {
            Initializer initializer = new Initializer(backend, Rng.of(3));
            Tensor text = initializer.normal(Shape.of(5, config.textDim()), 1);
            Cprfl model = new Cprfl(config.network(), text, initializer);
            Learner learner = new Learner(model, config.lossFunction(new ClassFrequencies(8, List.of(1, 2, 3, 4, 5))),
                    config.training(), 10);
            Tensor images = initializer.normal(Shape.of(6, 64, 64, 3), 1);
            Tensor targets = Tensor.zeros(backend, Shape.of(6, 5));
            double[] labels = new double[30];
            Arrays.setAll(labels, i -> i % 7 == 0 ? 1 : 0);
            backend.memory().write(labels, 0, targets.storage());
            learner.step(0, images, targets);
            learner.step(1, images, targets);
            Map<String, double[]> weights = new LinkedHashMap<>();
            StateDict.export(model).forEach((name, value) -> weights.put(name, value.toDoubles()));
            return weights;
        }
    }
}
