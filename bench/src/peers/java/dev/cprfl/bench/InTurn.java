package dev.cprfl.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Our networks, matrix products, convolutions and kernels and the peers', in turn in one process. What else the machine does falls on all of them alike, so that the
 * ratios hold on a machine whose speed changes from minute to minute, where those of {@link Networks}, a process each, do not.
 *
 * <pre>{@code
 * java --add-modules jdk.incubator.vector -XX:ObjectAlignmentInBytes=64 -Xmx10g -cp bench/target/benchmarks.jar \
 *     dev.cprfl.bench.InTurn CPRFL_FORWARD_448 20
 * }</pre>
 *
 * runs each of them 20 times, after a warm-up, and prints the median times and, of our time divided by a peer's in the same round, the median
 * and the quartiles. A 1x1 convolution whose name is also that of a matrix product is run as that product, which it is.
 */
public final class InTurn {

    /** Untimed rounds before, at most. */
    private static final int WARM_UP = 8;
    /** Before each run: the threads of the one before have stopped waiting for more. */
    private static final int PAUSE_MILLIS = 20;

    /** Something that computes the network or product once in a call. */
    private record Runner(String name, Runnable run) {}

    private InTurn() {}

    /** @param arguments a {@link Network}, {@link Gemm}, {@link Convolution} or {@link Kernel} with a peer, and a number of rounds */
    public static void main(String[] arguments) throws InterruptedException {
        String shape = arguments[0];
        int rounds = Integer.parseInt(arguments[1]);
        List<Runner> runners = runners(shape);
        double[][] millis = new double[runners.size()][rounds];
        for (int round = -Math.min(WARM_UP, rounds); round < rounds; round++) {
            for (int i = 0; i < runners.size(); i++) {
                int turn = Math.floorMod(i + round, runners.size());
                Thread.sleep(PAUSE_MILLIS);
                long start = System.nanoTime();
                runners.get(turn).run.run();
                if (round >= 0) {
                    millis[turn][round] = (System.nanoTime() - start) / 1e6;
                }
            }
        }
        for (int i = 0; i < runners.size(); i++) {
            double[] ratios = new double[rounds];
            for (int round = 0; round < rounds; round++) {
                ratios[round] = millis[0][round] / millis[i][round];
            }
            System.out.printf(Locale.ROOT, "%s  %s  %.1f ms  ours/it %.2f (%.2f to %.2f)%n", shape,
                    runners.get(i).name, quantile(millis[i], 0.5), quantile(ratios, 0.5), quantile(ratios, 0.25),
                    quantile(ratios, 0.75));
        }
        System.exit(0); // the peers' threads would go on
    }

    private static List<Runner> runners(String shape) {
        if (isOneOf(Gemm.values(), shape)) {
            return products(Gemm.valueOf(shape));
        } else if (isOneOf(Convolution.values(), shape)) {
            return convolutions(Convolution.valueOf(shape));
        } else if (isOneOf(Kernel.values(), shape)) {
            return kernels(Kernel.valueOf(shape));
        }
        return networks(Network.valueOf(shape));
    }

    private static boolean isOneOf(Enum<?>[] constants, String name) {
        return Arrays.stream(constants).anyMatch(constant -> constant.name().equals(name));
    }

    private static List<Runner> convolutions(Convolution shape) {
        Convolutions ours = new Convolutions();
        ours.shape = shape;
        ours.open();
        PeerConvolutions torch = new PeerConvolutions();
        torch.shape = shape;
        torch.open();
        return List.of(new Runner("ours", ours::forward), new Runner("pytorch", torch::pytorchForward));
    }

    private static List<Runner> kernels(Kernel shape) {
        Kernels ours = new Kernels();
        ours.shape = shape;
        ours.open();
        PeerKernels torch = new PeerKernels();
        torch.shape = shape;
        torch.open();
        return List.of(new Runner("ours", ours::ours), new Runner("pytorch", torch::pytorch));
    }

    private static List<Runner> products(Gemm shape) {
        Gemms ours = new Gemms();
        ours.shape = shape;
        ours.open();
        PeerGemms torch = new PeerGemms();
        torch.shape = shape;
        torch.open();
        return List.of(new Runner("ours", ours::ours), new Runner("pytorch", torch::pytorch));
    }

    private static List<Runner> networks(Network shape) {
        List<Runner> runners = new ArrayList<>();
        Networks ours = new Networks();
        ours.shape = shape;
        ours.open();
        runners.add(new Runner("ours", ours::ours));
        PeerNetworks torch = new PeerNetworks();
        torch.shape = shape;
        torch.open();
        runners.add(new Runner("pytorch", torch::pytorch));
        PeerNetworks channelsLast = new PeerNetworks();
        channelsLast.shape = shape;
        channelsLast.open();
        runners.add(new Runner("pytorchChannelsLast", channelsLast::pytorchChannelsLast));
        if (shape == Network.CPRFL_FORWARD_448) {
            PeerNetworks published = new PeerNetworks();
            published.shape = shape;
            published.open();
            runners.add(new Runner("pytorchAsPublished", published::pytorchAsPublished));
        }
        if (!shape.training) {
            PeerOnnxNetworks onnx = new PeerOnnxNetworks();
            onnx.shape = shape;
            onnx.open();
            runners.add(new Runner("onnxRuntime", onnx::onnxRuntime));
        }
        return runners;
    }

    private static double quantile(double[] values, double q) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[(int) (q * (sorted.length - 1))];
    }
}
