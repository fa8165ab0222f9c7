package dev.cprfl.kernels.reference;

import static dev.cprfl.kernels.reference.ReferenceStorage.own;

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

/**
 * The reference: every operation in double precision, with plain loops that can be checked against the formulas of
 * {@link Backend} by reading. It judges the fast backends and is never fast itself. One thread.
 */
public final class ReferenceBackend implements Backend {

    static final String NAME = "reference";

    private final Memory memory = new ReferenceMemory();

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String describe() {
        return "double precision, plain loops, 1 thread";
    }

    @Override
    public Memory memory() {
        return memory;
    }

    @Override
    public void close() {
        // No threads, and the collector takes the arrays.
    }

    private static ReferenceStorage ownOrNull(Storage storage) {
        return storage == null ? null : own(storage);
    }

    // ---- moving and filling ---------------------------------------------------------------------------------------------

    @Override
    public void fill(double value, Storage y) {
        own(y).fill(value);
    }

    @Override
    public void copy(CopyShape shape, Storage x, Storage y) {
        ReferenceCopy.copy(shape, own(x), own(y));
    }

    @Override
    public void transpose(int batch, int rows, int columns, Storage x, Storage y) {
        ReferenceCopy.transpose(batch, rows, columns, own(x), own(y));
    }

    // ---- elementwise ----------------------------------------------------------------------------------------------------

    @Override
    public void scale(double alpha, Storage x, Storage y) {
        ReferenceElementwise.scale(alpha, own(x), own(y));
    }

    @Override
    public void accumulate(double alpha, Storage x, Storage y) {
        ReferenceElementwise.accumulate(alpha, own(x), own(y));
    }

    @Override
    public void unary(UnaryOp op, Storage x, Storage y) {
        ReferenceElementwise.unary(op, own(x), own(y));
    }

    @Override
    public void unaryBackward(UnaryOp op, Storage x, Storage y, Storage dy, Storage dx) {
        ReferenceElementwise.unaryBackward(op, own(x), own(y), own(dy), own(dx));
    }

    @Override
    public void binary(BinaryOp op, BroadcastShape shape, Storage a, Storage b, Storage y) {
        ReferenceElementwise.binary(op, shape, own(a), own(b), own(y));
    }

    @Override
    public void dropout(double p, long seed, Storage x, Storage y) {
        ReferenceElementwise.dropout(p, seed, own(x), own(y));
    }

    // ---- reductions -----------------------------------------------------------------------------------------------------

    @Override
    public void sum(ReduceShape shape, Storage x, Storage y) {
        ReferenceReduce.sum(shape, own(x), own(y));
    }

    @Override
    public int firstNonFinite(Storage x) {
        return ReferenceReduce.firstNonFinite(own(x));
    }

    // ---- matrices -------------------------------------------------------------------------------------------------------

    @Override
    public void gemm(GemmShape shape, Storage a, Storage b, Storage bias, Storage c) {
        ReferenceGemm.gemm(shape, own(a), own(b), ownOrNull(bias), own(c));
    }

    @Override
    public void embedding(RowShape table, int[] indices, Storage weights, Storage y) {
        ReferenceCopy.embedding(table, indices, own(weights), own(y));
    }

    @Override
    public void embeddingBackward(RowShape table, int[] indices, Storage dy, Storage dweights) {
        ReferenceCopy.embeddingBackward(table, indices, own(dy), own(dweights));
    }

    // ---- images ---------------------------------------------------------------------------------------------------------

    @Override
    public void conv2d(ConvShape shape, Storage x, Storage w, Storage bias, Storage y) {
        ReferenceConv2d.conv2d(shape, own(x), own(w), ownOrNull(bias), own(y));
    }

    @Override
    public void conv2dRelu(ConvShape shape, Storage x, Storage w, Storage bias, Storage residual, Storage y) {
        ReferenceConv2d.conv2dRelu(shape, own(x), own(w), own(bias), ownOrNull(residual), own(y));
    }

    @Override
    public void conv2dBackwardInput(ConvShape shape, Storage dy, Storage w, Storage dx) {
        ReferenceConv2d.conv2dBackwardInput(shape, own(dy), own(w), own(dx));
    }

    @Override
    public void conv2dBackwardWeight(ConvShape shape, Storage x, Storage dy, Storage dw) {
        ReferenceConv2d.conv2dBackwardWeight(shape, own(x), own(dy), own(dw));
    }

    @Override
    public void maxPool2d(PoolShape shape, Storage x, Storage y) {
        ReferencePool.maxPool2d(shape, own(x), own(y));
    }

    @Override
    public void maxPool2dBackward(PoolShape shape, Storage x, Storage dy, Storage dx) {
        ReferencePool.maxPool2dBackward(shape, own(x), own(dy), own(dx));
    }

    // ---- normalisation --------------------------------------------------------------------------------------------------

    @Override
    public void batchNormTrain(RowShape shape, double momentum, double eps, Storage x, Storage gamma, Storage beta,
            Storage runningMean, Storage runningVar, Storage y, Storage mean, Storage invStd) {
        ReferenceBatchNorm.train(shape, momentum, eps, own(x), own(gamma), own(beta), own(runningMean),
                own(runningVar), own(y), own(mean), own(invStd));
    }

