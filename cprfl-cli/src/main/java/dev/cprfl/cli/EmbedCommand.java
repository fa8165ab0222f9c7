package dev.cprfl.cli;

import dev.cprfl.autograd.Parameter.Layout;
import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.autograd.nn.StateDict;
import dev.cprfl.kernels.Backend;
import dev.cprfl.model.clip.Prompts;
import dev.cprfl.model.clip.TextEncoder;
import dev.cprfl.model.data.LabelNames;
import dev.cprfl.tensor.Rng;
import dev.cprfl.tensor.io.HostTensor;
import dev.cprfl.tensor.io.Npy;
import dev.cprfl.tensor.io.Safetensors;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Computes the text embeddings that train takes. */
@Command(name = "embed", mixinStandardHelpOptions = true,
        description = {"Compute the CLIP text embeddings of class names, a row each in the order of their ids (E2).",
            "They are what the text projection gives, not normalised; of several templates the mean."},
        footer = {"", "Examples:",
            "  cprfl embed --clip RN50.pt --labels voc --out voc.npy",
            "  cprfl embed --clip clip/model.safetensors --labels names.txt \\",
            "      --template \"a photo of a {}.\" --template \"a {}.\" --out names.npy"})
final class EmbedCommand implements Callable<Integer> {

    private record Result(String out, int classes, int textDim, List<String> names, List<String> templates,
            boolean normalised, String clip, String bpe) {}

    @Mixin
    private Common common;

    @Mixin
    private ClipOptions options;

    @Option(names = "--clip", paramLabel = "WEIGHTS", required = true,
            description = "A CLIP checkpoint of OpenAI, open_clip or Hugging Face.")
    private Path checkpoint;

    @Option(names = "--labels", paramLabel = "F", required = true,
            description = "coco or voc, or a file of lines \"name id\" or of one name a line.")
    private String labels;

    @Option(names = "--out", paramLabel = "E.npy", required = true,
            description = "The file to write; .safetensors where its name ends so.")
    private Path out;

    @Override
    public Integer call() {
        List<String> names = LabelNames.read(labels);
        Prompts prompts = options.prompts();
        ClipOptions.Opened clip = options.open(checkpoint);
        common.remark(clip.describe());
        HostTensor embeddings;
        try (Backend backend = common.openBackend()) {
            TextEncoder encoder = options.encoder(clip, new Initializer(backend, Rng.of(1)), common);
            embeddings = StateDict.toHost(prompts.embed(names, clip.tokenizer(), encoder), Layout.PLAIN);
        }
        if (out.toString().endsWith(".safetensors")) {
            Safetensors.write(out, Map.of("text_features", embeddings), Map.of());
        } else {
            Npy.write(out, embeddings);
        }
        int textDim = clip.file().config().textDim();
        common.print(new Result(out.toString(), names.size(), textDim, names, prompts.templates(), false,
                checkpoint.toString(), clip.vocabulary().toString()),
                names.size() + " embeddings of " + textDim + " numbers, not normalised, written to " + out);
        return Main.DONE;
    }
}
