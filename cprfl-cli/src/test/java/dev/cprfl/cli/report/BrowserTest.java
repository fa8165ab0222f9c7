package dev.cprfl.cli.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The page in a real browser, where there is one: it fits a phone, and the browser has nothing to complain about. */
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

    @ParameterizedTest
    @ValueSource(ints = {375, 1280})
    void fitsItsWindow(int width) throws Exception {
        Optional<String> browser = browser();
        assumeTrue(browser.isPresent(), "no Chromium on the PATH to look at a report with");
        String page = ReportPage.render(ReportPageTest.report("a class of many words and averyveryverylongonetoo"));
        assertThat(measure(browser.orElseThrow(), page, width)).contains(">" + width + "<");
        // The measure itself can fail.
        String wide = page.replace("<main>", "<main><div style='width:2000px'>x</div>");
        assertThat(measure(browser.orElseThrow(), wide, width)).containsPattern(">2[0-9]{3}<");
    }

    /** The document of a page that holds ours in a frame of so many pixels, and ends with the width that ours takes. */
    private String measure(String browser, String page, int width) throws IOException, InterruptedException {
        String framed = page.replace("&", "&amp;").replace("\"", "&quot;");
        Path file = folder.resolve("frame.html");
        Files.writeString(file,
                """
                        <!DOCTYPE html><meta charset="utf-8"><iframe width="%d" height="800" style="border:0" srcdoc="%s" onload="
                        document.body.innerHTML = '&lt;p>' + this.contentDocument.documentElement.scrollWidth + '&lt;/p>'"></iframe>
                        """
                        .formatted(width, framed));
        Path out = folder.resolve("out");
        Path err = folder.resolve("err");
        Process process = new ProcessBuilder(browser, "--headless", "--no-sandbox", "--disable-gpu",
                "--hide-scrollbars",
                "--enable-logging=stderr", "--virtual-time-budget=2000", "--user-data-dir=" + folder.resolve("profile"),
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
