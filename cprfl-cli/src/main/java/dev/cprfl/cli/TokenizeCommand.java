package dev.cprfl.cli;

import dev.cprfl.model.ClipFile;
import dev.cprfl.model.clip.TextConfig;
import dev.cprfl.model.clip.Tokenizer;
import dev.cprfl.model.training.EmbeddingCache;
import dev.cprfl.tensor.UserException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows the tokens of texts. */
@Command(name = "tokenize", mixinStandardHelpOptions = true,
        description = {"Write the numbers of CLIP's tokens of texts, a line each, with start and end token.",
            "Texts are repaired as CLIP does it: HTML references, curly quotes, wrongly decoded letters and the like."},
        footer = {"", "Examples:",
            "  cprfl tokenize \"a photo of a cat.\" --bpe bpe_simple_vocab_16e6.txt.gz",
            "  cprfl tokenize --file prompts.txt --clip clip-vit-base-patch32/model.safetensors --json"})
final class TokenizeCommand implements Callable<Integer> {

    /** Texts or a file of them. */
    static final class Input {

        @Parameters(paramLabel = "TEXT", arity = "1..*", description = "Texts.")
        private List<String> texts;

        @Option(names = "--file", paramLabel = "F", description = "A file in UTF-8 with a text on each line.")
        private Path file;
    }

    /**
     * @param length tokens before cutting
     * @param ids with start and end, without padding
     */
    private record Text(String text, int length, boolean truncated, List<Integer> ids) {}

    private record Result(String bpe, int vocabulary, int context, List<Text> texts) {}

    @Mixin
    private Common common;

    @ArgGroup(exclusive = true, multiplicity = "1")
    private Input input;

    @Option(names = "--bpe", paramLabel = "F",
            description = "CLIP's vocabulary: bpe_simple_vocab_16e6.txt.gz, merges.txt or tokenizer.json. Without it one of "
                    + "these is looked for in this folder, or beside the checkpoint, and in the cache folder.")
    private Path vocabulary;

    @Option(names = "--clip", paramLabel = "WEIGHTS",
            description = "A checkpoint whose numbers of tokens and positions hold instead of 49408 and 77.")
    private Path checkpoint;

    @Option(names = "--truncate", description = "Cut texts that are too long for CLIP; else they are an error.")
    private boolean truncate;

    @Override
    public Integer call() throws IOException {
        TextConfig config = checkpoint == null ? null : ClipFile.open(checkpoint, ClipFile.Settings.AUTO).config();
        int size = config == null ? Tokenizer.VOCABULARY : config.vocabulary();
        int context = config == null ? Tokenizer.CONTEXT : config.context();
        Path folder = checkpoint == null ? Path.of("").toAbsolutePath() : checkpoint.toAbsolutePath().getParent();
        Path found = vocabulary != null ? vocabulary : Tokenizer.find(folder, EmbeddingCache.folder());
        Tokenizer tokenizer = Tokenizer.read(found, size);
        List<Text> texts = texts().stream().map(text -> {
            int length = tokenizer.encode(text).length;
            return new Text(text, length, length > context,
                    Arrays.stream(tokenizer.encode(text, context, truncate)).boxed().toList());
        }).toList();
        common.print(new Result(found.toString(), size, context, texts),
                texts.stream().map(text -> text.ids.stream().map(String::valueOf)
                        .collect(Collectors.joining(" "))).collect(Collectors.joining("\n")));
        return Main.DONE;
    }

    private List<String> texts() throws IOException {
        if (input.file == null) {
            return input.texts;
        }
        try {
            return Files.readAllLines(input.file);
        } catch (CharacterCodingException e) {
            throw new UserException(input.file + " is not UTF-8 text", e);
        }
    }
}
