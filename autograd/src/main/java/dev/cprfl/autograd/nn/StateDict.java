package dev.cprfl.autograd.nn;

import dev.cprfl.autograd.Parameter;
import dev.cprfl.kernels.Backend;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import dev.cprfl.tensor.UserException;
import dev.cprfl.tensor.io.HostTensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Moves a module's parameters, buffers and counters to and from files' tensors. This is the border where layouts change:
 * outside, all is as in PyTorch's {@code state_dict}.
 */
public final class StateDict {

    /**
     * What became of the names of both sides.
     *
     * @param used names that were loaded
     * @param missing names and shapes of the module that the file has not; these tensors stayed as they were
     * @param leftOver names and shapes of the file that the module has not
     * @param mismatches sentences that name a tensor and both its shapes; these tensors stayed as they were
     */
    public record Report(List<String> used, Map<String, Shape> missing, Map<String, Shape> leftOver,
            List<String> mismatches) {

        /** Whether both sides have the same names and shapes. */
        public boolean complete() {
            return missing.isEmpty() && leftOver.isEmpty() && mismatches.isEmpty();
        }

        /** One line that says what does not fit. */
        @Override
        public String toString() {
            List<String> parts = new ArrayList<>();
            parts.add(used.size() + " tensors used");
            part(parts, "missing: ", withShapes(missing));
            part(parts, "left over: ", withShapes(leftOver));
            part(parts, "of another shape: ", mismatches);
            return String.join("; ", parts);
        }

        private static List<String> withShapes(Map<String, Shape> tensors) {
            return tensors.entrySet().stream().map(entry -> entry.getKey() + " " + entry.getValue()).toList();
        }

        private static void part(List<String> parts, String title, List<String> names) {
            if (!names.isEmpty()) {
                int shown = Math.min(names.size(), 5);
                String rest = names.size() > shown ? " and " + (names.size() - shown) + " more" : "";
                parts.add(title + String.join(", ", names.subList(0, shown)) + rest);
            }
        }
    }

    private StateDict() {}

    /** A copy of the module's state by full name; F64 where the backend computes in double, else F32; counters are I64. */
    public static Map<String, HostTensor> export(Module module) {
        Map<String, HostTensor> state = new LinkedHashMap<>();
        module.namedParameters().forEach((name, value) -> state.put(name, toHost(value.value(), value.layout())));
        module.namedBuffers().forEach((name, value) -> state.put(name, toHost(value, Parameter.Layout.PLAIN)));
        module.namedCounters().forEach((name, value) -> state.put(name, HostTensor.of(Shape.of(), value)));
        return state;
    }

    /**
     * Overwrites the module's state.
     *
     * @throws UserException if names are missing or left over, or shapes differ; the module then is as it was
     */
    public static void load(Module module, Map<String, HostTensor> state) {
        Report report = compare(module, state);
        if (!report.complete()) {
            throw new UserException("the weights do not fit the model: " + report);
        }
        copy(module, state, report.used());
    }

    /** Overwrites what fits and leaves the rest as it is. */
    public static Report loadMatching(Module module, Map<String, HostTensor> state) {
        Report report = compare(module, state);
        copy(module, state, report.used());
        return report;
    }

    /** What a load would use and leave; changes nothing. */
    public static Report compare(Module module, Map<String, HostTensor> state) {
        Map<String, Shape> wanted = new LinkedHashMap<>();
        module.namedParameters().forEach((name, value) -> wanted.put(name, outside(value.shape(), value.layout())));
        module.namedBuffers().forEach((name, value) -> wanted.put(name, value.shape()));
        module.namedCounters().forEach((name, value) -> wanted.put(name, Shape.of()));
        Report report = new Report(new ArrayList<>(), new LinkedHashMap<>(), new LinkedHashMap<>(), new ArrayList<>());
        wanted.forEach((name, shape) -> {
            HostTensor tensor = state.get(name);
            if (tensor == null) {
                report.missing().put(name, shape);
            } else if (!tensor.shape().equals(shape)) {
                report.mismatches().add(name + " is " + tensor.shape() + " in the file, " + shape + " in the model");
            } else {
                report.used().add(name);
            }
        });
        state.forEach((name, tensor) -> {
            if (!wanted.containsKey(name)) {
                report.leftOver().put(name, tensor.shape());
            }
        });
        return report;
    }

    private static void copy(Module module, Map<String, HostTensor> state, List<String> names) {
        Map<String, Parameter> parameters = module.namedParameters();
        Map<String, Tensor> buffers = module.namedBuffers();
        Map<String, long[]> counters = module.namedCounters();
        for (String name : names) {
            HostTensor source = state.get(name);
            if (parameters.containsKey(name)) {
                fromHost(source, parameters.get(name).value(), parameters.get(name).layout());
            } else if (buffers.containsKey(name)) {
                fromHost(source, buffers.get(name), Parameter.Layout.PLAIN);
            } else {
                counters.get(name)[0] = source.dtype().isIntegral()
                        ? source.toLongs()[0]
                        : (long) source.toDoubles()[0];
            }
        }
    }

    /** A copy of a tensor in PyTorch's layout; F64 where the backend computes in double, else F32. */
    public static HostTensor toHost(Tensor value, Parameter.Layout layout) {
        Shape shape = outside(value.shape(), layout);
        Tensor plain = layout == Parameter.Layout.PLAIN ? value : Tensor.allocate(value.backend(), shape);
        if (layout == Parameter.Layout.CONVOLUTION) {
            value.backend().transpose(shape.extent(0), shape.length(2, 4), shape.extent(1), value.storage(),
                    plain.storage());
        }
        HostTensor copy = isDouble(value.backend())
                ? HostTensor.of(shape, plain.toDoubles())
                : HostTensor.of(shape, plain.toFloats());
        if (plain != value) {
            plain.release();
        }
        return copy;
    }

    /** Overwrites a tensor with one in PyTorch's layout, whose shape fits. */
    public static void fromHost(HostTensor source, Tensor target, Parameter.Layout layout) {
        Shape shape = source.shape();
        if (layout == Parameter.Layout.PLAIN) {
            source.copyTo(target);
        } else if (shape.length(2, 4) == 1) { // both layouts are the same numbers in the same order
            source.copyTo(target.reshape(shape));
        } else {
            Tensor plain = source.toTensor(target.backend());
            target.backend().transpose(shape.extent(0), shape.extent(1), shape.length(2, 4), plain.storage(),
                    target.storage());
            plain.release();
        }
    }

    /** The shape of a tensor in PyTorch's layout. */
    private static Shape outside(Shape inside, Parameter.Layout layout) {
        return switch (layout) {
            case PLAIN -> inside;
            case CONVOLUTION -> Shape.of(inside.extent(0), inside.extent(3), inside.extent(1), inside.extent(2));
        };
    }

    /** A backend in float gives back another number than this one. */
    private static boolean isDouble(Backend backend) {
        double oneTenth = 0.1;
        Tensor probe = Tensor.of(backend, Shape.of(), oneTenth);
        boolean kept = probe.item() == oneTenth;
        probe.release();
        return kept;
    }
}
