package dev.cprfl.autograd.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.reference.ReferenceBackend;
import dev.cprfl.kernels.vector.VectorBackendProvider;
import dev.cprfl.tensor.Rng;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import dev.cprfl.tensor.UserException;
import dev.cprfl.tensor.io.DType;
import dev.cprfl.tensor.io.HostTensor;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StateDictTest {

    private final Backend backend = new ReferenceBackend();

    private Sequential model(Backend on, long seed) {
        Initializer init = new Initializer(on, Rng.of(seed));
        return new Sequential(new Conv2d(init, 2, 3, 2, 1, 0, true), new BatchNorm2d(init, 3), new Linear(init, 3, 4));
    }

    @Test
    void convolutionWeightsAreOihwOutside() {
        // Inside [out 1, height 1, width 2, in 3]: the numbers say "column, channel".
        Conv2d convolution = new Conv2d(Tensor.of(backend, Shape.of(1, 1, 2, 3), 0.0, 1, 2, 10, 11, 12), null, 1, 0);
        HostTensor outside = StateDict.export(convolution).get("weight");
        assertThat(outside.shape()).isEqualTo(Shape.of(1, 3, 1, 2));
        assertThat(outside.toDoubles()).containsExactly(0, 10, 1, 11, 2, 12);
    }

    @Test
    void aKernelOfOnePixelLiesTheSameWayInsideAndOutside() {
        Conv2d convolution = new Conv2d(Tensor.zeros(backend, Shape.of(2, 1, 1, 3)), null, 1, 0);
        StateDict.load(convolution, Map.of("weight", HostTensor.of(Shape.of(2, 3, 1, 1), 1.0, 2, 3, 4, 5, 6)));
        assertThat(convolution.weight().value().toDoubles()).containsExactly(1, 2, 3, 4, 5, 6);
        assertThat(StateDict.export(convolution).get("weight").toDoubles()).containsExactly(1, 2, 3, 4, 5, 6);
    }

    @Test
    void loadsWhatItExported() {
        Sequential from = model(backend, 1);
        from.namedCounters().get("1.num_batches_tracked")[0] = 5;
        Sequential to = model(backend, 2);
        Map<String, HostTensor> state = StateDict.export(from);
        StateDict.load(to, state);
        assertThat(to.namedCounters().get("1.num_batches_tracked")[0]).isEqualTo(5);
        from.namedParameters().forEach((name, value) -> assertThat(to.namedParameters().get(name).value().toDoubles())
                .as(name).isEqualTo(value.value().toDoubles()));
        assertThat(state.get("0.weight").dtype()).isEqualTo(DType.F64);
        assertThat(state.get("1.num_batches_tracked").dtype()).isEqualTo(DType.I64);
    }

    @Test
    void aFloatBackendExportsFloats() {
        try (Backend vector = new VectorBackendProvider().open(1)) {
            Linear linear = new Linear(new Initializer(vector, Rng.of(1)), 3, 2);
            HostTensor weight = StateDict.export(linear).get("weight");
            assertThat(weight.dtype()).isEqualTo(DType.F32);
            assertThat(weight.toFloats()).isEqualTo(linear.weight().value().toFloats());
        }
    }

    @Test
    void namesWhatDoesNotFitAndLeavesTheModelAlone() {
        Sequential model = model(backend, 1);
        double[] before = model.namedParameters().get("2.bias").value().toDoubles();
        Map<String, HostTensor> state = new LinkedHashMap<>(StateDict.export(model(backend, 2)));
        state.remove("1.bias");
        state.put("2.weight", HostTensor.of(Shape.of(4, 2), new float[8]));
        state.put("fc.weight", HostTensor.of(Shape.of(1), 1f));
        assertThatThrownBy(() -> StateDict.load(model, state)).isInstanceOf(UserException.class)
                .hasMessage("the weights do not fit the model: 7 tensors used; missing: 1.bias [3]; left over: "
                        + "fc.weight [1]; of another shape: 2.weight is [4, 2] in the file, [4, 3] in the model");
        assertThat(model.namedParameters().get("2.bias").value().toDoubles()).isEqualTo(before);
    }

    @Test
    void loadsWhatFitsIfTold() {
        Sequential model = model(backend, 1);
        Sequential other = model(backend, 2);
        Map<String, HostTensor> state = new LinkedHashMap<>(StateDict.export(other));
        state.remove("1.bias");
        state.put("fc.weight", HostTensor.of(Shape.of(1), 1f));
        StateDict.Report report = StateDict.loadMatching(model, state);
        assertThat(report.missing()).isEqualTo(Map.of("1.bias", Shape.of(3)));
        assertThat(report.leftOver()).isEqualTo(Map.of("fc.weight", Shape.of(1)));
        assertThat(report.used()).hasSize(8).contains("0.weight");
        assertThat(model.namedParameters().get("0.weight").value().toDoubles())
                .isEqualTo(other.namedParameters().get("0.weight").value().toDoubles());
    }
}
