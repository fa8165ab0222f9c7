package dev.cprfl.kernels.cuda;

import dev.cprfl.kernels.ConvShape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.cuda.global.cudnn;

/**
 * Convolutions by cuDNN's graph interface, which has the tensor cores' newest kernels. For each shape and direction a plan is made
 * once and kept. Of the engines that cuDNN's heuristics propose, best first, it takes the first that gives the same bits every
 * time and is as exact as the precision asks: for FP32 no tensor cores, no rounded inputs and no Winograd.
 *
 * <p>Images are NHWC and weights OHWI in memory; cuDNN is told so by strides.
 */
final class Convolution implements AutoCloseable {

    enum Direction {
        FORWARD, INPUT_GRADIENT, WEIGHT_GRADIENT
    }

    private record Key(Direction direction, ConvShape shape, Type type) {}

    /** @param parts descriptors that the plan leans on */
    private record Plan(String what, Descriptor plan, long workspaceBytes, List<Descriptor> parts) {}

    /** Times a few engines for each convolution and takes the fastest: bits may then differ between processes. */
    static final String TIMED_PROPERTY = "cprfl.cuda.timed";

    private static final int PROPOSALS = 32;
    private static final int TIMED = 8;
    private static final int ALIGNMENT = 16;
    private static final long MOST_WORKSPACE = 1L << 30;
    private static final long X = 'x';
    private static final long W = 'w';
    private static final long Y = 'y';

    private final Device device;
    private final DeviceMemory memory;
    private final Precision precision;
    private final boolean timed = Boolean.getBoolean(TIMED_PROPERTY);
    private final Map<Key, Plan> plans = new HashMap<>();
    private final Address addressX = new Address();
    private final Address addressW = new Address();
    private final Address addressY = new Address();
    private final Address workspace = new Address();

    Convolution(Device device, DeviceMemory memory, Precision precision) {
        this.device = device;
        this.memory = memory;
        this.precision = precision;
    }

    /**
     * One convolution or gradient; of x, w and y (or their gradients) the one that is the result is overwritten. All addresses are
     * multiples of 16 bytes.
     */
    void run(Direction direction, ConvShape shape, Type type, long x, long w, long y) {
        Key key = new Key(direction, shape, type);
        Plan plan = plans.get(key);
        if (plan == null) {
            List<Plan> found = plans(key);
            plan = found.size() == 1 ? found.getFirst() : fastest(found, x, w, y);
            plans.put(key, plan);
        }
        run(plan, x, w, y);
    }

    private void run(Plan plan, long x, long w, long y) {
        DeviceStorage room = new DeviceStorage((int) ((plan.workspaceBytes + Float.BYTES - 1) / Float.BYTES), memory);
        try (Descriptor pack = new Descriptor(cudnn.CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR)) {
            pack.longs(cudnn.CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, X, W, Y)
                    .pointers(cudnn.CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, cudnn.CUDNN_TYPE_VOID_PTR, addressX.at(x),
                            addressW.at(w), addressY.at(y))
                    .pointers(cudnn.CUDNN_ATTR_VARIANT_PACK_WORKSPACE, cudnn.CUDNN_TYPE_VOID_PTR,
                            workspace.at(room.address()))
                    .finished();
            Status.dnn(cudnn.cudnnBackendExecute(device.dnn, plan.plan.handle, pack.handle), plan.what);
        } finally {
            memory.release(room);
        }
    }

    /** The plan that takes least time on these operands, the best of three runs after one. */
    private Plan fastest(List<Plan> found, long x, long w, long y) {
        Plan best = null;
        double least = Double.POSITIVE_INFINITY;
        for (Plan plan : found) {
            run(plan, x, w, y);
            device.synchronize();
            double seconds = Double.POSITIVE_INFINITY;
            for (int i = 0; i < 3; i++) {
                long start = System.nanoTime();
                run(plan, x, w, y);
                device.synchronize();
                seconds = Math.min(seconds, System.nanoTime() - start);
            }
            if (seconds < least) {
                least = seconds;
                best = plan;
            }
        }
        for (Plan plan : found) {
            if (plan != best) {
                plan.plan.close();
            }
        }
        return best;
    }

