package dev.cprfl.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.Backends;
import dev.cprfl.model.clip.TextConfig;
import dev.cprfl.model.clip.TextEncoder;
import dev.cprfl.model.clip.Tokenizer;
import dev.cprfl.tensor.UserException;
import dev.cprfl.tensor.io.Safetensors;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A TorchScript archive laid out as OpenAI's checkpoints are, half in half precision; it lies with the tests of module tensor. */
class ClipFileTest {

    private static final Path FORMATS = Path.of("../tensor/src/test/resources/formats");

    @Test
    void readsAnArchiveAsOpenAiPublishesThem() {
        ClipFile file = ClipFile.open(FORMATS.resolve("clip_like_jit.pt"), ClipFile.Settings.AUTO);
        assertThat(file.config()).isEqualTo(new TextConfig(13, 5, 8, 1, 2, 6, TextConfig.Activation.QUICK_GELU));
        assertThat(file.told()).isFalse();
        assertThat(file.weights()).doesNotContainKeys("visual.conv1.weight", "logit_scale", "context_length");
        Safetensors expected = Safetensors.read(FORMATS.resolve("clip_like_jit.pt.expected.safetensors"));
        try (Backend backend = Backends.open("reference", 1)) {
            List<String> remarks = new ArrayList<>();
            TextEncoder encoder = file.encoder(Initializer.unset(backend), false, remarks::add);
            assertThat(remarks).singleElement().asString().contains("clip_like_jit.pt", "29 tensors used");
            encoder.namedParameters().forEach((name, parameter) -> assertThat(parameter.value().toDoubles()).as(name)
                    .isEqualTo(expected.get(name).toDoubles()));
            assertThat(encoder.embed(List.of(new int[]{1, 3, 12})).toDoubles()).hasSize(6).doesNotContain(0,
                    Double.NaN);
        }
        assertThatThrownBy(() -> Tokenizer.read(FORMATS.resolve("none.txt"), file.config().vocabulary()))
                .isInstanceOf(UserException.class).hasMessageContainingAll("13 tokens", "514");
    }

    @Test
    void aFileWithoutATextEncoderIsRefused() {
        assertThatThrownBy(() -> ClipFile.open(FORMATS.resolve("official_layout.ckpt"), ClipFile.Settings.AUTO))
                .isInstanceOf(UserException.class).hasMessageContainingAll("official_layout.ckpt", "no text encoder");
    }
}
