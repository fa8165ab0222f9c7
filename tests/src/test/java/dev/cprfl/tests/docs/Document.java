package dev.cprfl.tests.docs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A Markdown file of the project, with what can go stale in it. A fenced block may follow a comment that says where it comes
 * from: {@code <!-- quoted from FILE -->}, {@code <!-- printed by ./cprfl COMMAND -->} or {@code <!-- compiled, not run -->}.
 */
record Document(Path path, List<Block> blocks, List<Link> links, List<String> headings) {

    /** The project's folder. */
    static final Path ROOT = Path.of("..");

    /**
     * A fenced block.
     *
     * @param line where it begins, from 1 on
     * @param origin the comment in front of it, or ""
     * @param heading the last one before it
     */
    record Block(int line, String language, String origin, String heading, List<String> lines) {}

    /**
     * A link within the project.
     *
     * @param heading the last one before it
     * @param text without backticks
     * @param target as written, without what follows #
     * @param fragment what follows #, or ""
     */
    record Link(int line, String heading, String text, String target, String fragment) {}

    private static final Pattern LINK = Pattern.compile("\\[([^]]*)]\\(([^)#\\s]*)(?:#([^)\\s]*))?\\)");
    private static final Pattern COMMENT = Pattern.compile("<!-- (.*) -->");
    private static final String FENCE = "```";

    /** README.md and all of docs. */
    static List<Document> all() {
        try (Stream<Path> files = Files.list(ROOT.resolve("docs"))) {
            return Stream
                    .concat(Stream.of(ROOT.resolve("README.md")), files.filter(file -> file.toString().endsWith(".md")))
                    .sorted().map(Document::read).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Document read(Path file) {
        try {
            return parse(file, Files.readAllLines(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Document parse(Path file, List<String> lines) {
        Document document = new Document(file, new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        String heading = "";
        String before = "";
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            if (line.startsWith(FENCE)) {
                int end = i + 1;
                while (!lines.get(end).equals(FENCE)) {
                    end++;
                }
                document.blocks.add(new Block(i + 1, line.substring(FENCE.length()), before, heading,
                        List.copyOf(lines.subList(i + 1, end))));
                i = end;
                before = "";
                continue;
            }
            if (line.startsWith("#")) {
                heading = line.replaceFirst("^#+ ", "");
                document.headings.add(heading);
            }
            Matcher link = LINK.matcher(line);
            while (link.find()) {
                if (!link.group(2).contains("://")) {
                    document.links.add(new Link(i + 1, heading, link.group(1).replace("`", ""), link.group(2),
                            link.group(3) == null ? "" : link.group(3)));
                }
            }
            Matcher comment = COMMENT.matcher(line);
            before = comment.matches() ? comment.group(1) : line.isBlank() ? before : "";
        }
        return document;
    }

    /** The file that a link names. */
    Path target(Link link) {
        return link.target().isEmpty() ? path : path.resolveSibling(link.target()).normalize();
    }

    /** The names by which GitHub links to the headings. */
    List<String> anchors() {
        return headings.stream().map(heading -> heading.toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{N} _-]", "")
                .replace(' ', '-')).toList();
    }

    String at(int line) {
        return path + ":" + line;
    }

    /** For the names of tests. */
    @Override
    public String toString() {
        return path.toString();
    }
}
