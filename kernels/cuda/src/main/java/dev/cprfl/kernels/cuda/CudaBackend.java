package dev.cprfl.kernels.cuda;

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
import java.lang.foreign.Arena;
import java.util.Locale;
import org.bytedeco.cuda.global.cudnn;

/**
 * The backend for one NVIDIA GPU. This class only brings operands into the form that a kernel wants: {@link Operands}; cuBLAS,
 * cuDNN and the kernels of this package do the work. Every call returns when its work is queued; only reading numbers waits.
 *
 * <p>With {@link Precision#BF16} results of products and convolutions are bfloat16, and what is made from them element by element
 * stays so. Weights, their gradients, statistics and losses are float.
 */
public final class CudaBackend implements Backend {

    static final String NAME = "cuda";

    private final Precision precision;
    /** Of the factors of products and of what they make. */
    private final Type factors;
    private final Arena arena = Arena.ofShared();
    private final Device device = new Device();
    private final DeviceMemory memory = new DeviceMemory(device, new Copies());
    private final Transfers transfers = new Transfers(device, memory);
    private final Elementwise elementwise;
    private final Moving moving;
    private final Reductions reductions;
    private final Gemm gemm;
    private final Attention attention;
    private final Convolution convolution;
    private final Epilogue epilogue;
    private final MaxPool maxPool;
    private final BatchNorm batchNorm;
    private final LayerNorm layerNorm;
    private final Softmax softmax;
    private final Losses losses;
    private final Training training;
    private final Operands operands;

    /** @throws IllegalStateException if the device cannot be opened; {@link CudaBackendProvider#obstacle} tells before */
    CudaBackend(Precision precision) {
        this.precision = precision;
        factors = precision == Precision.BF16 ? Type.BFLOAT16 : Type.FLOAT;
        Kernels kernels = new Kernels(device.capability, device.compute, arena);
        elementwise = new Elementwise(kernels);
        moving = new Moving(kernels);
        reductions = new Reductions(kernels);
        epilogue = new Epilogue(kernels);
        gemm = new Gemm(device, epilogue, precision, arena);
        softmax = new Softmax(kernels);
        attention = new Attention(gemm, softmax);
        convolution = new Convolution(device, memory, precision);
        maxPool = new MaxPool(kernels);
        batchNorm = new BatchNorm(kernels);
        layerNorm = new LayerNorm(kernels);
        losses = new Losses(kernels);
        training = new Training(kernels);
        operands = new Operands(device, memory, elementwise);
    }

