package dev.cprfl.kernels.vector;

import dev.cprfl.kernels.AdamWStep;
import dev.cprfl.kernels.AslShape;
import dev.cprfl.kernels.AttentionShape;
import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.BinaryOp;
import dev.cprfl.kernels.BroadcastShape;
import dev.cprfl.kernels.ConvShape;
import dev.cprfl.kernels.CopyShape;
import dev.cprfl.kernels.GemmShape;
import dev.cprfl.kernels.Memory;
import dev.cprfl.kernels.PoolShape;
import dev.cprfl.kernels.ReduceShape;
import dev.cprfl.kernels.RowShape;
import dev.cprfl.kernels.Storage;
import dev.cprfl.kernels.UnaryOp;
import jdk.incubator.vector.FloatVector;

/**
 * The CPU backend: float kernels on the Vector API. This class only takes storages apart; the work is done by the static
 * functions of the kernel classes, on arrays and offsets.
 */
public final class VectorBackend implements Backend {

    static final String NAME = "vector";

    private final FloatMemory memory = new FloatMemory();
    private final Workers workers;

    /** @param threads how many threads compute at a time; 0 for one per processor */
    public VectorBackend(int threads) {
        workers = new Workers(threads);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String describe() {
        return "float, " + FloatVector.SPECIES_PREFERRED.length() + " lanes, " + workers.threads() + " threads";
    }

    @Override
    public Memory memory() {
        return memory;
    }

    @Override
    public void close() {
        workers.close();
        memory.trim();
    }

    // ---- moving and filling -------------------------------------------------------------------------------------------

    @Override
    public void fill(double value, Storage y) {
        throw missing("fill");
    }

    @Override
    public void copy(CopyShape shape, Storage x, Storage y) {
        throw missing("copy");
    }

    @Override
    public void transpose(int batch, int rows, int columns, Storage x, Storage y) {
        Transpose.transpose(workers, batch, rows, columns, FloatStorage.of(x), FloatStorage.of(y));
    }

    // ---- elementwise --------------------------------------------------------------------------------------------------

    @Override
    public void scale(double alpha, Storage x, Storage y) {
        throw missing("scale");
    }

    @Override
    public void accumulate(double alpha, Storage x, Storage y) {
        throw missing("accumulate");
    }

    @Override
    public void unary(UnaryOp op, Storage x, Storage y) {
        throw missing("unary");
    }

    @Override
    public void unaryBackward(UnaryOp op, Storage x, Storage y, Storage dy, Storage dx) {
        throw missing("unaryBackward");
    }

    @Override
    public void binary(BinaryOp op, BroadcastShape shape, Storage a, Storage b, Storage y) {
        throw missing("binary");
    }

    @Override
    public void dropout(double p, long seed, Storage x, Storage y) {
        throw missing("dropout");
    }

    // ---- reductions ---------------------------------------------------------------------------------------------------

    @Override
    public void sum(ReduceShape shape, Storage x, Storage y) {
        throw missing("sum");
    }

    @Override
    public int firstNonFinite(Storage x) {
        throw missing("firstNonFinite");
    }

    // ---- matrices -----------------------------------------------------------------------------------------------------

    @Override
    public void gemm(GemmShape shape, Storage a, Storage b, Storage bias, Storage c) {
        Gemm.gemm(workers, shape, FloatStorage.of(a), FloatStorage.of(b), bias == null ? null : FloatStorage.of(bias),
                FloatStorage.of(c));
    }

    @Override
    public void embedding(RowShape table, int[] indices, Storage weights, Storage y) {
        Embedding.forward(table, indices, FloatStorage.of(weights), FloatStorage.of(y));
    }

    @Override
    public void embeddingBackward(RowShape table, int[] indices, Storage dy, Storage dweights) {
        Embedding.backward(table, indices, FloatStorage.of(dy), FloatStorage.of(dweights));
    }

    // ---- images -------------------------------------------------------------------------------------------------------

    @Override
    public void conv2d(ConvShape shape, Storage x, Storage w, Storage bias, Storage y) {
        Conv2d.forward(workers, shape, FloatStorage.of(x), FloatStorage.of(w),
                bias == null ? null : FloatStorage.of(bias), FloatStorage.of(y));
    }

    @Override
    public void conv2dBackwardInput(ConvShape shape, Storage dy, Storage w, Storage dx) {
        Conv2d.backwardInput(workers, shape, FloatStorage.of(dy), FloatStorage.of(w), FloatStorage.of(dx));
    }

    @Override
    public void conv2dBackwardWeight(ConvShape shape, Storage x, Storage dy, Storage dw) {
        Conv2d.backwardWeight(workers, shape, FloatStorage.of(x), FloatStorage.of(dy), FloatStorage.of(dw));
    }

    @Override
    public void maxPool2d(PoolShape shape, Storage x, Storage y) {
        MaxPool.forward(workers, shape, FloatStorage.of(x), FloatStorage.of(y));
    }

    @Override
    public void maxPool2dBackward(PoolShape shape, Storage x, Storage dy, Storage dx) {
        MaxPool.backward(workers, shape, FloatStorage.of(x), FloatStorage.of(dy), FloatStorage.of(dx));
    }

    // ---- normalisation ------------------------------------------------------------------------------------------------

    @Override
    public void batchNormTrain(RowShape shape, double momentum, double eps, Storage x, Storage gamma, Storage beta,
            Storage runningMean, Storage runningVar, Storage y, Storage mean, Storage invStd) {
        throw missing("batchNormTrain");
    }

    @Override
    public void batchNormTrainBackward(RowShape shape, Storage x, Storage gamma, Storage mean, Storage invStd,
            Storage dy, Storage dx, Storage dgamma, Storage dbeta) {
        throw missing("batchNormTrainBackward");
    }

    @Override
    public void batchNormEval(RowShape shape, double eps, Storage x, Storage gamma, Storage beta, Storage runningMean,
            Storage runningVar, Storage y) {
        throw missing("batchNormEval");
    }

    @Override
    public void batchNormEvalBackward(RowShape shape, double eps, Storage x, Storage gamma, Storage runningMean,
            Storage runningVar, Storage dy, Storage dx, Storage dgamma, Storage dbeta) {
        throw missing("batchNormEvalBackward");
    }

    @Override
    public void layerNorm(RowShape shape, double eps, Storage x, Storage gamma, Storage beta, Storage y, Storage mean,
            Storage invStd) {
        throw missing("layerNorm");
    }

    @Override
    public void layerNormBackward(RowShape shape, Storage x, Storage gamma, Storage mean, Storage invStd, Storage dy,
            Storage dx, Storage dgamma, Storage dbeta) {
        throw missing("layerNormBackward");
    }

    // ---- attention ----------------------------------------------------------------------------------------------------

    @Override
    public void softmax(RowShape shape, Storage x, Storage y) {
        throw missing("softmax");
    }

    @Override
    public void softmaxBackward(RowShape shape, Storage y, Storage dy, Storage dx) {
        throw missing("softmaxBackward");
    }

    @Override
    public void attention(AttentionShape shape, Storage q, Storage k, Storage v, Storage probabilities, Storage y) {
        throw missing("attention");
    }

    @Override
    public void attentionBackward(AttentionShape shape, Storage q, Storage k, Storage v, Storage probabilities,
            Storage dy, Storage dq, Storage dk, Storage dv) {
        throw missing("attentionBackward");
    }

    // ---- losses -------------------------------------------------------------------------------------------------------

    @Override
    public void asymmetricLoss(AslShape shape, Storage logits, Storage targets, Storage loss) {
        throw missing("asymmetricLoss");
    }

    @Override
    public void asymmetricLossBackward(AslShape shape, Storage logits, Storage targets, Storage dloss,
            Storage dlogits) {
        throw missing("asymmetricLossBackward");
    }

    @Override
    public void bceWithLogits(Storage logits, Storage targets, Storage loss) {
        throw missing("bceWithLogits");
    }

    @Override
    public void bceWithLogitsBackward(Storage logits, Storage targets, Storage dloss, Storage dlogits) {
        throw missing("bceWithLogitsBackward");
    }

    // ---- training -----------------------------------------------------------------------------------------------------

    @Override
    public void adamW(AdamWStep step, Storage gradient, Storage parameter, Storage m, Storage v) {
        throw missing("adamW");
    }

    @Override
    public void ema(double decay, Storage x, Storage average) {
        throw missing("ema");
    }

    private static UnsupportedOperationException missing(String operation) {
        return new UnsupportedOperationException("the vector backend has no " + operation + " yet");
    }
}
