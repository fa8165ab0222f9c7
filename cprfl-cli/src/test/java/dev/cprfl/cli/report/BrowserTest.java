package dev.cprfl.cli.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The pages in a real browser, where there is one: they fit a phone, and the browser has nothing to complain about. */
class BrowserTest {

    private static final List<String> NAMES = List.of("chromium", "chromium-browser", "chromium-headless-shell",
            "google-chrome");

    @TempDir
    private Path folder;

    private static Optional<String> browser() {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .flatMap(directory -> NAMES.stream().map(name -> Path.of(directory, name)))
                .filter(Files::isExecutable).map(Path::toString).findFirst();
    }

    private static Map<String, String> pages() {
        Map<String, String> pages = new LinkedHashMap<>();
        pages.put("report", ReportPage.render(ReportPageTest.report("a class of many words and averyverylongonetoo")));
        pages.put("80 classes", ReportPage.render(ReportPageTest.many(80)));
        pages.put("ablation", AblationPageTest.page("random-prompts"));
        pages.put("audit", AuditPageTest.page("network CPRFL gradients, small"));
        return pages;
    }

    /** No page is wider than its window, and no table is cut. */
    @ParameterizedTest
    @ValueSource(ints = {375, 1280})
    void fitTheirWindow(int width) throws Exception {
        Optional<String> browser = browser();
        assumeTrue(browser.isPresent(), "no Chromium on the PATH to look at a report with");
        Map<String, String> pages = pages();
        // The measure itself can fail.
        pages.put("wide", pages.get("audit").replace("<main>", "<main><div style='width:2000px'>x</div>"));
        pages.put("cut", pages.get("audit").replace("<tr><th>", "<tr><th><div style='width:2000px'>x</div>"));
        String measured = measure(browser.orElseThrow(), pages, width);
        for (String fitting : List.of("report", "80 classes", "ablation", "audit")) {
            assertThat(measured).contains(">" + fitting + ": " + width + ", 0 tables cut<");
        }
        assertThat(measured).containsPattern(">wide: 2[0-9]{3}, 0 tables cut<")
                .containsPattern(">cut: " + width + ", [1-9] tables cut<");
    }

    /** The document of a page that holds ours in frames of so many pixels, and ends with what each takes. */
    private String measure(String browser, Map<String, String> pages, int width)
            throws IOException, InterruptedException {
        StringBuilder html = new StringBuilder(
                """
                        <!DOCTYPE html><meta charset="utf-8"><script>
                        function measure(frame) {
                          const page = frame.contentDocument;
                          const cut = [...page.querySelectorAll('.scroll')]
                              .filter(each => each.querySelector('table') && each.scrollWidth > each.clientWidth);
                          const line = document.createElement('p');
                          line.textContent = frame.name + ': ' + page.documentElement.scrollWidth + ', ' + cut.length + ' tables cut';
                          document.body.append(line);
                          frame.remove();
                        }
                        </script><body>
                        """);
        pages.forEach((name, page) -> html.append("""
                <iframe name="%s" width="%d" height="800" style="border:0" srcdoc="%s" onload="measure(this)"></iframe>
                """.formatted(name, width, page.replace("&", "&amp;").replace("\"", "&quot;"))));
        Path file = Files.writeString(folder.resolve("frames.html"), html);
        Path out = folder.resolve("out");
        Path err = folder.resolve("err");
        Process process = new ProcessBuilder(browser, "--headless", "--no-sandbox", "--disable-gpu",
                "--hide-scrollbars",
                "--enable-logging=stderr", "--virtual-time-budget=4000", "--user-data-dir=" + folder.resolve("profile"),
                "--dump-dom", file.toUri().toString()).redirectOutput(out.toFile()).redirectError(err.toFile()).start();
        try {
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        assertThat(Files.readString(err)).doesNotContain("CONSOLE");
        return Files.readString(out);
    }
}
