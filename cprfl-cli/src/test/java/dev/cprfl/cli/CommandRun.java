package dev.cprfl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cprfl.kernels.BackendProvider;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
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

    /**
     * Runs a command with these backends on the class path instead of ours.
     *
     * @param folder for a file
     * @param providers names of classes
     */
    static CommandRun on(Path folder, List<String> providers, Object... args) throws IOException {
        Path services = Files.writeString(folder.resolve("providers"), String.join("\n", providers));
        ClassLoader usual = Thread.currentThread().getContextClassLoader();
        Thread.currentThread().setContextClassLoader(new ClassLoader(usual) {
            @Override
            public Enumeration<URL> getResources(String name) throws IOException {
                return name.equals("META-INF/services/" + BackendProvider.class.getName())
                        ? Collections.enumeration(List.of(services.toUri().toURL()))
                        : super.getResources(name);
            }
        });
        try {
            return of(args);
        } finally {
            Thread.currentThread().setContextClassLoader(usual);
        }
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
