package dev.cprfl.bench;

import dev.cprfl.kernels.AdamWStep;
import dev.cprfl.kernels.AslShape;
import dev.cprfl.kernels.AttentionShape;
import dev.cprfl.kernels.RowShape;
import dev.cprfl.kernels.Storage;
import dev.cprfl.kernels.UnaryOp;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** The other kernels, of which memory sets the pace. Run these alone with the argument {@code \.Kernels}. */
public class Kernels extends OnBackend {

    private static final int WIDTH = 2048;
    private static final int CHANNELS = 256;
    private static final int KEYS = 276;
    private static final double EPS = 1e-5;

    @Param
    public Kernel shape;

    private Runnable kernel;

    @Override
    void prepare() {
        kernel = switch (shape) {
            case ATTENTION_BATCH_1, ATTENTION_BATCH_16 -> attention(false);
            case ATTENTION_BACKWARD_BATCH_16 -> attention(true);
            case SOFTMAX -> softmax(false);
            case SOFTMAX_BACKWARD -> softmax(true);
            case LAYER_NORM -> layerNorm(false);
            case LAYER_NORM_BACKWARD -> layerNorm(true);
            case GELU -> unary(UnaryOp.GELU, false);
            case GELU_BACKWARD -> unary(UnaryOp.GELU, true);
            case RELU -> unary(UnaryOp.RELU, false);
            case RELU_BACKWARD -> unary(UnaryOp.RELU, true);
            case BATCH_NORM_TRAIN, BATCH_NORM_TRAIN_BACKWARD, BATCH_NORM_EVAL, BATCH_NORM_TRAIN_RELU,
                    BATCH_NORM_TRAIN_RELU_BACKWARD ->
                batchNorm();
            case ASL -> asymmetricLoss(false);
            case ASL_BACKWARD -> asymmetricLoss(true);
            case ADAMW -> adamW(false);
            case ADAMW_AVERAGED -> adamW(true);
            case EMA -> ema();
        };
    }

    @Benchmark
    public void ours() {
        kernel.run();
    }

    private Storage array() {
        return random(shape.length);
    }

    private Runnable attention(boolean backward) {
        AttentionShape s = new AttentionShape(shape.length, 8, 80, KEYS, 512, 4096, 2 * 4096, 1 / Math.sqrt(512),
                false);
        Storage q = random(s.queriesLength());
        Storage kv = random(s.batch() * KEYS * 2 * 4096); // keys and values are columns of one projection
        Storage k = kv.slice(0, s.keysLength());
        Storage v = kv.slice(4096, s.keysLength());
        Storage probabilities = random(s.probabilitiesLength());
        Storage y = random(s.outputLength());
        backend.attention(s, q, k, v, probabilities, y);
        if (!backward) {
            return () -> backend.attention(s, q, k, v, probabilities, y);
        }
        Storage dq = random(q.length());
        Storage dkv = random(kv.length());
        Storage dk = dkv.slice(0, s.keysLength());
        Storage dv = dkv.slice(4096, s.keysLength());
        return () -> backend.attentionBackward(s, q, k, v, probabilities, y, dq, dk, dv);
    }

    private Runnable softmax(boolean backward) {
        RowShape s = new RowShape(shape.length / KEYS, KEYS);
        Storage x = array();
        Storage y = array();
        Storage dx = array();
        return backward ? () -> backend.softmaxBackward(s, y, x, dx) : () -> backend.softmax(s, x, y);
    }

    private Runnable layerNorm(boolean backward) {
        RowShape s = new RowShape(shape.length / WIDTH, WIDTH);
        Storage x = array();
        Storage y = array();
        Storage gamma = random(WIDTH);
        Storage beta = random(WIDTH);
        Storage mean = random(s.rows());
        Storage invStd = random(s.rows());
        backend.layerNorm(s, EPS, x, gamma, beta, y, mean, invStd);
        if (!backward) {
            return () -> backend.layerNorm(s, EPS, x, gamma, beta, y, mean, invStd);
        }
        Storage dx = array();
        Storage dgamma = random(WIDTH);
        return () -> backend.layerNormBackward(s, x, gamma, mean, invStd, y, dx, dgamma, beta);
    }

    private Runnable unary(UnaryOp op, boolean backward) {
        Storage x = array();
        Storage y = array();
        Storage dx = array();
        Storage dy = array();
        backend.unary(op, x, y);
        return backward ? () -> backend.unaryBackward(op, x, y, dy, dx) : () -> backend.unary(op, x, y);
    }

    private Runnable batchNorm() {
        RowShape s = new RowShape(shape.length / CHANNELS, CHANNELS);
        Storage x = array();
        Storage y = array();
        Storage dx = array();
        Storage gamma = random(CHANNELS);
        Storage beta = random(CHANNELS);
        Storage runningMean = random(CHANNELS);
        Storage runningVar = random(CHANNELS);
        Storage mean = random(CHANNELS);
        Storage invStd = random(CHANNELS);
        Storage dgamma = random(CHANNELS);
        backend.fill(1, runningVar);
        Runnable train = () -> backend.batchNormTrain(s, 0.1, EPS, x, gamma, beta, runningMean, runningVar, y, mean,
                invStd);
        train.run();
        return switch (shape) {
            case BATCH_NORM_TRAIN -> train;
            case BATCH_NORM_TRAIN_RELU -> {
                Storage residual = array();
                yield () -> backend.batchNormTrainRelu(s, 0.1, EPS, x, gamma, beta, runningMean, runningVar, residual,
                        y, mean, invStd);
            }
            case BATCH_NORM_TRAIN_RELU_BACKWARD -> {
                Storage dy = array();
                Storage dresidual = array();
                yield () -> backend.batchNormTrainReluBackward(s, x, gamma, mean, invStd, y, dy, dx, dresidual, dgamma,
                        beta);
            }
            case BATCH_NORM_EVAL ->
                () -> backend.batchNormEval(s, EPS, x, gamma, beta, runningMean, runningVar, y);
            default -> () -> backend.batchNormTrainBackward(s, x, gamma, mean, invStd, y, dx, dgamma, beta);
        };
    }

    private Runnable asymmetricLoss(boolean backward) {
        AslShape s = new AslShape(shape.length, 0, 4, 0.05, 1e-8, true);
        Storage logits = array();
        Storage loss = array();
        Storage dlogits = array();
        Storage targets = array();
        float[] labels = randomFloats(shape.length);
        for (int i = 0; i < labels.length; i++) {
            labels[i] = labels[i] > 0.9f ? 1 : 0;
        }
        backend.memory().write(labels, 0, targets);
        return backward
                ? () -> backend.asymmetricLossBackward(s, logits, targets, loss, dlogits)
                : () -> backend.asymmetricLoss(s, logits, targets, loss);
    }

    private Runnable adamW(boolean averaged) {
        Storage gradient = array();
        Storage parameter = array();
        Storage m = array();
        Storage v = array();
        Storage average = averaged ? array() : null;
        backend.unary(UnaryOp.SIGMOID, m, v);
        AdamWStep step = new AdamWStep(1e-5, 0.9, 0.999, 1e-8, 1e-4, 1000);
        return () -> backend.adamW(step, gradient, parameter, m, v, 0.998, average);
    }

    private Runnable ema() {
        Storage x = array();
        Storage average = array();
        return () -> backend.ema(0.998, x, average);
    }
}
