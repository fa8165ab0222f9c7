package dev.cprfl.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cprfl.kernels.reference.ReferenceProvider;
import java.io.IOException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Only the reference backend is to be seen, whatever else is on the class path. */
class BackendsTest {

    @TempDir
    private Path folder;

    private final ClassLoader usual = Thread.currentThread().getContextClassLoader();

    @BeforeEach
    void onlyTheReference() throws IOException {
        Path services = Files.writeString(folder.resolve("providers"), ReferenceProvider.class.getName());
        Thread.currentThread().setContextClassLoader(new ClassLoader(usual) {
            @Override
            public Enumeration<URL> getResources(String name) throws IOException {
                return name.equals("META-INF/services/" + BackendProvider.class.getName())
                        ? Collections.enumeration(List.of(services.toUri().toURL()))
                        : super.getResources(name);
            }
        });
    }

    @AfterEach
    void all() {
        Thread.currentThread().setContextClassLoader(usual);
    }

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
