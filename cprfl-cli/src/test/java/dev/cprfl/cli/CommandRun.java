package dev.cprfl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Arrays;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a command line left behind. */
record CommandRun(int exitCode, String out, String err) {

    /** Runs a command in this process. */
    static CommandRun of(Object... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int exitCode = Main.run(new PrintWriter(out), new PrintWriter(err),
                Arrays.stream(args).map(String::valueOf).toArray(String[]::new));
        return new CommandRun(exitCode, out.toString(), err.toString());
    }

    /** Stored PyTorch results; they lie with the tests of the module cprfl-model. */
    static Path golden(String name) {
        return Path.of("../cprfl-model/src/test/resources/golden", name);
    }

    /** The single JSON object on standard output of a run that went well. */
    JsonNode json() {
        assertThat(exitCode).as(err).isZero();
        JsonNode tree = JsonMapper.builder()
                .enable(tools.jackson.databind.DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .build().readTree(out);
        assertThat(tree.isObject()).isTrue();
        return tree;
    }

    /** Checks that the run failed on what it was given: nothing on standard output, one line with these words. */
    void failedWith(String... words) {
        assertThat(err).hasLineCount(1);
        failedAtLastWith(words);
    }

    /** As {@link #failedWith}, after lines of progress. */
    void failedAtLastWith(String... words) {
        String last = err.lines().reduce("", (_, line) -> line);
        assertThat(last).as(err).startsWith("cprfl: ").contains(words);
        assertThat(err).endsWith("\n").doesNotContain("\tat ", "internal error");
        assertThat(out).isEmpty();
        assertThat(exitCode).isEqualTo(Main.FAILED);
    }
}