    /** The plan that cuDNN proposes first, or the first few where they are to be timed. */
    private List<Plan> plans(Key key) {
        List<Descriptor> parts = new ArrayList<>();
        Descriptor graph = graph(key, parts);
        for (int mode : new int[]{cudnn.CUDNN_HEUR_MODE_A, cudnn.CUDNN_HEUR_MODE_FALLBACK}) {
            List<Plan> found = proposed(key, graph, mode, parts);
            if (!found.isEmpty()) {
                return found;
            }
        }
        throw new IllegalStateException(
                "cuDNN has no engine for the " + key.direction + " of " + key.shape + " as " + key.type
                        + " in " + precision);
    }

    private List<Plan> proposed(Key key, Descriptor graph, int mode, List<Descriptor> parts) {
        List<Plan> found = new ArrayList<>();
        Descriptor heuristics = new Descriptor(cudnn.CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR)
                .descriptor(cudnn.CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, graph)
                .number(cudnn.CUDNN_ATTR_ENGINEHEUR_MODE, cudnn.CUDNN_TYPE_HEUR_MODE, mode);
        parts.add(heuristics);
        if (heuristics.finish() != cudnn.CUDNN_STATUS_SUCCESS) {
            return found;
        }
        Descriptor[] proposals = new Descriptor[PROPOSALS];
        for (int i = 0; i < PROPOSALS; i++) {
            proposals[i] = new Descriptor(cudnn.CUDNN_BACKEND_ENGINECFG_DESCRIPTOR);
            parts.add(proposals[i]);
        }
        int count = heuristics.read(cudnn.CUDNN_ATTR_ENGINEHEUR_RESULTS, proposals);
        for (int i = 0; i < count && found.size() < (timed ? TIMED : 1); i++) {
            Descriptor plan = fits(proposals[i]) ? new Descriptor(cudnn.CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR) : null;
            if (plan == null) {
                continue;
            }
            plan.pointers(cudnn.CUDNN_ATTR_EXECUTION_PLAN_HANDLE, cudnn.CUDNN_TYPE_HANDLE, device.dnn)
                    .descriptor(cudnn.CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, proposals[i]);
            boolean works = plan.finish() == cudnn.CUDNN_STATUS_SUCCESS
                    && plan.readLong(cudnn.CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE) <= MOST_WORKSPACE;
            if (works) {
                found.add(new Plan(key.direction + " of " + key.shape, plan,
                        plan.readLong(cudnn.CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE), parts));
            } else {
                plan.close();
            }
        }
        return found;
    }

    private boolean fits(Descriptor proposal) {
        try (Descriptor engine = new Descriptor(cudnn.CUDNN_BACKEND_ENGINE_DESCRIPTOR)) {
            proposal.read(cudnn.CUDNN_ATTR_ENGINECFG_ENGINE, engine);
            int[] unwanted = precision == Precision.FP32
                    ? new int[]{cudnn.CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC, cudnn.CUDNN_NUMERICAL_NOTE_TENSOR_CORE,
                        cudnn.CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS, cudnn.CUDNN_NUMERICAL_NOTE_FFT,
                        cudnn.CUDNN_NUMERICAL_NOTE_WINOGRAD}
                    : new int[]{cudnn.CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC};
            return !engine.lists(cudnn.CUDNN_ATTR_ENGINE_NUMERICAL_NOTE, cudnn.CUDNN_TYPE_NUMERICAL_NOTE,
                    cudnn.CUDNN_NUMERICAL_NOTE_TYPE_COUNT, unwanted);
        }
    }