    /** The operands of the operation that begins. */
    private Operands begin() {
        device.bind();
        return operands;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String describe() {
        return device.name + ", " + precision.name().toLowerCase(Locale.ROOT) + ", compute capability "
                + device.capability / 10 + "." + device.capability % 10 + ", " + (device.totalBytes >> 20)
                + " MiB, cuDNN "
                + cudnn.cudnnGetVersion();
    }

    @Override
    public Memory memory() {
        return memory;
    }

    @Override
    public boolean isDevice() {
        return true;
    }

    @Override
    public double productEpsilon() {
        return switch (precision) {
            case FP32 -> 0;
            case TF32 -> 0x1p-10;
            case BF16 -> 0x1p-7;
        };
    }

    @Override
    public synchronized void synchronize() {
        device.bind();
        device.synchronize();
    }

    @Override
    public synchronized void freeze(Storage weights) {
        DeviceStorage.of(weights).frozen = precision == Precision.BF16;
    }

    @Override
    public synchronized void close() {
        device.bind();
        device.synchronize();
        convolution.close();
        transfers.close();
        memory.close();
        device.close();
        arena.close();
    }

    /** Numbers between Java's arrays and storages of either type. */
    private final class Copies implements DeviceMemory.Numbers {

        @Override
        public void write(float[] from, int offset, DeviceStorage target) {
            synchronized (CudaBackend.this) {
                try (Operands o = begin()) {
                    int n = target.length;
                    transfers.write(from, offset, o.out(target, n, Type.FLOAT), n);
                }
            }
        }

        @Override
        public void read(DeviceStorage from, float[] target, int offset) {
            synchronized (CudaBackend.this) {
                try (Operands o = begin()) {
                    transfers.read(o.in(from, from.length, Type.FLOAT), target, offset, from.length);
                }
            }
        }
    }

    // ---- moving and filling -------------------------------------------------------------------------------------------

    @Override
    public synchronized void fill(double value, Storage y) {
        try (Operands o = begin()) {
            DeviceStorage out = DeviceStorage.of(y);
            Type type = out.type();
            elementwise.fill(type, out.length, (float) value, o.out(out, out.length, type));
        }
    }

    @Override
    public synchronized void copy(CopyShape shape, Storage x, Storage y) {
        int last = shape.rows() - 1;
        int none = Math.min(1, shape.rows()); // without rows nothing is touched
        int source = none * (last * shape.sourceStride() + shape.columns());
        int target = none * (last * shape.targetStride() + shape.columns());
        try (Operands o = begin()) {
            DeviceStorage in = DeviceStorage.of(source, x, "x");
            DeviceStorage out = DeviceStorage.of(target, y, "y");
            boolean filled = target == out.length && shape.targetStride() == shape.columns();
            Type type = out.isOpen() || filled ? in.type() : out.type();
            long from = o.in(in, source, type);
            moving.copy(shape, type, from, filled
                    ? o.out(out, target, type)
                    : o.inOut(out, target, out.isOpen() ? settled(out, type) : type, Operands.ANY));
        }
    }

    private static Type settled(DeviceStorage storage, Type type) {
        storage.become(type);
        return type;
    }

    @Override
    public synchronized void transpose(int batch, int rows, int columns, Storage x, Storage y) {
        int n = batch * rows * columns;
        try (Operands o = begin()) {
            DeviceStorage in = DeviceStorage.of(n, x, "x");
            DeviceStorage out = DeviceStorage.of(n, y, "y");
            Type type = in.type();
            moving.transpose(batch, rows, columns, type, o.in(in, n, type), o.out(out, n, type));
        }
    }

    // ---- elementwise --------------------------------------------------------------------------------------------------

    @Override
    public synchronized void scale(double alpha, Storage x, Storage y) {
        int n = y.length();
        try (Operands o = begin()) {
            DeviceStorage in = DeviceStorage.of(n, x, "x");
            Type type = in.type();
            elementwise.scale(type, n, (float) alpha, o.in(in, n, type), o.out(DeviceStorage.of(y), n, type));
        }
    }

    @Override
    public synchronized void accumulate(double alpha, Storage x, Storage y) {
        int n = y.length();
        try (Operands o = begin()) {
            DeviceStorage in = DeviceStorage.of(n, x, "x");
            DeviceStorage sum = DeviceStorage.of(y);
            Type type = sum.type();
            elementwise.accumulate(type, n, (float) alpha, o.in(in, n, type), sum.address());
        }
    }

    @Override
    public synchronized void unary(UnaryOp op, Storage x, Storage y) {
        int n = y.length();
        try (Operands o = begin()) {
            DeviceStorage in = DeviceStorage.of(n, x, "x");
            Type type = in.type();
            elementwise.unary(op, type, n, o.in(in, n, type), o.out(DeviceStorage.of(y), n, type));
        }
    }

    @Override
    public synchronized void unaryBackward(UnaryOp op, Storage x, Storage y, Storage dy, Storage dx) {
        int n = dx.length();
        try (Operands o = begin()) {
            DeviceStorage in = DeviceStorage.of(n, x, "x");
            DeviceStorage out = DeviceStorage.of(n, y, "y");
            DeviceStorage gradient = DeviceStorage.of(n, dy, "dy");
            boolean needsY = Elementwise.needsY(op);
            Type type = needsY ? out.type() : in.type();
            elementwise.unaryBackward(op, type, n, needsY ? 0 : o.in(in, n, type), needsY ? o.in(out, n, type) : 0,
                    o.in(gradient, n, type), o.out(DeviceStorage.of(dx), n, type));
        }
    }

    /** The result has the type of the operand that has its shape. */
    @Override
    public synchronized void binary(BinaryOp op, BroadcastShape shape, Storage a, Storage b, Storage y) {
        int n = shape.length();
        try (Operands o = begin()) {
            DeviceStorage left = DeviceStorage.of(a);
            DeviceStorage right = DeviceStorage.of(b);
            DeviceStorage out = DeviceStorage.of(n, y, "y");
            Type type = left.length >= right.length ? left.type() : right.type();
            elementwise.binary(op, shape, type, o.in(left, left.length, type), o.in(right, right.length, type),
                    o.out(out, n, type));
        }
    }

    @Override
    public synchronized void dropout(double p, long seed, Storage x, Storage y) {
        int n = y.length();
        try (Operands o = begin()) {
            DeviceStorage in = DeviceStorage.of(n, x, "x");
            Type type = in.type();
            elementwise.dropout(p, seed, type, n, o.in(in, n, type), o.out(DeviceStorage.of(y), n, type));
        }
    }

    // ---- reductions ---------------------------------------------------------------------------------------------------

    @Override
    public synchronized void sum(ReduceShape shape, Storage x, Storage y) {
        int n = shape.outer() * shape.reduced() * shape.inner();
        int kept = shape.outer() * shape.inner();
        try (Operands o = begin()) {
            DeviceStorage in = DeviceStorage.of(n, x, "x");
            DeviceStorage out = DeviceStorage.of(kept, y, "y");
            Type type = in.type();
            reductions.sum(shape, type, Type.FLOAT, o.in(in, n, type, Operands.ALIGNED), o.out(out, kept, Type.FLOAT),
                    o.scratch(Reductions.scratchFloats(shape, type)));
        }
    }

    @Override
    public synchronized int firstNonFinite(Storage x) {
        try (Operands o = begin()) {
            DeviceStorage in = DeviceStorage.of(x);
            long index = o.scratch(1);
            reductions.firstNonFinite(in.type(), in.length, in.address(), index);
            float[] bits = new float[1];
            transfers.read(index, bits, 0, 1);
            return Float.floatToRawIntBits(bits[0]);
        }
    }

    // ---- matrices -----------------------------------------------------------------------------------------------------

    @Override
    public synchronized void gemm(GemmShape shape, Storage a, Storage b, Storage bias, Storage c) {
        try (Operands o = begin()) {
            int n = shape.lengthC();
            DeviceStorage left = DeviceStorage.of(shape.lengthA(), a, "a");
            DeviceStorage right = DeviceStorage.of(shape.lengthB(), b, "b");
            DeviceStorage added = bias == null ? null : DeviceStorage.of(shape.n(), bias, "bias");
            DeviceStorage out = DeviceStorage.of(n, c, "c");
            // A transposed left factor makes the gradient of a weight, which stays float.
            boolean dense = n == shape.batch() * shape.m() * shape.n();
            Type typeC = out.isOpen() || dense ? shape.transposeA() ? Type.FLOAT : factors : out.type();
            long addressA = o.in(left, shape.lengthA(), factors, Operands.ALIGNED);
            long addressB = o.in(right, shape.lengthB(), factors, Operands.ALIGNED);
            long addressBias = added == null ? 0 : o.in(added, shape.n(), Type.FLOAT);
            if (out.isOpen()) {
                out.become(typeC);
            }
            gemm.gemm(shape, factors, addressA, addressB, addressBias, typeC,
                    dense ? o.out(out, n, typeC, Operands.ALIGNED) : o.inOut(out, n, typeC, Operands.ALIGNED));
        }
    }

    @Override
    public synchronized void embedding(RowShape table, int[] indices, Storage weights, Storage y) {
        Moving.requireRows(table, indices);
        int n = indices.length * table.columns();
        try (Operands o = begin()) {
            DeviceStorage in = DeviceStorage.of(table.length(), weights, "weights");
            DeviceStorage out = DeviceStorage.of(n, y, "y");
            long rows = o.scratch(indices.length);
            transfers.write(indices, rows);
            moving.embedding(table, indices.length, Type.FLOAT, rows, o.in(in, table.length(), Type.FLOAT),
                    o.out(out, n, Type.FLOAT));
        }
    }

    @Override
    public synchronized void embeddingBackward(RowShape table, int[] indices, Storage dy, Storage dweights) {
        int[] byRow = Moving.byRow(table, indices);
        int n = indices.length * table.columns();
        try (Operands o = begin()) {
            DeviceStorage in = DeviceStorage.of(n, dy, "dy");
            DeviceStorage out = DeviceStorage.of(table.length(), dweights, "dweights");
            long rows = o.scratch(byRow.length);
            transfers.write(byRow, rows);
            Type type = in.type();
            moving.embeddingBackward(table, type, rows, o.in(in, n, type), o.out(out, table.length(), Type.FLOAT));
        }
    }

    // ---- images -------------------------------------------------------------------------------------------------------

    @Override
    public synchronized void conv2d(ConvShape shape, Storage x, Storage w, Storage bias, Storage y) {
        try (Operands o = begin()) {
            DeviceStorage added = bias == null ? null : DeviceStorage.of(shape.outChannels(), bias, "bias");
            long result = forward(o, shape, x, w, y);
            if (added != null) {
                int rows = shape.outPixels();
                epilogue.addBias(1, rows, shape.outChannels(), shape.outChannels(), 0, true, factors,
                        o.in(added, shape.outChannels(), Type.FLOAT), result);
            }
        }
    }

    @Override
    public synchronized void conv2dRelu(ConvShape shape, Storage x, Storage w, Storage bias, Storage residual,
            Storage y) {
        try (Operands o = begin()) {
            int n = shape.outputLength();
            DeviceStorage added = DeviceStorage.of(shape.outChannels(), bias, "bias");
            DeviceStorage beside = residual == null ? null : DeviceStorage.of(n, residual, "residual");
            long addressBias = o.in(added, shape.outChannels(), Type.FLOAT);
            long addressResidual = beside == null ? 0 : o.in(beside, n, factors);
            long result = forward(o, shape, x, w, y);
            epilogue.biasRelu(n, shape.outChannels(), factors, addressBias, addressResidual, result);
        }
    }

    /** Where the convolution's result is, before anything is added. */
    private long forward(Operands o, ConvShape shape, Storage x, Storage w, Storage y) {
        DeviceStorage in = DeviceStorage.of(shape.inputLength(), x, "x");
        DeviceStorage weights = DeviceStorage.of(shape.weightLength(), w, "w");
        DeviceStorage out = DeviceStorage.of(shape.outputLength(), y, "y");
        long addressX = o.in(in, shape.inputLength(), factors, Operands.ALIGNED);
        long addressW = o.in(weights, shape.weightLength(), factors, Operands.ALIGNED);
        long addressY = o.out(out, shape.outputLength(), factors, Operands.ALIGNED);
        if (isProduct(shape)) {
            gemm.gemm(GemmShape.of(shape.outPixels(), shape.outChannels(), shape.inChannels(), false, true), factors,
                    addressX, addressW, 0, factors, addressY);
        } else if (shape.batch() > 0) {
            convolution.run(Convolution.Direction.FORWARD, shape, factors, addressX, addressW, addressY);
        }
        return addressY;
    }

    /** A matrix product on the rows of the image. */
    private static boolean isProduct(ConvShape s) {
        return isOnePixel(s) && s.stride() == 1;
    }

    private static boolean isOnePixel(ConvShape s) {
        return s.kernelHeight() == 1 && s.kernelWidth() == 1 && s.padding() == 0;
    }

    @Override
    public synchronized void conv2dBackwardInput(ConvShape shape, Storage dy, Storage w, Storage dx) {
        try (Operands o = begin()) {
            DeviceStorage gradient = DeviceStorage.of(shape.outputLength(), dy, "dy");
            DeviceStorage weights = DeviceStorage.of(shape.weightLength(), w, "w");
            DeviceStorage out = DeviceStorage.of(shape.inputLength(), dx, "dx");
            long addressY = o.in(gradient, shape.outputLength(), factors, Operands.ALIGNED);
            long addressW = o.in(weights, shape.weightLength(), factors, Operands.ALIGNED);
            long addressX = o.out(out, shape.inputLength(), factors, Operands.ALIGNED);
            boolean strides = isOnePixel(shape) && shape.stride() > 1;
            if (isProduct(shape) || strides) {
                int pixels = shape.outPixels() * shape.inChannels();
                long product = strides ? o.temporary(pixels, factors).address() : addressX;
                gemm.gemm(GemmShape.of(shape.outPixels(), shape.inChannels(), shape.outChannels(), false, false),
                        factors,
                        addressY, addressW, 0, factors, product);
                if (strides) { // cuDNN would multiply the weights by the zeros between, also those that are NaN
                    moving.spread(shape, factors, product, addressX);
                }
            } else if (shape.batch() > 0) {
                convolution.run(Convolution.Direction.INPUT_GRADIENT, shape, factors, addressX, addressW, addressY);
            }
        }
    }

    @Override
    public synchronized void conv2dBackwardWeight(ConvShape shape, Storage x, Storage dy, Storage dw) {
        try (Operands o = begin()) {
            int n = shape.weightLength();
            DeviceStorage in = DeviceStorage.of(shape.inputLength(), x, "x");
            DeviceStorage gradient = DeviceStorage.of(shape.outputLength(), dy, "dy");
            DeviceStorage out = DeviceStorage.of(n, dw, "dw");
            long addressX = o.in(in, shape.inputLength(), factors, Operands.ALIGNED);
            long addressY = o.in(gradient, shape.outputLength(), factors, Operands.ALIGNED);
            long addressW = o.out(out, n, Type.FLOAT, Operands.ALIGNED);
            if (isProduct(shape) || shape.batch() == 0) {
                gemm.gemm(GemmShape.of(shape.outChannels(), shape.patchLength(), shape.outPixels(), true, false),
                        factors,
                        addressY, addressX, 0, Type.FLOAT, addressW);
            } else if (factors == Type.FLOAT) {
                convolution.run(Convolution.Direction.WEIGHT_GRADIENT, shape, factors, addressX, addressW, addressY);
            } else {
                long narrow = o.temporary(n, factors).address();
                convolution.run(Convolution.Direction.WEIGHT_GRADIENT, shape, factors, addressX, narrow, addressY);
                elementwise.convert(Type.FLOAT, n, narrow, addressW);
            }
        }
    }

    @Override
    public synchronized void maxPool2d(PoolShape shape, Storage x, Storage y) {
        try (Operands o = begin()) {
            DeviceStorage in = DeviceStorage.of(shape.inputLength(), x, "x");
            DeviceStorage out = DeviceStorage.of(shape.outputLength(), y, "y");
            Type type = in.type();
            maxPool.forward(shape, type, o.in(in, shape.inputLength(), type), o.out(out, shape.outputLength(), type));
        }
    }

    @Override
    public synchronized void maxPool2dBackward(PoolShape shape, Storage x, Storage dy, Storage dx) {
        try (Operands o = begin()) {
            DeviceStorage in = DeviceStorage.of(shape.inputLength(), x, "x");
            DeviceStorage gradient = DeviceStorage.of(shape.outputLength(), dy, "dy");
            DeviceStorage out = DeviceStorage.of(shape.inputLength(), dx, "dx");
            Type type = in.type();
            maxPool.backward(shape, type, o.in(in, shape.inputLength(), type),
                    o.in(gradient, shape.outputLength(), type),
                    o.out(out, shape.inputLength(), type));
        }
    }

    // ---- normalisation ------------------------------------------------------------------------------------------------

    @Override
    public synchronized void batchNormTrain(RowShape shape, double momentum, double eps, Storage x, Storage gamma,
            Storage beta, Storage runningMean, Storage runningVar, Storage y, Storage mean, Storage invStd) {
        int n = shape.length();
        int c = shape.columns();
        try (Operands o = begin()) {
            DeviceStorage in = DeviceStorage.of(n, x, "x");
            Type type = in.type();
            long addressX = o.in(in, n, type, Operands.ALIGNED);
            long addressGamma = floats(o, c, gamma, "gamma");
            long addressBeta = floats(o, c, beta, "beta");
            long movedMean = moved(o, c, runningMean, "runningMean");
            long movedVar = moved(o, c, runningVar, "runningVar");
            batchNorm.train(shape, type, momentum, eps, addressX, addressGamma, addressBeta, movedMean, movedVar,
                    o.out(DeviceStorage.of(n, y, "y"), n, type, Operands.ALIGNED), written(o, c, mean, "mean"),
                    written(o, c, invStd, "invStd"), o.scratch(BatchNorm.scratchFloats(shape, type)));
        }
    }

    @Override
    public synchronized void batchNormTrainBackward(RowShape shape, Storage x, Storage gamma, Storage mean,
            Storage invStd, Storage dy, Storage dx, Storage dgamma, Storage dbeta) {
        int n = shape.length();
        int c = shape.columns();
        try (Operands o = begin()) {
            DeviceStorage in = DeviceStorage.of(n, x, "x");
            Type type = in.type();
            long addressX = o.in(in, n, type, Operands.ALIGNED);
            long addressDy = o.in(DeviceStorage.of(n, dy, "dy"), n, type, Operands.ALIGNED);
            batchNorm.trainBackward(shape, type, addressX, floats(o, c, gamma, "gamma"), floats(o, c, mean, "mean"),
                    floats(o, c, invStd, "invStd"), addressDy,
                    o.out(DeviceStorage.of(n, dx, "dx"), n, type, Operands.ALIGNED), written(o, c, dgamma, "dgamma"),
                    written(o, c, dbeta, "dbeta"), o.scratch(BatchNorm.scratchFloats(shape, type)));
        }
    }

    @Override
    public synchronized void batchNormTrainRelu(RowShape shape, double momentum, double eps, Storage x, Storage gamma,
            Storage beta, Storage runningMean, Storage runningVar, Storage residual, Storage y, Storage mean,
            Storage invStd) {
        int n = shape.length();
        int c = shape.columns();
        try (Operands o = begin()) {
            DeviceStorage in = DeviceStorage.of(n, x, "x");
            Type type = in.type();
            long addressX = o.in(in, n, type, Operands.ALIGNED);
            long addressResidual = residual == null
                    ? 0
                    : o.in(DeviceStorage.of(n, residual, "residual"), n, type, Operands.ALIGNED);
            long addressGamma = floats(o, c, gamma, "gamma");
            long addressBeta = floats(o, c, beta, "beta");
            long movedMean = moved(o, c, runningMean, "runningMean");
            long movedVar = moved(o, c, runningVar, "runningVar");
            batchNorm.trainRelu(shape, type, momentum, eps, addressX, addressGamma, addressBeta, movedMean, movedVar,
                    addressResidual, o.out(DeviceStorage.of(n, y, "y"), n, type, Operands.ALIGNED),
                    written(o, c, mean, "mean"), written(o, c, invStd, "invStd"),
                    o.scratch(BatchNorm.scratchFloats(shape, type)));
        }
    }

    @Override
    public synchronized void batchNormTrainReluBackward(RowShape shape, Storage x, Storage gamma, Storage mean,
            Storage invStd, Storage y, Storage dy, Storage dx, Storage dresidual, Storage dgamma, Storage dbeta) {
        int n = shape.length();
        int c = shape.columns();
        try (Operands o = begin()) {
            DeviceStorage in = DeviceStorage.of(n, x, "x");
            Type type = in.type();
            long addressX = o.in(in, n, type, Operands.ALIGNED);
            long addressY = o.in(DeviceStorage.of(n, y, "y"), n, type, Operands.ALIGNED);
            long addressDy = o.in(DeviceStorage.of(n, dy, "dy"), n, type, Operands.ALIGNED);
            long addressGamma = floats(o, c, gamma, "gamma");
            long addressMean = floats(o, c, mean, "mean");
            long addressInvStd = floats(o, c, invStd, "invStd");
            long addressDresidual = dresidual == null
                    ? 0
                    : o.out(DeviceStorage.of(n, dresidual, "dresidual"), n, type, Operands.ALIGNED);
            batchNorm.trainReluBackward(shape, type, addressX, addressGamma, addressMean, addressInvStd, addressY,
                    addressDy, o.out(DeviceStorage.of(n, dx, "dx"), n, type, Operands.ALIGNED), addressDresidual,
                    written(o, c, dgamma, "dgamma"), written(o, c, dbeta, "dbeta"),
                    o.scratch(BatchNorm.scratchFloats(shape, type)));
        }
    }

    @Override
    public synchronized void batchNormEval(RowShape shape, double eps, Storage x, Storage gamma, Storage beta,
            Storage runningMean, Storage runningVar, Storage y) {
        int n = shape.length();
        int c = shape.columns();
        try (Operands o = begin()) {
            DeviceStorage in = DeviceStorage.of(n, x, "x");
            Type type = in.type();
            long addressX = o.in(in, n, type, Operands.ALIGNED);
            batchNorm.eval(shape, type, eps, addressX, floats(o, c, gamma, "gamma"), floats(o, c, beta, "beta"),
                    floats(o, c, runningMean, "runningMean"), floats(o, c, runningVar, "runningVar"),
                    o.out(DeviceStorage.of(n, y, "y"), n, type, Operands.ALIGNED),
                    o.scratch(BatchNorm.scratchFloats(shape, type)));
        }
    }

    @Override
    public synchronized void batchNormEvalBackward(RowShape shape, double eps, Storage x, Storage gamma,
            Storage runningMean, Storage runningVar, Storage dy, Storage dx, Storage dgamma, Storage dbeta) {
        int n = shape.length();
        int c = shape.columns();
        try (Operands o = begin()) {
            DeviceStorage in = DeviceStorage.of(n, x, "x");
            Type type = in.type();
            long addressX = o.in(in, n, type, Operands.ALIGNED);
            long addressDy = o.in(DeviceStorage.of(n, dy, "dy"), n, type, Operands.ALIGNED);
            batchNorm.evalBackward(shape, type, eps, addressX, floats(o, c, gamma, "gamma"),
                    floats(o, c, runningMean, "runningMean"), floats(o, c, runningVar, "runningVar"), addressDy,
                    o.out(DeviceStorage.of(n, dx, "dx"), n, type, Operands.ALIGNED), written(o, c, dgamma, "dgamma"),
                    written(o, c, dbeta, "dbeta"), o.scratch(BatchNorm.scratchFloats(shape, type)));
        }
    }

    @Override
    public synchronized void layerNorm(RowShape shape, double eps, Storage x, Storage gamma, Storage beta, Storage y,
            Storage mean, Storage invStd) {
        int n = shape.length();
        int rows = shape.rows();
        int c = shape.columns();
        try (Operands o = begin()) {
            DeviceStorage in = DeviceStorage.of(n, x, "x");
            Type type = in.type();
            long addressX = o.in(in, n, type, Operands.ALIGNED);
            layerNorm.forward(shape, type, eps, addressX, floats(o, c, gamma, "gamma"), floats(o, c, beta, "beta"),
                    o.out(DeviceStorage.of(n, y, "y"), n, type, Operands.ALIGNED), written(o, rows, mean, "mean"),
                    written(o, rows, invStd, "invStd"));
        }
    }

    @Override
    public synchronized void layerNormBackward(RowShape shape, Storage x, Storage gamma, Storage mean, Storage invStd,
            Storage dy, Storage dx, Storage dgamma, Storage dbeta) {
        int n = shape.length();
        int rows = shape.rows();
        int c = shape.columns();
        try (Operands o = begin()) {
            DeviceStorage in = DeviceStorage.of(n, x, "x");
            Type type = in.type();
            long addressX = o.in(in, n, type, Operands.ALIGNED);
            long addressDy = o.in(DeviceStorage.of(n, dy, "dy"), n, type, Operands.ALIGNED);
            layerNorm.backward(shape, type, addressX, floats(o, c, gamma, "gamma"), floats(o, rows, mean, "mean"),
                    floats(o, rows, invStd, "invStd"), addressDy,
                    o.out(DeviceStorage.of(n, dx, "dx"), n, type, Operands.ALIGNED), written(o, c, dgamma, "dgamma"),
                    written(o, c, dbeta, "dbeta"), o.scratch(LayerNorm.scratchFloats(shape, type)));
        }
    }

    /** Floats that are read. */
    private static long floats(Operands o, int n, Storage storage, String what) {
        return o.in(DeviceStorage.of(n, storage, what), n, Type.FLOAT);
    }

    /** Floats that are overwritten. */
    private static long written(Operands o, int n, Storage storage, String what) {
        return o.out(DeviceStorage.of(n, storage, what), n, Type.FLOAT);
    }

    /** Floats that are changed. */
    private static long moved(Operands o, int n, Storage storage, String what) {
        return o.inOut(DeviceStorage.of(n, storage, what), n, Type.FLOAT, Operands.ANY);
    }

    // ---- attention ----------------------------------------------------------------------------------------------------

    @Override
    public synchronized void softmax(RowShape shape, Storage x, Storage y) {
        int n = shape.length();
        try (Operands o = begin()) {
            DeviceStorage in = DeviceStorage.of(n, x, "x");
            Type type = in.type();
            long addressX = o.in(in, n, type, Operands.ALIGNED);
            softmax.softmax(shape, type, addressX, o.out(DeviceStorage.of(n, y, "y"), n, type, Operands.ALIGNED));
        }
    }

    @Override
    public synchronized void softmaxBackward(RowShape shape, Storage y, Storage dy, Storage dx) {
        int n = shape.length();
        try (Operands o = begin()) {
            DeviceStorage out = DeviceStorage.of(n, y, "y");
            Type type = out.type();
            long addressY = o.in(out, n, type, Operands.ALIGNED);
            long addressDy = o.in(DeviceStorage.of(n, dy, "dy"), n, type, Operands.ALIGNED);
            softmax.softmaxBackward(shape, type, addressY, addressDy,
                    o.out(DeviceStorage.of(n, dx, "dx"), n, type, Operands.ALIGNED));
        }
    }

    @Override
    public synchronized void attention(AttentionShape shape, Storage q, Storage k, Storage v, Storage probabilities,
            Storage y) {
        int queries = shape.queriesLength();
        int keys = shape.keysLength();
        try (Operands o = begin()) {
            long addressQ = o.in(DeviceStorage.of(queries, q, "q"), queries, factors, Operands.ALIGNED);
            long addressK = o.in(DeviceStorage.of(keys, k, "k"), keys, factors, Operands.ALIGNED);
            long addressV = o.in(DeviceStorage.of(keys, v, "v"), keys, factors, Operands.ALIGNED);
            DeviceStorage weights = DeviceStorage.of(shape.probabilitiesLength(), probabilities, "probabilities");
            DeviceStorage out = DeviceStorage.of(shape.outputLength(), y, "y");
            attention.forward(shape, factors, addressQ, addressK, addressV,
                    o.out(weights, shape.probabilitiesLength(), factors, Operands.ALIGNED),
                    o.out(out, shape.outputLength(), factors, Operands.ALIGNED));
        }
    }

    @Override
    public synchronized void attentionBackward(AttentionShape shape, Storage q, Storage k, Storage v,
            Storage probabilities, Storage dy, Storage dq, Storage dk, Storage dv) {
        int queries = shape.queriesLength();
        int keys = shape.keysLength();
        int outputs = shape.outputLength();
        int weights = shape.probabilitiesLength();
        try (Operands o = begin()) {
            long addressQ = o.in(DeviceStorage.of(queries, q, "q"), queries, factors, Operands.ALIGNED);
            long addressK = o.in(DeviceStorage.of(keys, k, "k"), keys, factors, Operands.ALIGNED);
            long addressV = o.in(DeviceStorage.of(keys, v, "v"), keys, factors, Operands.ALIGNED);
            long addressP = o.in(DeviceStorage.of(weights, probabilities, "probabilities"), weights, factors,
                    Operands.ALIGNED);
            long addressDy = o.in(DeviceStorage.of(outputs, dy, "dy"), outputs, factors, Operands.ALIGNED);
            DeviceStorage outQ = DeviceStorage.of(queries, dq, "dq");
            DeviceStorage outK = DeviceStorage.of(keys, dk, "dk");
            DeviceStorage outV = DeviceStorage.of(keys, dv, "dv");
            long scores = o.temporary(weights, factors).address();
            DeviceStorage denseQ = dense(o, shape, outQ, shape.queries());
            DeviceStorage denseK = dense(o, shape, outK, shape.keys());
            DeviceStorage denseV = dense(o, shape, outV, shape.keys());
            attention.backward(shape, factors, addressQ, addressK, addressV, addressP, addressDy, scores, denseQ,
                    denseK,
                    denseV);
            spread(shape, denseQ, outQ, shape.batch() * shape.queries(), shape.queryStride());
            spread(shape, denseK, outK, shape.batch() * shape.keys(), shape.keyStride());
            spread(shape, denseV, outV, shape.batch() * shape.keys(), shape.keyStride());
        }
    }

    /** Room for a gradient without the gaps between its rows, of the type that the target has or may take. */
    private DeviceStorage dense(Operands o, AttentionShape shape, DeviceStorage target, int rows) {
        return o.temporary(shape.batch() * rows * shape.width(), target.isOpen() ? factors : target.type());
    }

    /** Rows to their places; what lies between them stays, it may be another gradient. */
    private void spread(AttentionShape shape, DeviceStorage dense, DeviceStorage target, int rows, int stride) {
        target.become(dense.type());
        moving.copy(new CopyShape(rows, shape.width(), shape.width(), stride), dense.type(), dense.address(),
                target.address());
    }

    // ---- losses -------------------------------------------------------------------------------------------------------

    @Override
    public synchronized void asymmetricLoss(AslShape shape, Storage logits, Storage targets, Storage loss) {
        int n = shape.length();
        try (Operands o = begin()) {
            losses.asymmetricLoss(shape, floats(o, n, logits, "logits"), floats(o, n, targets, "targets"),
                    written(o, n, loss, "loss"));
        }
    }

    @Override
    public synchronized void asymmetricLossBackward(AslShape shape, Storage logits, Storage targets, Storage dloss,
            Storage dlogits) {
        int n = shape.length();
        try (Operands o = begin()) {
            losses.asymmetricLossBackward(shape, floats(o, n, logits, "logits"), floats(o, n, targets, "targets"),
                    floats(o, n, dloss, "dloss"), written(o, n, dlogits, "dlogits"));
        }
    }

    @Override
    public synchronized void bceWithLogits(Storage logits, Storage targets, Storage loss) {
        int n = loss.length();
        try (Operands o = begin()) {
            losses.bceWithLogits(n, floats(o, n, logits, "logits"), floats(o, n, targets, "targets"),
                    written(o, n, loss, "loss"));
        }
    }

    @Override
    public synchronized void bceWithLogitsBackward(Storage logits, Storage targets, Storage dloss, Storage dlogits) {
        int n = dlogits.length();
        try (Operands o = begin()) {
            losses.bceWithLogitsBackward(n, floats(o, n, logits, "logits"), floats(o, n, targets, "targets"),
                    floats(o, n, dloss, "dloss"), written(o, n, dlogits, "dlogits"));
        }
    }

    // ---- training -----------------------------------------------------------------------------------------------------

    @Override
    public synchronized void adamW(AdamWStep step, Storage gradient, Storage parameter, Storage m, Storage v,
            double decay,
            Storage average) {
        int n = parameter.length();
        try (Operands o = begin()) {
            training.adamW(step, n, floats(o, n, gradient, "gradient"), moved(o, n, parameter, "parameter"),
                    moved(o, n, m, "m"), moved(o, n, v, "v"), decay,
                    average == null ? 0 : moved(o, n, average, "average"));
        }
    }

    @Override
    public synchronized void ema(double decay, Storage x, Storage average) {
        int n = average.length();
        try (Operands o = begin()) {
            training.ema(decay, n, floats(o, n, x, "x"), moved(o, n, average, "average"));
        }
    }
}
