package dev.cprfl.tests.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cprfl.cli.Main;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the documents say of the code is so. */
class DocumentsTest {

    private static final Pattern NAMED = Pattern.compile("[A-Z]\\w*(\\.\\w+)?(\\(.*\\))?");
    private static final Pattern COMMAND = Pattern.compile("\\./cprfl ([a-z][a-z-]*)");
    private static final String QUOTED = "quoted from ";
    private static final String PRINTED = "printed by ./cprfl ";
    /** A line of a quotation that stands for any number of lines. */
    private static final String LEFT_OUT = "...";

    static List<Document> documents() {
        return Document.all();
    }

    @ParameterizedTest
    @MethodSource("documents")
    void everyLinkLeadsSomewhere(Document document) {
        for (Document.Link link : document.links()) {
            Path target = document.target(link);
            assertThat(target).as(document.at(link.line())).exists();
            if (!link.fragment().isEmpty()) {
                assertThat(Document.read(target).anchors()).as(document.at(link.line())).contains(link.fragment());
            }
        }
    }

    /** The text of a link to a Java file is a class of it, or a method or field with its class. */
    @ParameterizedTest
    @MethodSource("documents")
    void everyClassAndMethodExists(Document document) throws IOException {
        for (Document.Link link : document.links()) {
            if (link.target().endsWith(".java")) {
                assertThat(link.text()).as(document.at(link.line())).matches(NAMED);
                assertThat(SourceNames.of(document.target(link))).as(document.at(link.line()))
                        .contains(link.text().replaceFirst("\\(.*", ""));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("documents")
    void quotedCodeStandsInTheFile(Document document) throws IOException {
        for (Document.Block block : document.blocks()) {
            if (block.origin().startsWith(QUOTED)) {
                Path file = Document.ROOT.resolve(block.origin().substring(QUOTED.length()));
                assertThat(stands(block.lines(), Files.readAllLines(file)))
                        .as(document.at(block.line()) + " stands in " + file).isTrue();
            }
        }
    }

    /** Whether the lines, apart from their indentation, stand one below the other, {@link #LEFT_OUT} being any lines. */
    static boolean stands(List<String> quoted, List<String> file) {
        List<String> source = file.stream().map(String::strip).toList();
        List<String> run = new ArrayList<>();
        int from = 0;
        for (String line : Stream.concat(quoted.stream().map(String::strip), Stream.of(LEFT_OUT)).toList()) {
            if (!line.equals(LEFT_OUT)) {
                run.add(line);
                continue;
            }
            while (from + run.size() <= source.size() && !source.subList(from, from + run.size()).equals(run)) {
                from++;
            }
            if (from + run.size() > source.size()) {
                return false;
            }
            from += run.size();
            run.clear();
        }
        return true;
    }

    @Test
    void aQuotationThatDiffersIsFound() {
        List<String> file = List.of("class A {", "", "    int a;", "    int b;", "    int c;", "}");
        assertThat(stands(List.of("int a;", "int b;"), file)).isTrue();
        assertThat(stands(List.of("class A {", "...", "int b;", "...", "}"), file)).isTrue();
        assertThat(stands(List.of("int a;", "int c;"), file)).isFalse();
        assertThat(stands(List.of("int c;", "...", "int b;"), file)).isFalse();
        assertThat(stands(List.of("int d;"), file)).isFalse();
    }

    @ParameterizedTest
    @MethodSource("documents")
    void printedNumbersArePrinted(Document document) {
        for (Document.Block block : document.blocks()) {
            if (block.origin().startsWith(PRINTED)) {
                String printed = run(block.origin().substring(PRINTED.length()).split(" "));
                assertThat(stands(block.lines(), printed.lines().toList()))
                        .as(document.at(block.line()) + " in\n" + printed)
                        .isTrue();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("documents")
    void everyCommandExists(Document document) throws IOException {
        Matcher command = COMMAND.matcher(Files.readString(document.path()));
        while (command.find()) {
            if (!command.group(1).equals("jshell")) {
                assertThat(run(command.group(1), "--help")).startsWith("Usage: cprfl " + command.group(1));
            }
        }
    }

    /** No block of Java is left unchecked: it is quoted from a file, or an example that {@link ExamplesTest} runs. */
    @ParameterizedTest
    @MethodSource("documents")
    void everyOriginIsKnown(Document document) {
        for (Document.Block block : document.blocks()) {
            String origin = block.origin();
            boolean checked = origin.startsWith(QUOTED) || origin.startsWith(PRINTED)
                    || origin.equals(ExamplesTest.COMPILED);
            assertThat(checked || origin.isEmpty()).as(document.at(block.line()) + " " + origin).isTrue();
        }
    }

    /** method.md has a section for each equation, which links to the equation's home. */
    @Test
    void theMethodTellsEveryEquation() throws IOException {
        Document method = Document.read(Document.ROOT.resolve("docs/method.md"));
        for (int id = 1; id <= 10; id++) {
            String equation = "E" + id;
            List<Path> told = method.links().stream()
                    .filter(link -> link.heading().matches(".*\\b" + equation + "\\b.*")).map(method::target).toList();
            assertThat(told).as(equation).isNotEmpty();
            boolean home = false;
            for (Path file : told) {
                home |= Files.isRegularFile(file) && Files.readString(file).contains("Implements " + equation + ".");
            }
            assertThat(home).as("the section on " + equation + " links to the class that implements it").isTrue();
        }
    }

    private static String run(String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int exitCode = Main.run(new PrintWriter(out), new PrintWriter(err), args);
        assertThat(exitCode).as(err.toString()).isZero();
        return out.toString();
    }
}
