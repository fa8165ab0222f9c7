package dev.cprfl.kernels;

/**
 * Every numeric operation of the project, forward and backward: the contract between the mathematics and the machine.
 *
 * <p>A backend decides its precision and its storage. Operands are dense and row-major unless a shape record says
 * otherwise; images are NHWC, convolution weights OHWI. An operation overwrites its outputs without reading them, and may
 * be given arbitrary, even NaN, old content there; outputs never overlap inputs unless a method allows it. Each output
 * number is computed in one fixed order, so results do not depend on the number of threads. NaN in an input reaches every
 * output that depends on it. An output shorter than its shape asks for is an IllegalArgumentException or an
 * IndexOutOfBoundsException; nothing is ever written outside it.
 *
 * <p>Letters: x input, y output, dy and dx the gradients of the loss with respect to them. "May be the same" means the same
 * storage, not a shifted window.
 */
public interface Backend extends AutoCloseable {

    /** Short lower-case name: what {@code --backend} takes. */
    String name();

    /** One line for people: precision, vector width, threads. */
    String describe();

    /** Where this backend's numbers live. */
    Memory memory();

    /**
     * Promises that the numbers of {@code weights} stay as they are for as long as this handle is used: a backend may then keep
     * them in a second form, which convolutions and matrix products read faster. Results stay the same to the bit. A window is
     * a handle of its own, so the promise ends where it is dropped.
     */
    default void freeze(Storage weights) {}

    /**
     * Whether this backend computes on a device beside the processor. Its operations may return before their work is done, and
     * the number of threads means nothing to it.
     */
    default boolean isDevice() {
        return false;
    }

    /**
     * The distance from 1 to the next number of the format to which matrix products, convolutions and attention round their
     * factors and results, where that is coarser than the numbers in memory: 2^-10 for TF32, 2^-7 for bfloat16. Elsewhere 0.
     */
    default double productEpsilon() {
        return 0;
    }

    /** Returns when all work asked for so far is done: for clocks. Reading numbers needs no call of it. */
    default void synchronize() {}

    /** Ends this backend's threads and frees its memory. */
    @Override
    void close();

    // ---- moving and filling -------------------------------------------------------------------------------------------

    /** y_i = value. */
    void fill(double value, Storage y);

    /** Strided copy: y[r * targetStride + c] = x[r * sourceStride + c]; numbers of y between the runs stay. */
    void copy(CopyShape shape, Storage x, Storage y);

    /** Transposes each matrix of a batch: x [batch, rows, columns] to y [batch, columns, rows]. */
    void transpose(int batch, int rows, int columns, Storage x, Storage y);

    // ---- elementwise --------------------------------------------------------------------------------------------------

    /** y = alpha x; x and y may be the same. */
    void scale(double alpha, Storage x, Storage y);

    /** y = y + alpha x. Reads and changes y. */
    void accumulate(double alpha, Storage x, Storage y);

    /** y = op(x); x and y may be the same. */
    void unary(UnaryOp op, Storage x, Storage y);

    /** dx = dy op'(x), given both x and y = op(x); dy and dx may be the same. */
    void unaryBackward(UnaryOp op, Storage x, Storage y, Storage dy, Storage dx);

    /** y = a op b with broadcasting; y may be the same as an operand that has y's shape. */
    void binary(BinaryOp op, BroadcastShape shape, Storage a, Storage b, Storage y);

    /**
     * Inverted dropout: y_i = x_i keep_i / (1 - p), where keep_i is 1 with probability 1 - p and depends on {@code seed} and i
     * only: {@link Dropout#keeps}. The backward pass is the same call on dy. x and y may be the same.
     *
     * @param p probability of dropping a number, in [0, 1)
     */
    void dropout(double p, long seed, Storage x, Storage y);

    // ---- reductions ---------------------------------------------------------------------------------------------------

    /** y[o, i] = sum over r of x[o, r, i]. */
    void sum(ReduceShape shape, Storage x, Storage y);

    /** The lowest index of a NaN or infinity in x, or -1. */
    int firstNonFinite(Storage x);

    // ---- matrices -----------------------------------------------------------------------------------------------------

    /** C = op(A) op(B) + bias: {@link GemmShape}. {@code bias} is [n], added to every row, or null. */
    void gemm(GemmShape shape, Storage a, Storage b, Storage bias, Storage c);