    private Descriptor graph(Key key, List<Descriptor> parts) {
        ConvShape s = key.shape;
        Descriptor x = tensor(X, key.type, parts, s.batch(), s.inChannels(), s.height(), s.width());
        Descriptor w = tensor(W, key.type, parts, s.outChannels(), s.inChannels(), s.kernelHeight(), s.kernelWidth());
        Descriptor y = tensor(Y, key.type, parts, s.batch(), s.outChannels(), s.outHeight(), s.outWidth());
        Descriptor convolution = new Descriptor(cudnn.CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR)
                .number(cudnn.CUDNN_ATTR_CONVOLUTION_COMP_TYPE, cudnn.CUDNN_TYPE_DATA_TYPE, cudnn.CUDNN_DATA_FLOAT)
                .number(cudnn.CUDNN_ATTR_CONVOLUTION_CONV_MODE, cudnn.CUDNN_TYPE_CONVOLUTION_MODE,
                        cudnn.CUDNN_CROSS_CORRELATION)
                .longs(cudnn.CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, 2)
                .longs(cudnn.CUDNN_ATTR_CONVOLUTION_DILATIONS, 1, 1)
                .longs(cudnn.CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, s.stride(), s.stride())
                .longs(cudnn.CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, s.padding(), s.padding())
                .longs(cudnn.CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, s.padding(), s.padding())
                .finished();
        Descriptor operation = operation(key.direction, x, w, y, convolution).finished();
        Descriptor graph = new Descriptor(cudnn.CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR)
                .pointers(cudnn.CUDNN_ATTR_OPERATIONGRAPH_HANDLE, cudnn.CUDNN_TYPE_HANDLE, device.dnn)
                .descriptor(cudnn.CUDNN_ATTR_OPERATIONGRAPH_OPS, operation)
                .finished();
        parts.addAll(List.of(convolution, operation, graph));
        return graph;
    }

    private static Descriptor operation(Direction direction, Descriptor x, Descriptor w, Descriptor y,
            Descriptor convolution) {
        return switch (direction) {
            case FORWARD -> new Descriptor(cudnn.CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR)
                    .descriptor(cudnn.CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X, x)
                    .descriptor(cudnn.CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W, w)
                    .descriptor(cudnn.CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y, y)
                    .descriptor(cudnn.CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC, convolution)
                    .real(cudnn.CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA, 1)
                    .real(cudnn.CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA, 0);
            case INPUT_GRADIENT -> new Descriptor(cudnn.CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR)
                    .descriptor(cudnn.CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX, x)
                    .descriptor(cudnn.CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W, w)
                    .descriptor(cudnn.CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY, y)
                    .descriptor(cudnn.CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC, convolution)
                    .real(cudnn.CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA, 1)
                    .real(cudnn.CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA, 0);
            case WEIGHT_GRADIENT -> new Descriptor(cudnn.CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR)
                    .descriptor(cudnn.CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_X, x)
                    .descriptor(cudnn.CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DW, w)
                    .descriptor(cudnn.CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY, y)
                    .descriptor(cudnn.CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_CONV_DESC, convolution)
                    .real(cudnn.CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_ALPHA, 1)
                    .real(cudnn.CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_BETA, 0);
        };
    }

    /** A tensor that cuDNN calls [n, c, h, w], with the channels next to one another in memory. */
    private static Descriptor tensor(long id, Type type, List<Descriptor> parts, long n, long c, long h, long w) {
        Descriptor tensor = new Descriptor(cudnn.CUDNN_BACKEND_TENSOR_DESCRIPTOR)
                .number(cudnn.CUDNN_ATTR_TENSOR_DATA_TYPE, cudnn.CUDNN_TYPE_DATA_TYPE,
                        type == Type.FLOAT ? cudnn.CUDNN_DATA_FLOAT : cudnn.CUDNN_DATA_BFLOAT16)
                .longs(cudnn.CUDNN_ATTR_TENSOR_DIMENSIONS, n, c, h, w)
                .longs(cudnn.CUDNN_ATTR_TENSOR_STRIDES, h * w * c, 1, w * c, c)
                .longs(cudnn.CUDNN_ATTR_TENSOR_UNIQUE_ID, id)
                .longs(cudnn.CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, ALIGNMENT)
                .finished();
        parts.add(tensor);
        return tensor;
    }

    @Override
    public void close() {
        plans.values().forEach(plan -> {
            plan.plan.close();
            plan.parts.forEach(Descriptor::close);
        });
        plans.clear();
    }
}
