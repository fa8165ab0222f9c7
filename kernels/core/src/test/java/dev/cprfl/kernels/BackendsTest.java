package dev.cprfl.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BackendsTest {

    @Test
    void aBackendThatIsNotOnTheClassPathSaysSo() {
        BackendProvider cuda = Backends.provider("cuda:fp32");
        assertThat(cuda.obstacle()).contains("the module kernels-cuda is not on the class path; ");
        assertThatThrownBy(() -> Backends.open("cuda", 1)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("backend cuda cannot run here: the module kernels-cuda");
        assertThat(Backends.exact()).extracting(BackendProvider::name).containsExactly("reference");
        assertThat(Backends.providers()).extracting(BackendProvider::name).containsExactly("reference", "cuda");
    }

    @Test
    void theFastestIsNeverOneThatIsAbsent() {
        try (Backend backend = Backends.open("auto", 1)) {
            assertThat(backend.name()).isEqualTo("reference");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"abacus", "abacus:fp32", "", ":fp32", "Reference"})
    void anUnknownBackendIsNamedBesideThoseThatThereAre(String name) {
        assertThatThrownBy(() -> Backends.open(name, 1)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("no backend named " + name.replace(":fp32", "") + "; there are reference, cuda");
    }

    @ParameterizedTest
    @ValueSource(strings = {"reference:fp32", "reference:"})
    void aBackendWithoutVariantsTakesNone(String name) {
        assertThatThrownBy(() -> Backends.open(name, 1)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("backend reference has no variants; leave out \"" + name.replace("reference", "") + "\"");
    }
}