    /**
     * Rows of a table: y[i, :] = table[indices[i], :], the table [rows, columns].
     *
     * @throws IndexOutOfBoundsException if an index lies outside the table; likewise in the backward pass
     */
    void embedding(RowShape table, int[] indices, Storage weights, Storage y);

    /** dweights[r, :] = sum of dy[i, :] over all i with indices[i] = r, in the order of i. */
    void embeddingBackward(RowShape table, int[] indices, Storage dy, Storage dweights);

    // ---- images -------------------------------------------------------------------------------------------------------

    /** y[b,p,q,o] = bias[o] + sum over r,s,i of x[b, p stride + r - padding, q stride + s - padding, i] w[o,r,s,i]. */
    void conv2d(ConvShape shape, Storage x, Storage w, Storage bias, Storage y);

    /**
     * y = max(conv2d(x, w) + bias + residual, 0): a residual network's convolution at inference, with all that follows it. A
     * NaN stays one.
     *
     * @param residual of y's length, or null
     */
    void conv2dRelu(ConvShape shape, Storage x, Storage w, Storage bias, Storage residual, Storage y);

    /** The convolution's gradient with respect to x. */
    void conv2dBackwardInput(ConvShape shape, Storage dy, Storage w, Storage dx);

    /** The convolution's gradient with respect to w. That with respect to the bias is a {@code sum} over the pixels. */
    void conv2dBackwardWeight(ConvShape shape, Storage x, Storage dy, Storage dw);

    /** y = the largest number of each window; a NaN in the window wins. */
    void maxPool2d(PoolShape shape, Storage x, Storage y);

    /** Sends each dy to the first maximum of its window in row-major order (the last NaN if there is one), as PyTorch does. */
    void maxPool2dBackward(PoolShape shape, Storage x, Storage dy, Storage dx);

    // ---- normalisation ------------------------------------------------------------------------------------------------

    /**
     * Batch normalisation of the columns of x with their own mean and biased variance: y = gamma (x - mean) invStd + beta,
     * invStd = 1 / sqrt(variance + eps). Also moves the running statistics: running = (1 - momentum) running + momentum batch,
     * with the unbiased variance.
     *
     * @param runningMean [columns], changed
     * @param runningVar [columns], changed
     * @param mean [columns], written for the backward pass
     * @param invStd [columns], written for the backward pass
     * @throws IllegalArgumentException if there are fewer than two rows: they have no unbiased variance
     */
    void batchNormTrain(RowShape shape, double momentum, double eps, Storage x, Storage gamma, Storage beta,
            Storage runningMean, Storage runningVar, Storage y, Storage mean, Storage invStd);

    /**
     * Backward of {@link #batchNormTrain}: with xhat = (x - mean) invStd, dbeta = sum dy, dgamma = sum dy xhat and
     * dx = gamma invStd (dy - dbeta / rows - xhat dgamma / rows). dy and dx may be the same.
     */
    void batchNormTrainBackward(RowShape shape, Storage x, Storage gamma, Storage mean, Storage invStd, Storage dy,
            Storage dx, Storage dgamma, Storage dbeta);

    /**
     * y = max(batchNormTrain(x) + residual, 0): a residual network's normalisation in training, with all that follows it. A NaN
     * stays one.
     *
     * @param residual of y's length, or null
     */
    void batchNormTrainRelu(RowShape shape, double momentum, double eps, Storage x, Storage gamma, Storage beta,
            Storage runningMean, Storage runningVar, Storage residual, Storage y, Storage mean, Storage invStd);

    /**
     * Backward of {@link #batchNormTrainRelu}: dresidual = dy, but 0 where y is; dx, dgamma and dbeta are those of {@link
     * #batchNormTrainBackward} with dresidual in the place of dy.
     *
     * @param dresidual may be the same as dy; null where it is not wanted, then dx may be the same as dy
     */
    void batchNormTrainReluBackward(RowShape shape, Storage x, Storage gamma, Storage mean, Storage invStd, Storage y,
            Storage dy, Storage dx, Storage dresidual, Storage dgamma, Storage dbeta);

