package dev.cprfl.cli;

import dev.cprfl.autograd.Parameter.Layout;
import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.autograd.nn.StateDict;
import dev.cprfl.kernels.Backend;
import dev.cprfl.model.Classifier;
import dev.cprfl.model.Cprfl;
import dev.cprfl.model.clip.Prompts;
import dev.cprfl.model.training.EmbeddingCache;
import dev.cprfl.model.training.Provenance;
import dev.cprfl.model.training.Run;
import dev.cprfl.model.training.RunConfig;
import dev.cprfl.model.training.TextEmbeddings;
import dev.cprfl.model.training.TextPrompts;
import dev.cprfl.tensor.Tensor;
import dev.cprfl.tensor.UserException;
import dev.cprfl.tensor.io.HostTensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Where a new run's class semantics come from: a file of embeddings, or a CLIP checkpoint. */
final class TrainText {

    @Option(names = "--text-embeddings", paramLabel = "F",
            description = "The class names' embeddings, .npy, safetensors or .pt, one row per class. They stay as they are.")
    private Path embeddings;

    @Option(names = "--clip", paramLabel = "WEIGHTS",
            description = "A CLIP checkpoint that computes the embeddings; they are kept in the cache folder. With "
                    + "textEncoder: trained its text encoder learns with the rest.")
    private Path checkpoint;

    @Mixin
    private ClipOptions options;

    private ClipOptions.Opened clip;

    /** Whether there is any. */
    boolean given() {
        return embeddings != null || checkpoint != null;
    }

    boolean partial() {
        return options.partial();
    }

    /** Opens what was given, before anything costly is done. */
    void open(RunConfig settled, int classes, Common common) {
        if (!settled.readsText()) {
            if (given()) {
                throw new UserException("head: " + settled.head() + ", promptInit: " + settled.promptInit()
                        + " reads no text: leave --text-embeddings and --clip out");
            }
            return;
        }
        if ((embeddings == null) == (checkpoint == null)) {
            throw new UserException(embeddings == null
                    ? "give the meaning of the " + classes
                            + " classes: by --clip a CLIP checkpoint, or by --text-embeddings "
                            + "the class names' CLIP embeddings (.npy or safetensors), one row for each"
                    : "--text-embeddings and --clip are two sources of the same; give one of them");
        }
        boolean trained = settled.textEncoder().equals("trained");
        if (checkpoint == null) {
            if (trained) {
                common.remark(
                        "the text embeddings come from a file, so they are not trained (textEncoder: trained needs "
                                + "--clip)");
            }
            return;
        }
        if (trained && options.prompts().templates().size() > 1) {
            throw new UserException(
                    "a text encoder that is trained (textEncoder: trained) reads one sentence about each "
                            + "class; give one --template");
        }
        clip = options.open(checkpoint);
        common.remark(clip.describe());
    }

    /** What is read, for the provenance. */
    void addInputs(Map<String, List<Path>> inputs) {
        if (clip == null && embeddings != null) {
            inputs.put("text embeddings", List.of(embeddings));
        } else if (clip != null) {
            inputs.put("clip", List.of(checkpoint));
            inputs.put("clip vocabulary", List.of(clip.vocabulary()));
        }
    }

    /** What a run that trains the text encoder keeps; else null. */
    TextPrompts prompts(RunConfig settled, List<String> names) {
        if (clip == null || !settled.textEncoder().equals("trained")) {
            return null;
        }
        String template = options.prompts().templates().getFirst();
        return new TextPrompts(template,
                tokens(template, names).stream().map(text -> Arrays.stream(text).boxed().toList()).toList(),
                clip.file().config().heads(), clip.file().config().activation());
    }

    private List<int[]> tokens(String template, List<String> names) {
        return options.prompts().tokens(template, names, clip.tokenizer(), clip.file().config().context());
    }

    /** A network with fresh weights, but for those of a text encoder. */
    Classifier network(RunConfig settled, List<String> names, Initializer initializer, Common common)
            throws IOException {
        if (!settled.readsText()) {
            return Run.untold(settled, names.size(), initializer);
        }
        if (clip != null && settled.textEncoder().equals("trained")) {
            String template = options.prompts().templates().getFirst();
            return new Cprfl(settled.network(), options.encoder(clip, initializer, common), tokens(template, names),
                    initializer);
        }
        HostTensor text = clip == null
                ? TextEmbeddings.read(embeddings, names.size())
                : EmbeddingCache.get(key(names, initializer.backend()), () -> compute(names, initializer, common),
                        common::remark);
        Tensor textFeatures = text.toTensor(initializer.backend());
        return new Cprfl(settled.network(), textFeatures, initializer);
    }

    private EmbeddingCache.Key key(List<String> names, Backend backend) throws IOException {
        Prompts prompts = options.prompts();
        return new EmbeddingCache.Key(Provenance.sha256(checkpoint), Provenance.sha256(clip.vocabulary()),
                clip.file().config().toString(), prompts.templates(), names, prompts.truncate(), backend.name());
    }

    private HostTensor compute(List<String> names, Initializer initializer, Common common) {
        Tensor embedded = options.prompts().embed(names, clip.tokenizer(), options.encoder(clip, initializer, common));
        HostTensor kept = StateDict.toHost(embedded, Layout.PLAIN);
        embedded.release();
        return kept;
    }
}
