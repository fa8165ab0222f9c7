package dev.cprfl.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.cprfl.model.clip.TextConfig.Activation;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.io.HostTensor;
import dev.cprfl.tensor.io.Npy;
import dev.cprfl.tensor.io.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The commands tokenize and embed, on a tiny CLIP. */
class ClipCommandsTest {

    /** "a bat", by hand. */
    private static final int[] A_BAT = {TinyClip.START, TinyClip.letter('a') + 256, TinyClip.letter('b'), 513,
        TinyClip.END};

    @TempDir
    private Path folder;

    private TinyClip clip;

    @BeforeEach
    void aCheckpointAndAnEmptyCache() throws IOException {
        clip = TinyClip.write(folder.resolve("clip"));
        System.setProperty("cprfl.cache", folder.resolve("cache").toString());
    }

    @AfterEach
    void forgetTheCache() {
        System.clearProperty("cprfl.cache");
    }

    @Test
    void tokenizeWritesALineOfNumbersForEachText() throws IOException {
        // "ca" stands before "at</w>" in the list, so the word cat becomes ca and t.
        CommandRun run = CommandRun.of("tokenize", "cat", "", "--clip", clip.checkpoint());
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out()).isEqualTo("514 512 " + (TinyClip.letter('t') + 256) + " 515\n514 515\n");
        Path texts = Files.writeString(folder.resolve("texts.txt"), "bat\r\n\nBAT &amp; at\n");
        JsonNode json = CommandRun.of("tokenize", "--file", texts, "--clip", clip.checkpoint(), "--json").json();
        assertThat(json.get("context").asInt()).isEqualTo(40);
        assertThat(json.get("texts").size()).isEqualTo(3);
        assertThat(json.get("texts").get(2).toString())
                .isEqualTo("{\"text\":\"BAT &amp; at\",\"length\":6,\"truncated\":"
                        + "false,\"ids\":[514,65,513," + ('&' - '!' + 256) + ",513,515]}");
    }

    @Test
    void tokenizeCutsOnlyIfTold() {
        String text = "at ".repeat(50);
        CommandRun.of("tokenize", text, "--clip", clip.checkpoint()).failedWith("52 tokens", "40", "--truncate");
        JsonNode cut = CommandRun.of("tokenize", text, "--clip", clip.checkpoint(), "--truncate", "--json").json()
                .get("texts").get(0);
        assertThat(cut.get("ids").size()).isEqualTo(40);
        assertThat(cut.get("ids").get(39).asInt()).isEqualTo(TinyClip.END);
        assertThat(cut.get("truncated").asBoolean()).isTrue();
        assertThat(cut.get("length").asInt()).isEqualTo(52);
    }

    @Test
    void tokenizeSaysWhichFilesItNeeds() throws IOException {
        Files.delete(clip.folder().resolve("merges.txt"));
        CommandRun.of("tokenize", "a", "--clip", clip.checkpoint()).failedWith("merges.txt", "tokenizer.json",
                "bpe_simple_vocab_16e6.txt.gz", clip.folder().toString(), folder.resolve("cache").toString(), "--bpe");
        CommandRun.of("tokenize", "a", "--bpe", folder.resolve("gone.txt")).failedWith("gone.txt", "no such file");
        Path cached = Files.createDirectories(folder.resolve("cache")).resolve("merges.txt");
        Files.writeString(cached, "#version\nc a\na t</w>\n");
        assertThat(CommandRun.of("tokenize", "at", "--clip", clip.checkpoint()).out()).isEqualTo("514 513 515\n");
        CommandRun.of("tokenize", "a", "--bpe", cached).failedWith("merges.txt", "2 merges", "49408", "48894");
        assertThat(CommandRun.of("tokenize").exitCode()).isEqualTo(Main.USAGE);
        assertThat(CommandRun.of("tokenize", "a", "--file", cached).exitCode()).isEqualTo(Main.USAGE);
        Path latin = Files.write(folder.resolve("latin.txt"), new byte[]{(byte) 0xE9});
        CommandRun.of("tokenize", "--file", latin, "--clip", clip.checkpoint()).failedWith("latin.txt", "UTF-8");
    }

    private double[] embed(Path checkpoint, Object... more) throws IOException {
        Path labels = Files.writeString(folder.resolve("labels.txt"), "at 1\nbat 0\n");
        Path out = folder.resolve("out.npy");
        Object[] line = {"embed", "--clip", checkpoint, "--bpe", clip.folder().resolve("merges.txt"), "--labels",
            labels,
            "--template", "A {}", "--out", out, "--backend", "reference"};
        Object[] all = Stream.concat(Arrays.stream(line), Arrays.stream(more))
                .toArray();
        CommandRun run = CommandRun.of(all);
        assertThat(run.exitCode()).as(run.err()).isZero();
        HostTensor written = Npy.read(out);
        assertThat(written.shape()).isEqualTo(Shape.of(2, 6));
        return written.toDoubles();
    }

    /** Classes 0 and 1 are bat and at. */
    private static double[] expected(Activation activation) {
        return TinyClip.embed(activation, A_BAT,
                new int[]{TinyClip.START, TinyClip.letter('a') + 256, 513, TinyClip.END});
    }

    @Test
    void embedGivesTheProjectionNotNormalised() throws IOException {
        double[] rows = embed(clip.checkpoint());
        assertThat(rows).containsExactly(expected(Activation.QUICK_GELU), within(1e-12));
        double norm = Math.sqrt(Arrays.stream(rows, 0, 6).map(x -> x * x).sum());
        assertThat(norm).isNotCloseTo(1, within(1e-3));
        assertThat(embed(clip.checkpoint(), "--clip-activation", "GELU"))
                .containsExactly(expected(Activation.GELU), within(1e-12));
    }

    @Test
    void embedTakesTheMeanOfTemplates() throws IOException {
        double[] one = embed(clip.checkpoint());
        double[] other = TinyClip.embed(Activation.QUICK_GELU,
                new int[]{TinyClip.START, TinyClip.letter('b'), 513, TinyClip.END},
                new int[]{TinyClip.START, 513, TinyClip.END});
        double[] mean = embed(clip.checkpoint(), "--template", "{}");
        for (int i = 0; i < mean.length; i++) {
            assertThat(mean[i]).isCloseTo((one[i] + other[i]) / 2, within(1e-12));
        }
    }

    @Test
    void embedReadsOthersNames() throws IOException {
        double[] expected = embed(clip.checkpoint());
        Path other = folder.resolve("clip/other.safetensors");
        Safetensors.write(other, TinyClip.huggingFace(), Map.of());
        assertThat(embed(other)).containsExactly(expected);
        for (String prefix : new String[]{"module.", "text.", "module.text_encoder."}) {
            Map<String, HostTensor> weights = new LinkedHashMap<>();
            TinyClip.weights().forEach((name, tensor) -> weights.put(prefix + name, tensor));
            Safetensors.write(other, weights, Map.of());
            assertThat(embed(other)).as(prefix).containsExactly(expected);
        }
        Files.writeString(folder.resolve("clip/config.json"),
                "{\"text_config\": {\"hidden_act\": \"gelu\", \"num_attention_heads\": 1}}");
        assertThat(embed(other)).containsExactly(expected(Activation.GELU), within(1e-12));
        Files.writeString(folder.resolve("clip/config.json"), "{\"text_config\": {\"hidden_act\": \"relu\"}}");
        embedFails(other, "config.json", "relu", "--clip-activation");
        Files.writeString(folder.resolve("clip/config.json"), "{}");
        Files.writeString(folder.resolve("clip/open_clip_config.json"),
                "{\"model_cfg\": {\"text_cfg\": {\"heads\": 3}}}");
        embedFails(other, "8", "3 heads");
        Files.writeString(folder.resolve("clip/open_clip_config.json"),
                "{\"model_cfg\": {\"text_cfg\": {\"heads\": 1}}}");
        assertThat(embed(other)).containsExactly(expected(Activation.GELU), within(1e-12));
        Files.writeString(folder.resolve("clip/open_clip_config.json"), "{");
        embedFails(other, "open_clip_config.json", "JSON");
    }

    @Test
    void embedRefusesAPartialCheckpointUnlessTold() throws IOException {
        Map<String, HostTensor> weights = TinyClip.weights();
        weights.remove("transformer.resblocks.1.mlp.c_fc.bias");
        weights.put("ln_final.bias", HostTensor.of(Shape.of(7), new float[7]));
        weights.put("mystery", HostTensor.of(Shape.of(2), 0f, 0f));
        Path part = folder.resolve("clip/part.safetensors");
        Safetensors.write(part, weights, Map.of());
        embedFails(part, "part.safetensors", "missing: transformer.resblocks.1.mlp.c_fc.bias [32]", "mystery [2]",
                "ln_final.bias is [7] in the file, [8] in the model", "--partial-weights");
        assertThat(embed(part, "--partial-weights")).doesNotContain(Double.NaN);
        weights.remove("text_projection");
        Safetensors.write(part, weights, Map.of());
        embedFails(part, "part.safetensors", "text_projection", "missing");
        Safetensors.write(part, Map.of("conv1.weight", HostTensor.of(Shape.of(1), 0f)), Map.of());
        embedFails(part, "part.safetensors", "no text encoder");
    }

    private void embedFails(Path checkpoint, String... words) {
        CommandRun.of("embed", "--clip", checkpoint, "--labels", "voc", "--out", folder.resolve("no.npy"),
                "--backend", "reference").failedAtLastWith(words);
        assertThat(folder.resolve("no.npy")).doesNotExist();
    }

    @Test
    void embedKnowsTheNamesOfCocoAndVoc() throws IOException {
        JsonNode coco = CommandRun.of("embed", "--clip", clip.checkpoint(), "--labels", "coco", "--out",
                folder.resolve("coco.safetensors"), "--json").json();
        assertThat(coco.get("classes").asInt()).isEqualTo(80);
        assertThat(coco.get("names").get(9).asString()).isEqualTo("traffic light");
        assertThat(coco.get("templates").toString()).isEqualTo("[\"a photo of a {}.\"]");
        assertThat(coco.get("normalised").asBoolean()).isFalse();
        assertThat(Safetensors.read(folder.resolve("coco.safetensors")).get("text_features").shape())
                .isEqualTo(Shape.of(80, 6));
        JsonNode voc = CommandRun.of("embed", "--clip", clip.checkpoint(), "--labels", "voc", "--out",
                folder.resolve("voc.npy"), "--json").json();
        assertThat(voc.get("names").get(19).asString()).isEqualTo("tvmonitor");
        assertThat(voc.get("names").size()).isEqualTo(20);
    }

    @Test
    void embedRefusesWhatItCannotUse() throws IOException {
        Path empty = Files.writeString(folder.resolve("empty.txt"), "\n");
        CommandRun.of("embed", "--clip", clip.checkpoint(), "--labels", empty, "--out", folder.resolve("e.npy"))
                .failedWith("empty.txt", "no class names");
        CommandRun.of("embed", "--clip", clip.checkpoint(), "--labels", "cocoa", "--out", folder.resolve("e.npy"))
                .failedWith("cocoa", "no such file");
        CommandRun.of("embed", "--clip", clip.checkpoint(), "--labels", "voc", "--template", "a photo", "--out",
                folder.resolve("e.npy")).failedWith("a photo", "{}");
        CommandRun.of("embed", "--clip", folder.resolve("none.pt"), "--labels", "voc", "--out", folder.resolve("e.npy"))
                .failedWith("none.pt", "no such file");
        Path spaced = Files.writeString(folder.resolve("spaced.txt"), "traffic_light\n" + "x".repeat(60) + "\n");
        CommandRun.of("embed", "--clip", clip.checkpoint(), "--labels", spaced, "--out", folder.resolve("e.npy"))
                .failedAtLastWith("tokens", "--truncate");
    }
}