    /** Batch normalisation with the running statistics, which stay as they are. */
    void batchNormEval(RowShape shape, double eps, Storage x, Storage gamma, Storage beta, Storage runningMean,
            Storage runningVar, Storage y);

    /** Backward of {@link #batchNormEval}: dx = dy gamma invStd, dbeta = sum dy, dgamma = sum dy (x - runningMean) invStd; dy and dx may be the same. */
    void batchNormEvalBackward(RowShape shape, double eps, Storage x, Storage gamma, Storage runningMean,
            Storage runningVar, Storage dy, Storage dx, Storage dgamma, Storage dbeta);

    /**
     * Layer normalisation of the rows of x: y = gamma (x - mean) invStd + beta with each row's mean and biased variance.
     *
     * @param mean [rows], written for the backward pass
     * @param invStd [rows], written for the backward pass
     */
    void layerNorm(RowShape shape, double eps, Storage x, Storage gamma, Storage beta, Storage y, Storage mean,
            Storage invStd);

    /**
     * Backward of {@link #layerNorm}: with g = dy gamma and xhat = (x - mean) invStd, dx = invStd (g - mean(g) - xhat mean(g
     * xhat)) along each row; dgamma and dbeta sum dy xhat and dy over the rows.
     */
    void layerNormBackward(RowShape shape, Storage x, Storage gamma, Storage mean, Storage invStd, Storage dy,
            Storage dx,
            Storage dgamma, Storage dbeta);

    // ---- attention ----------------------------------------------------------------------------------------------------

    /** Softmax along each row: y = exp(x - max) / sum exp(x - max). x and y may be the same. */
    void softmax(RowShape shape, Storage x, Storage y);

    /** dx = y (dy - sum(dy y)) along each row; dy and dx may be the same. */
    void softmaxBackward(RowShape shape, Storage y, Storage dy, Storage dx);

    /**
     * Scaled dot-product attention (E5): probabilities = softmax(scale Q K^T), y = probabilities V, per image and head.
     * Layouts: {@link AttentionShape}.
     */
    void attention(AttentionShape shape, Storage q, Storage k, Storage v, Storage probabilities, Storage y);

    /** Gradients of {@link #attention}; dq, dk and dv have the strides of q, k and v, numbers between the rows stay. */
    void attentionBackward(AttentionShape shape, Storage q, Storage k, Storage v, Storage probabilities, Storage dy,
            Storage dq, Storage dk, Storage dv);

    // ---- losses -------------------------------------------------------------------------------------------------------

    /**
     * Asymmetric loss (E9) of each logit: with s = sigmoid(x), sp = max(s, eps), sn = min(1 - s + clip, 1) and
     * w = (1 - y s - (1 - y) sn)^(y gammaPos + (1 - y) gammaNeg), loss = -w [y ln(sp) + (1 - y) ln(max(sn, eps))].
     *
     * @param targets y in [0, 1]
     */
    void asymmetricLoss(AslShape shape, Storage logits, Storage targets, Storage loss);

    /** dlogits = dloss times the derivative of each loss; {@link AslShape#detachFocus} says whether w is differentiated. */
    void asymmetricLossBackward(AslShape shape, Storage logits, Storage targets, Storage dloss, Storage dlogits);

    /** Binary cross-entropy of each logit: loss = max(x, 0) - x y + ln(1 + exp(-|x|)). */
    void bceWithLogits(Storage logits, Storage targets, Storage loss);

    /** dlogits = dloss (sigmoid(x) - y). */
    void bceWithLogitsBackward(Storage logits, Storage targets, Storage dloss, Storage dlogits);

    // ---- training -----------------------------------------------------------------------------------------------------

    /**
     * One AdamW step. Changes parameter, m and v: p = p (1 - lr weightDecay); m = beta1 m + (1 - beta1) g;
     * v = beta2 v + (1 - beta2) g^2; p = p - lr / biasCorrection1 * m / (sqrt(v / biasCorrection2) + eps).
     *
     * @param decay of the average
     * @param average changed as by {@link #ema} with the new parameter; null where there is none
     */
    void adamW(AdamWStep step, Storage gradient, Storage parameter, Storage m, Storage v, double decay,
            Storage average);

    /** Exponential moving average: average = decay average + (1 - decay) x. Changes average. */
    void ema(double decay, Storage x, Storage average);
}
