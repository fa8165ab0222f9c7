package dev.cprfl.tests.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cprfl.kernels.Backends;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import jdk.jshell.JShell;
import jdk.jshell.Snippet;
import jdk.jshell.SnippetEvent;
import jdk.jshell.SourceCodeAnalysis;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The examples of the documents run, and print what their comments {@code // prints ...} say. Those of one document are one
 * session, which begins as {@code ./cprfl jshell} does. An example that needs files is compiled only.
 *
 * <p>The backend is the reference: a shell within this process waits after each line for all threads that the line began, and
 * those of the other backends live on.
 */
@Timeout(120)
class ExamplesTest {

    static final String COMPILED = "compiled, not run";

    private static final String PRINTS = "// prints ";

    @BeforeAll
    static void chooseTheReference() {
        System.setProperty(Backends.PROPERTY, "reference");
    }

    @AfterAll
    static void leaveTheChoice() {
        System.clearProperty(Backends.PROPERTY);
    }

    static List<Document> documents() {
        return Document.all();
    }

    @Test
    void theStartUpScriptShowsThreeLinesThatWork() throws IOException {
        try (JShell shell = shell()) {
            String shown = evaluate(shell, Files.readString(Document.ROOT.resolve("docs/start.jsh")));
            List<String> lines = shown.lines().filter(line -> line.startsWith("    ")).toList();
            assertThat(lines).hasSize(3);
            check("docs/start.jsh", shell, lines);
        }
    }

    @ParameterizedTest
    @MethodSource("documents")
    void everyExampleRuns(Document document) throws IOException {
        try (JShell shell = shell()) {
            var _ = evaluate(shell, Files.readString(Document.ROOT.resolve("docs/start.jsh")));
            for (Document.Block block : document.blocks()) {
                if (block.language().equals("java") && block.origin().isEmpty()) {
                    check(document.at(block.line()), shell, block.lines());
                } else if (block.origin().equals(COMPILED)) {
                    compile(shell, block.lines());
                }
            }
        }
    }

    /** The test can fail. */
    @Test
    void aWrongExampleIsFound() {
        try (JShell shell = shell()) {
            assertThat(failure(shell, "int x = \"text\";")).contains("incompatible types");
            assertThat(failure(shell, "Object o = null; o.toString();")).contains("NullPointerException");
            assertThat(failure(shell, "noSuchMethod();")).contains("cannot find symbol");
        }
    }

    private static JShell shell() {
        return JShell.builder().executionEngine("local")
                .compilerOptions("--class-path", System.getProperty("java.class.path")).build();
    }

    private static void check(String where, JShell shell, List<String> lines) {
        String expected = lines.stream().filter(line -> line.contains(PRINTS))
                .map(line -> line.substring(line.indexOf(PRINTS) + PRINTS.length())).collect(Collectors.joining("\n"));
        assertThat(evaluate(shell, String.join("\n", lines)).strip()).as(where).isEqualTo(expected);
    }

    /** Imports hold for the session; the rest becomes a method that nobody calls. */
    private static void compile(JShell shell, List<String> lines) {
        List<String> imports = lines.stream().filter(line -> line.startsWith("import ")).toList();
        List<String> rest = lines.stream().filter(line -> !line.startsWith("import ")).toList();
        var _ = evaluate(shell,
                String.join("\n", imports) + "\nvoid example() throws Exception {\n" + String.join("\n", rest)
                        + "\n}");
    }

    private static String failure(JShell shell, String source) {
        try {
            var _ = evaluate(shell, source);
        } catch (AssertionError e) {
            return e.getMessage();
        }
        return "none";
    }

    /** Runs all of the source; returns what it printed. */
    private static String evaluate(JShell shell, String source) {
        PrintStream standard = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try {
            String rest = source;
            while (!rest.isBlank()) {
                SourceCodeAnalysis.CompletionInfo part = shell.sourceCodeAnalysis().analyzeCompletion(rest);
                String snippet = part.source() == null ? rest : part.source();
                shell.eval(snippet).forEach(event -> requireSuccess(shell, event));
                rest = part.source() == null ? "" : part.remaining();
            }
        } finally {
            System.setOut(standard);
        }
        return printed.toString(StandardCharsets.UTF_8);
    }

    private static void requireSuccess(JShell shell, SnippetEvent event) {
        List<String> problems = new ArrayList<>();
        if (event.exception() != null) {
            problems.add(event.exception() instanceof jdk.jshell.EvalException thrown
                    ? thrown.getExceptionClassName() + ": " + thrown.getMessage()
                    : event.exception().toString());
        }
        if (event.causeSnippet() == null && event.status() != Snippet.Status.VALID) {
            shell.diagnostics(event.snippet()).forEach(problem -> problems.add(problem.getMessage(null)));
            problems.add(event.status().toString());
        }
        assertThat(problems).as(event.snippet().source()).isEmpty();
    }
}
