package dev.cprfl.model.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cprfl.model.CutPath;
import dev.cprfl.model.PromptInit;
import dev.cprfl.tensor.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RunConfigTest {

    @TempDir
    Path folder;

    @Test
    void defaultsAreThePapersRecipe() {
        RunConfig config = RunConfig.defaults();
        assertThat(config.training().lr()).isEqualTo(1e-5);
        assertThat(config.training().backboneLrFactor()).isEqualTo(0.1);
        assertThat(config.loss().detachFocus()).isTrue();
        assertThat(config.profile()).isEqualTo("paper");
    }

    @Test
    void aProfileSetsItsKeysAndEachCanBeSetAlone() {
        RunConfig official = RunConfig.load(null, null, List.of("profile=official-code"));
        assertThat(official.training().backboneLrFactor()).isEqualTo(1);
        assertThat(official.normalisation()).isEqualTo("none");
        assertThat(official.selection()).isEqualTo("test");
        assertThat(official.textEncoder()).isEqualTo("trained");
        RunConfig mixed = RunConfig.load(null, null, List.of("profile=official-code", "normalisation=imagenet"));
        assertThat(mixed.normalisation()).isEqualTo("imagenet");
        assertThat(mixed.training().backboneLrFactor()).isEqualTo(1);
    }

    @Test
    void everyPresetLoads() {
        for (String preset : RunConfig.PRESETS) {
            assertThat(RunConfig.load(preset, null, List.of()).network().jointDim()).isPositive();
        }
    }

    @Test
    void aFileChangesSingleKeysAndSetChangesTheFile() throws IOException {
        Path file = Files.writeString(folder.resolve("c.yaml"),
                """
                        backbone: {block: basic, layers: [1, 1, 1, 1], width: 8}
                        training: {lr: 1e-3}
                        """);
        RunConfig config = RunConfig.load(null, file, List.of("training.epochs=3"));
        assertThat(config.backbone().path("width").asInt()).isEqualTo(8);
        assertThat(config.training().lr()).isEqualTo(1e-3);
        assertThat(config.training().epochs()).isEqualTo(3);
    }

    @Test
    void itsOwnYamlGivesTheSameConfigurationAgain() throws IOException {
        RunConfig config = RunConfig.load("small", null, List.of("training.seed=9", "profile=official-code"));
        Path file = Files.writeString(folder.resolve("config.yaml"), config.toYaml());
        assertThat(RunConfig.load(null, file, List.of())).isEqualTo(config);
    }

    @Test
    void anEmptyFileIsTheDefaults() throws IOException {
        Path file = Files.writeString(folder.resolve("empty.yaml"), "# nothing\n");
        assertThat(RunConfig.load(null, file, List.of())).isEqualTo(RunConfig.defaults());
    }

    @ParameterizedTest
    @CsvSource({"training.batchsize=4, training.batchSize", "jointDims=4, jointDim", "traning.lr=1, training",
        "loss.gamaNeg=2, gammaNeg"})
    void anUnknownKeyNamesTheNearest(String setting, String nearest) {
        assertThatThrownBy(() -> RunConfig.load(null, null, List.of(setting))).isInstanceOf(UserException.class)
                .hasMessageContaining("unknown key").hasMessageContaining(nearest.substring(nearest.indexOf('.') + 1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"imageSize=large", "imageSize=1.5", "dropout=1", "training=5", "loss.name=hinge",
        "training.lr=-1",
        "training.totalSteps=none", "=3", "heads", "heads=null", "training.lr.x=1"})
    void aValueThatDoesNotFitIsOneClearLine(String setting) {
        assertThatThrownBy(() -> RunConfig.load(null, null, List.of(setting))).isInstanceOf(UserException.class)
                .message().doesNotContain("\n").doesNotContain("tools.jackson");
    }

    @ParameterizedTest
    @ValueSource(strings = {"- a\n- b\n", "a: [", "just text", "a: b: c"})
    void aFileThatIsNoConfigurationIsOneClearLine(String text) throws IOException {
        Path file = Files.writeString(folder.resolve("bad.yaml"), text);
        assertThatThrownBy(() -> RunConfig.load(null, file, List.of())).isInstanceOf(UserException.class)
                .hasMessageContaining("bad.yaml").message().doesNotContain("\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"head=mlp", "promptInit=none", "cutPath=both"})
    void theVariantsOfTheNetworkAreNamed(String setting) {
        assertThatThrownBy(() -> RunConfig.load(null, null, List.of(setting))).isInstanceOf(UserException.class)
                .hasMessageContaining(setting.substring(0, setting.indexOf('=')) + " must be one of");
        RunConfig config = RunConfig.load(null, null, List.of("promptInit=linear", "cutPath=indirect"));
        assertThat(config.network().promptInit()).isEqualTo(PromptInit.LINEAR);
        assertThat(config.network().cutPath()).isEqualTo(CutPath.INDIRECT);
        assertThat(config.readsText()).isTrue();
        assertThat(RunConfig.load(null, null, List.of("head=linear")).readsText()).isFalse();
        assertThat(RunConfig.load(null, null, List.of("promptInit=random")).readsText()).isFalse();
    }
}