    @Override
    public void batchNormTrainBackward(RowShape shape, Storage x, Storage gamma, Storage mean, Storage invStd,
            Storage dy, Storage dx, Storage dgamma, Storage dbeta) {
        ReferenceBatchNorm.trainBackward(shape, own(x), own(gamma), own(mean), own(invStd), own(dy), own(dx),
                own(dgamma), own(dbeta));
    }

    @Override
    public void batchNormTrainRelu(RowShape shape, double momentum, double eps, Storage x, Storage gamma, Storage beta,
            Storage runningMean, Storage runningVar, Storage residual, Storage y, Storage mean, Storage invStd) {
        ReferenceBatchNorm.trainRelu(shape, momentum, eps, own(x), own(gamma), own(beta), own(runningMean),
                own(runningVar), residual == null ? null : own(residual), own(y), own(mean), own(invStd));
    }

    @Override
    public void batchNormTrainReluBackward(RowShape shape, Storage x, Storage gamma, Storage mean, Storage invStd,
            Storage y, Storage dy, Storage dx, Storage dresidual, Storage dgamma, Storage dbeta) {
        ReferenceBatchNorm.trainReluBackward(shape, own(x), own(gamma), own(mean), own(invStd), own(y), own(dy),
                own(dx), dresidual == null ? null : own(dresidual), own(dgamma), own(dbeta));
    }

    @Override
    public void batchNormEval(RowShape shape, double eps, Storage x, Storage gamma, Storage beta, Storage runningMean,
            Storage runningVar, Storage y) {
        ReferenceBatchNorm.eval(shape, eps, own(x), own(gamma), own(beta), own(runningMean), own(runningVar), own(y));
    }

    @Override
    public void batchNormEvalBackward(RowShape shape, double eps, Storage x, Storage gamma, Storage runningMean,
            Storage runningVar, Storage dy, Storage dx, Storage dgamma, Storage dbeta) {
        ReferenceBatchNorm.evalBackward(shape, eps, own(x), own(gamma), own(runningMean), own(runningVar), own(dy),
                own(dx), own(dgamma), own(dbeta));
    }

    @Override
    public void layerNorm(RowShape shape, double eps, Storage x, Storage gamma, Storage beta, Storage y, Storage mean,
            Storage invStd) {
        ReferenceLayerNorm.layerNorm(shape, eps, own(x), own(gamma), own(beta), own(y), own(mean), own(invStd));
    }

    @Override
    public void layerNormBackward(RowShape shape, Storage x, Storage gamma, Storage mean, Storage invStd, Storage dy,
            Storage dx, Storage dgamma, Storage dbeta) {
        ReferenceLayerNorm.layerNormBackward(shape, own(x), own(gamma), own(mean), own(invStd), own(dy), own(dx),
                own(dgamma), own(dbeta));
    }

    // ---- attention ------------------------------------------------------------------------------------------------------

    @Override
    public void softmax(RowShape shape, Storage x, Storage y) {
        ReferenceAttention.softmax(shape, own(x), own(y));
    }

    @Override
    public void softmaxBackward(RowShape shape, Storage y, Storage dy, Storage dx) {
        ReferenceAttention.softmaxBackward(shape, own(y), own(dy), own(dx));
    }

    @Override
    public void attention(AttentionShape shape, Storage q, Storage k, Storage v, Storage probabilities, Storage y) {
        ReferenceAttention.attention(shape, own(q), own(k), own(v), own(probabilities), own(y));
    }

    @Override
    public void attentionBackward(AttentionShape shape, Storage q, Storage k, Storage v, Storage probabilities,
            Storage dy, Storage dq, Storage dk, Storage dv) {
        ReferenceAttention.attentionBackward(shape, own(q), own(k), own(v), own(probabilities), own(dy), own(dq),
                own(dk), own(dv));
    }

    // ---- losses ---------------------------------------------------------------------------------------------------------

    @Override
    public void asymmetricLoss(AslShape shape, Storage logits, Storage targets, Storage loss) {
        ReferenceLosses.asymmetricLoss(shape, own(logits), own(targets), own(loss));
    }

    @Override
    public void asymmetricLossBackward(AslShape shape, Storage logits, Storage targets, Storage dloss,
            Storage dlogits) {
        ReferenceLosses.asymmetricLossBackward(shape, own(logits), own(targets), own(dloss), own(dlogits));
    }

    @Override
    public void bceWithLogits(Storage logits, Storage targets, Storage loss) {
        ReferenceLosses.bceWithLogits(own(logits), own(targets), own(loss));
    }

    @Override
    public void bceWithLogitsBackward(Storage logits, Storage targets, Storage dloss, Storage dlogits) {
        ReferenceLosses.bceWithLogitsBackward(own(logits), own(targets), own(dloss), own(dlogits));
    }

    // ---- training -------------------------------------------------------------------------------------------------------

    @Override
    public void adamW(AdamWStep step, Storage gradient, Storage parameter, Storage m, Storage v, double decay,
            Storage average) {
        ReferenceTraining.adamW(step, own(gradient), own(parameter), own(m), own(v));
        if (average != null) {
            ReferenceTraining.ema(decay, own(parameter), own(average));
        }
    }

    @Override
    public void ema(double decay, Storage x, Storage average) {
        ReferenceTraining.ema(decay, own(x), own(average));
    }
}
