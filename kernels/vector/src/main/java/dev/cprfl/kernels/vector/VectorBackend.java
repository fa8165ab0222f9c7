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
        WarmUp.start();
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
    public void freeze(Storage weights) {
        FloatStorage.of(weights).frozen = new Frozen();
    }

    @Override
    public void close() {
        workers.close();
        memory.trim();
    }

    // ---- moving and filling -------------------------------------------------------------------------------------------

    @Override
    public void fill(double value, Storage y) {
        Elementwise.fill(workers, (float) value, FloatStorage.of(y));
    }

    @Override
    public void copy(CopyShape shape, Storage x, Storage y) {
        int last = shape.rows() - 1;
        int none = Math.min(1, shape.rows()); // without rows nothing is touched
        Elementwise.copy(workers, shape,
                FloatStorage.of(none * (last * shape.sourceStride() + shape.columns()), x, "x"),
                FloatStorage.of(none * (last * shape.targetStride() + shape.columns()), y, "y"));
    }

    @Override
    public void transpose(int batch, int rows, int columns, Storage x, Storage y) {
        int n = batch * rows * columns;
        Transpose.transpose(workers, batch, rows, columns, FloatStorage.of(n, x, "x"), FloatStorage.of(n, y, "y"));
    }

    // ---- elementwise --------------------------------------------------------------------------------------------------

    @Override
    public void scale(double alpha, Storage x, Storage y) {
        Elementwise.scale(workers, (float) alpha, FloatStorage.of(y.length(), x, "x"), FloatStorage.of(y));
    }

    @Override
    public void accumulate(double alpha, Storage x, Storage y) {
        Elementwise.accumulate(workers, (float) alpha, FloatStorage.of(y.length(), x, "x"), FloatStorage.of(y));
    }

    @Override
    public void unary(UnaryOp op, Storage x, Storage y) {
        Unary.forward(workers, op, FloatStorage.of(y.length(), x, "x"), FloatStorage.of(y));
    }

    @Override
    public void unaryBackward(UnaryOp op, Storage x, Storage y, Storage dy, Storage dx) {
        int n = dx.length();
        Unary.backward(workers, op, FloatStorage.of(n, x, "x"), FloatStorage.of(n, y, "y"),
                FloatStorage.of(n, dy, "dy"),
                FloatStorage.of(dx));
    }

    @Override
    public void binary(BinaryOp op, BroadcastShape shape, Storage a, Storage b, Storage y) {
        Binary.binary(workers, op, shape, FloatStorage.of(a), FloatStorage.of(b),
                FloatStorage.of(shape.length(), y, "y"));
    }

    @Override
    public void dropout(double p, long seed, Storage x, Storage y) {
        Elementwise.dropout(workers, p, seed, FloatStorage.of(y.length(), x, "x"), FloatStorage.of(y));
    }

    // ---- reductions ---------------------------------------------------------------------------------------------------

    @Override
    public void sum(ReduceShape shape, Storage x, Storage y) {
        Sums.sum(workers, shape, FloatStorage.of(shape.outer() * shape.reduced() * shape.inner(), x, "x"),
                FloatStorage.of(shape.outer() * shape.inner(), y, "y"));
    }

    @Override
    public int firstNonFinite(Storage x) {
        return Sums.firstNonFinite(workers, FloatStorage.of(x));
    }

    // ---- matrices -----------------------------------------------------------------------------------------------------

    @Override
    public void gemm(GemmShape shape, Storage a, Storage b, Storage bias, Storage c) {
        Gemm.gemm(workers, shape, FloatStorage.of(shape.lengthA(), a, "a"), FloatStorage.of(shape.lengthB(), b, "b"),
                bias == null ? null : FloatStorage.of(shape.n(), bias, "bias"),
                FloatStorage.of(shape.lengthC(), c, "c"));
    }

    @Override
    public void embedding(RowShape table, int[] indices, Storage weights, Storage y) {
        Embedding.forward(table, indices, FloatStorage.of(table.length(), weights, "weights"),
                FloatStorage.of(indices.length * table.columns(), y, "y"));
    }

    @Override
    public void embeddingBackward(RowShape table, int[] indices, Storage dy, Storage dweights) {
        Embedding.backward(table, indices, FloatStorage.of(indices.length * table.columns(), dy, "dy"),
                FloatStorage.of(table.length(), dweights, "dweights"));
    }

    // ---- images -------------------------------------------------------------------------------------------------------

    @Override
    public void conv2d(ConvShape shape, Storage x, Storage w, Storage bias, Storage y) {
        Conv2d.forward(workers, shape, FloatStorage.of(shape.inputLength(), x, "x"),
                FloatStorage.of(shape.weightLength(), w, "w"),
                bias == null ? null : FloatStorage.of(shape.outChannels(), bias, "bias"),
                FloatStorage.of(shape.outputLength(), y, "y"));
    }

    @Override
    public void conv2dRelu(ConvShape shape, Storage x, Storage w, Storage bias, Storage residual, Storage y) {
        Conv2d.forwardRelu(workers, shape, FloatStorage.of(shape.inputLength(), x, "x"),
                FloatStorage.of(shape.weightLength(), w, "w"), FloatStorage.of(shape.outChannels(), bias, "bias"),
                residual == null ? null : FloatStorage.of(shape.outputLength(), residual, "residual"),
                FloatStorage.of(shape.outputLength(), y, "y"));
    }

    @Override
    public void conv2dBackwardInput(ConvShape shape, Storage dy, Storage w, Storage dx) {
        Conv2d.backwardInput(workers, shape, FloatStorage.of(shape.outputLength(), dy, "dy"),
                FloatStorage.of(shape.weightLength(), w, "w"), FloatStorage.of(shape.inputLength(), dx, "dx"));
    }

    @Override
    public void conv2dBackwardWeight(ConvShape shape, Storage x, Storage dy, Storage dw) {
        Conv2d.backwardWeight(workers, shape, FloatStorage.of(shape.inputLength(), x, "x"),
                FloatStorage.of(shape.outputLength(), dy, "dy"), FloatStorage.of(shape.weightLength(), dw, "dw"));
    }

    @Override
    public void maxPool2d(PoolShape shape, Storage x, Storage y) {
        MaxPool.forward(workers, shape, FloatStorage.of(shape.inputLength(), x, "x"),
                FloatStorage.of(shape.outputLength(), y, "y"));
    }

    @Override
    public void maxPool2dBackward(PoolShape shape, Storage x, Storage dy, Storage dx) {
        MaxPool.backward(workers, shape, FloatStorage.of(shape.inputLength(), x, "x"),
                FloatStorage.of(shape.outputLength(), dy, "dy"), FloatStorage.of(shape.inputLength(), dx, "dx"));
    }

    // ---- normalisation ------------------------------------------------------------------------------------------------

    @Override
    public void batchNormTrain(RowShape shape, double momentum, double eps, Storage x, Storage gamma, Storage beta,
            Storage runningMean, Storage runningVar, Storage y, Storage mean, Storage invStd) {
        int n = shape.length();
        int c = shape.columns();
        BatchNorm.train(workers, shape, momentum, eps, FloatStorage.of(n, x, "x"), FloatStorage.of(c, gamma, "gamma"),
                FloatStorage.of(c, beta, "beta"), FloatStorage.of(c, runningMean, "runningMean"),
                FloatStorage.of(c, runningVar, "runningVar"), FloatStorage.of(n, y, "y"),
                FloatStorage.of(c, mean, "mean"), FloatStorage.of(c, invStd, "invStd"));
    }

    @Override
    public void batchNormTrainBackward(RowShape shape, Storage x, Storage gamma, Storage mean, Storage invStd,
            Storage dy, Storage dx, Storage dgamma, Storage dbeta) {
        int n = shape.length();
        int c = shape.columns();
        BatchNorm.trainBackward(workers, shape, FloatStorage.of(n, x, "x"), FloatStorage.of(c, gamma, "gamma"),
                FloatStorage.of(c, mean, "mean"), FloatStorage.of(c, invStd, "invStd"), FloatStorage.of(n, dy, "dy"),
                FloatStorage.of(n, dx, "dx"), FloatStorage.of(c, dgamma, "dgamma"), FloatStorage.of(c, dbeta, "dbeta"));
    }

    @Override
    public void batchNormTrainRelu(RowShape shape, double momentum, double eps, Storage x, Storage gamma, Storage beta,
            Storage runningMean, Storage runningVar, Storage residual, Storage y, Storage mean, Storage invStd) {
        int n = shape.length();
        int c = shape.columns();
        BatchNorm.trainRelu(workers, shape, momentum, eps, FloatStorage.of(n, x, "x"),
                FloatStorage.of(c, gamma, "gamma"), FloatStorage.of(c, beta, "beta"),
                FloatStorage.of(c, runningMean, "runningMean"), FloatStorage.of(c, runningVar, "runningVar"),
                residual == null ? null : FloatStorage.of(n, residual, "residual"), FloatStorage.of(n, y, "y"),
                FloatStorage.of(c, mean, "mean"), FloatStorage.of(c, invStd, "invStd"));
    }

    @Override
    public void batchNormTrainReluBackward(RowShape shape, Storage x, Storage gamma, Storage mean, Storage invStd,
            Storage y, Storage dy, Storage dx, Storage dresidual, Storage dgamma, Storage dbeta) {
        int n = shape.length();
        int c = shape.columns();
        BatchNorm.trainReluBackward(workers, shape, FloatStorage.of(n, x, "x"), FloatStorage.of(c, gamma, "gamma"),
                FloatStorage.of(c, mean, "mean"), FloatStorage.of(c, invStd, "invStd"), FloatStorage.of(n, y, "y"),
                FloatStorage.of(n, dy, "dy"), FloatStorage.of(n, dx, "dx"),
                dresidual == null ? null : FloatStorage.of(n, dresidual, "dresidual"),
                FloatStorage.of(c, dgamma, "dgamma"), FloatStorage.of(c, dbeta, "dbeta"));
    }

    @Override
    public void batchNormEval(RowShape shape, double eps, Storage x, Storage gamma, Storage beta, Storage runningMean,
            Storage runningVar, Storage y) {
        int n = shape.length();
        int c = shape.columns();
        BatchNorm.eval(workers, shape, eps, FloatStorage.of(n, x, "x"), FloatStorage.of(c, gamma, "gamma"),
                FloatStorage.of(c, beta, "beta"), FloatStorage.of(c, runningMean, "runningMean"),
                FloatStorage.of(c, runningVar, "runningVar"), FloatStorage.of(n, y, "y"));
    }

    @Override
    public void batchNormEvalBackward(RowShape shape, double eps, Storage x, Storage gamma, Storage runningMean,
            Storage runningVar, Storage dy, Storage dx, Storage dgamma, Storage dbeta) {
        int n = shape.length();
        int c = shape.columns();
        BatchNorm.evalBackward(workers, shape, eps, FloatStorage.of(n, x, "x"), FloatStorage.of(c, gamma, "gamma"),
                FloatStorage.of(c, runningMean, "runningMean"), FloatStorage.of(c, runningVar, "runningVar"),
                FloatStorage.of(n, dy, "dy"), FloatStorage.of(n, dx, "dx"), FloatStorage.of(c, dgamma, "dgamma"),
                FloatStorage.of(c, dbeta, "dbeta"));
    }

    @Override
    public void layerNorm(RowShape shape, double eps, Storage x, Storage gamma, Storage beta, Storage y, Storage mean,
            Storage invStd) {
        int n = shape.length();
        int rows = shape.rows();
        int c = shape.columns();
        LayerNorm.forward(workers, shape, eps, FloatStorage.of(n, x, "x"), FloatStorage.of(c, gamma, "gamma"),
                FloatStorage.of(c, beta, "beta"), FloatStorage.of(n, y, "y"), FloatStorage.of(rows, mean, "mean"),
                FloatStorage.of(rows, invStd, "invStd"));
    }

    @Override
    public void layerNormBackward(RowShape shape, Storage x, Storage gamma, Storage mean, Storage invStd, Storage dy,
            Storage dx, Storage dgamma, Storage dbeta) {
        int n = shape.length();
        int rows = shape.rows();
        int c = shape.columns();
        LayerNorm.backward(workers, shape, FloatStorage.of(n, x, "x"), FloatStorage.of(c, gamma, "gamma"),
                FloatStorage.of(rows, mean, "mean"), FloatStorage.of(rows, invStd, "invStd"),
                FloatStorage.of(n, dy, "dy"), FloatStorage.of(n, dx, "dx"), FloatStorage.of(c, dgamma, "dgamma"),
                FloatStorage.of(c, dbeta, "dbeta"));
    }

    // ---- attention ----------------------------------------------------------------------------------------------------

    @Override
    public void softmax(RowShape shape, Storage x, Storage y) {
        Softmax.softmax(workers, shape, FloatStorage.of(shape.length(), x, "x"),
                FloatStorage.of(shape.length(), y, "y"));
    }

    @Override
    public void softmaxBackward(RowShape shape, Storage y, Storage dy, Storage dx) {
        int n = shape.length();
        Softmax.softmaxBackward(workers, shape, FloatStorage.of(n, y, "y"), FloatStorage.of(n, dy, "dy"),
                FloatStorage.of(n, dx, "dx"));
    }

    @Override
    public void attention(AttentionShape shape, Storage q, Storage k, Storage v, Storage probabilities, Storage y) {
        int keys = shape.keysLength();
        Attention.forward(workers, shape, FloatStorage.of(shape.queriesLength(), q, "q"),
                FloatStorage.of(keys, k, "k"), FloatStorage.of(keys, v, "v"),
                FloatStorage.of(shape.probabilitiesLength(), probabilities, "probabilities"),
                FloatStorage.of(shape.outputLength(), y, "y"));
    }

    @Override
    public void attentionBackward(AttentionShape shape, Storage q, Storage k, Storage v, Storage probabilities,
            Storage dy, Storage dq, Storage dk, Storage dv) {
        int queries = shape.queriesLength();
        int keys = shape.keysLength();
        Attention.backward(workers, shape, FloatStorage.of(queries, q, "q"), FloatStorage.of(keys, k, "k"),
                FloatStorage.of(keys, v, "v"),
                FloatStorage.of(shape.probabilitiesLength(), probabilities, "probabilities"),
                FloatStorage.of(shape.outputLength(), dy, "dy"), FloatStorage.of(queries, dq, "dq"),
                FloatStorage.of(keys, dk, "dk"), FloatStorage.of(keys, dv, "dv"));
    }

    // ---- losses -------------------------------------------------------------------------------------------------------

    @Override
    public void asymmetricLoss(AslShape shape, Storage logits, Storage targets, Storage loss) {
        int n = shape.length();
        AsymmetricLoss.forward(workers, shape, FloatStorage.of(n, logits, "logits"),
                FloatStorage.of(n, targets, "targets"), FloatStorage.of(n, loss, "loss"));
    }

    @Override
    public void asymmetricLossBackward(AslShape shape, Storage logits, Storage targets, Storage dloss,
            Storage dlogits) {
        int n = shape.length();
        AsymmetricLoss.backward(workers, shape, FloatStorage.of(n, logits, "logits"),
                FloatStorage.of(n, targets, "targets"), FloatStorage.of(n, dloss, "dloss"),
                FloatStorage.of(n, dlogits, "dlogits"));
    }

    @Override
    public void bceWithLogits(Storage logits, Storage targets, Storage loss) {
        int n = loss.length();
        BinaryCrossEntropy.forward(workers, FloatStorage.of(n, logits, "logits"),
                FloatStorage.of(n, targets, "targets"),
                FloatStorage.of(n, loss, "loss"));
    }

    @Override
    public void bceWithLogitsBackward(Storage logits, Storage targets, Storage dloss, Storage dlogits) {
        int n = dlogits.length();
        BinaryCrossEntropy.backward(workers, FloatStorage.of(n, logits, "logits"),
                FloatStorage.of(n, targets, "targets"), FloatStorage.of(n, dloss, "dloss"),
                FloatStorage.of(n, dlogits, "dlogits"));
    }

    // ---- training -----------------------------------------------------------------------------------------------------

    @Override
    public void adamW(AdamWStep step, Storage gradient, Storage parameter, Storage m, Storage v, double decay,
            Storage average) {
        int n = parameter.length();
        Training.adamW(workers, step, FloatStorage.of(n, gradient, "gradient"), FloatStorage.of(parameter),
                FloatStorage.of(n, m, "m"), FloatStorage.of(n, v, "v"), decay,
                average == null ? null : FloatStorage.of(n, average, "average"));
    }

    @Override
    public void ema(double decay, Storage x, Storage average) {
        Training.ema(workers, decay, FloatStorage.of(average.length(), x, "x"), FloatStorage.of(average));
    }
}
