package dev.cprfl.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cprfl.kernels.BackendProvider;
import dev.cprfl.kernels.Backends;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code --backend cuda:fp32} and its like, on any machine. */
class VariantsTest {

    private static final CudaProbe TURING = new CudaProbe(null, "Tesla T4", 75);
    private static final CudaProbe NONE = new CudaProbe("no driver", null, 0);

    @ParameterizedTest
    @ValueSource(strings = {"tf32", "fp32", "bf16"})
    void everyPrecisionIsAVariant(String variant) {
        BackendProvider provider = Backends.provider("cuda:" + variant);
        assertThat(provider.name()).isEqualTo("cuda:" + variant);
        assertThat(provider.priority()).isEqualTo(20);
    }

    @ParameterizedTest
    @ValueSource(strings = {"fp64", "FP32", "", "tf32:"})
    void anUnknownVariantIsNamedBesideThoseThatThereAre(String variant) {
        assertThatThrownBy(() -> Backends.provider("cuda:" + variant)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("backend cuda has no variant \"" + variant + "\"; there are tf32, fp32, bf16");
    }

    @Test
    void testsJudgeItInFullFloat() {
        assertThat(Backends.exact()).extracting(BackendProvider::name).startsWith("cuda:fp32").contains("reference");
    }

    @Test
    void bfloat16NeedsANewerDeviceThanTheOthers() {
        assertThat(CudaBackendProvider.obstacle(Precision.BF16, TURING))
                .isEqualTo("bf16 needs compute capability 8.0; the device Tesla T4 has 7.5");
        assertThat(CudaBackendProvider.obstacle(Precision.TF32, TURING)).isNull();
        assertThat(CudaBackendProvider.obstacle(Precision.BF16, new CudaProbe(null, "A100", 80))).isNull();
        assertThat(CudaBackendProvider.obstacle(Precision.BF16, NONE)).isEqualTo("no driver");
    }
}
