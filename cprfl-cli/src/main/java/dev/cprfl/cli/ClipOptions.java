package dev.cprfl.cli;

import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.model.ClipFile;
import dev.cprfl.model.clip.Prompts;
import dev.cprfl.model.clip.TextConfig;
import dev.cprfl.model.clip.TextEncoder;
import dev.cprfl.model.clip.Tokenizer;
import dev.cprfl.model.training.EmbeddingCache;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Option;

/** What the commands with a CLIP checkpoint want to know about it. */
final class ClipOptions {

    /** A checkpoint and the vocabulary that was found for it. */
    record Opened(ClipFile file, Path vocabulary, Tokenizer tokenizer) {

        /** One line on what was read, to be remarked. */
        String describe() {
            TextConfig config = file.config();
            return "text encoder of " + file.file() + ": " + config.layers() + " layers, width " + config.width()
                    + ", heads " + config.heads() + ", embedding " + config.textDim() + ", "
                    + config.activation().name().toLowerCase(Locale.ROOT)
                    + (file.told() ? "" : " (as in OpenAI's models; nothing says so, see --clip-activation)")
                    + "; vocabulary " + vocabulary;
        }
    }

    @Option(names = "--bpe", paramLabel = "F",
            description = "CLIP's vocabulary: bpe_simple_vocab_16e6.txt.gz, merges.txt or tokenizer.json. Without it one of "
                    + "these is looked for beside the checkpoint and in the cache folder.")
    private Path vocabulary;

    @Option(names = "--template", paramLabel = "T",
            description = "A sentence with {} for the class name; \"" + Prompts.DEFAULT_TEMPLATE
                    + "\" is the default. Given "
                    + "several times, the mean of the embeddings is taken.")
    private List<String> templates = List.of();

    @Option(names = "--truncate", description = "Cut sentences that are too long for CLIP.")
    private boolean truncate;

    @Option(names = "--clip-activation", paramLabel = "NAME",
            description = "quick_gelu or gelu, instead of what config.json or open_clip_config.json beside the checkpoint "
                    + "says; quick_gelu where none is there.")
    private TextConfig.Activation activation;

    @Option(names = "--clip-heads", paramLabel = "N", defaultValue = "0",
            description = "Heads of the text encoder, instead of what a file beside the checkpoint says; one for each 64 of "
                    + "the width where none is there.")
    private int heads;

    @Option(names = "--partial-weights",
            description = "Load weights that fit only in part; what is missing starts at random.")
    private boolean partial;

    Prompts prompts() {
        return new Prompts(templates, truncate);
    }

    boolean partial() {
        return partial;
    }

    /** Opens a checkpoint and the vocabulary that belongs to it. */
    Opened open(Path checkpoint) {
        ClipFile file = ClipFile.open(checkpoint, new ClipFile.Settings(heads, activation));
        Path found = vocabulary != null
                ? vocabulary
                : Tokenizer.find(checkpoint.toAbsolutePath().getParent(), EmbeddingCache.folder());
        return new Opened(file, found, Tokenizer.read(found, file.config().vocabulary()));
    }

    /** The text encoder with the checkpoint's weights. */
    TextEncoder encoder(Opened clip, Initializer initializer, Common common) {
        return clip.file.encoder(initializer, partial, common::remark);
    }
}
