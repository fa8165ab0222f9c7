package dev.cprfl.cli.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** Text for HTML and SVG. */
public final class Html {

    private Html() {}

    /** The text with the five characters replaced that mean something in HTML, inside elements and attributes. */
    static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;")
                .replace("'", "&#39;");
    }

    /**
     * A whole page that needs nothing else: no script, no font, no request.
     *
     * @param title and summary as text
     * @param content as HTML
     */
    static String page(String title, String summary, String content) {
        return """
                <!DOCTYPE html>
                <html lang="en">
                <head>
                <meta charset="utf-8">
                <meta name="viewport" content="width=device-width, initial-scale=1">
                <title>%s</title>
                <style>
                %s</style>
                </head>
                <body>
                <main>
                <header>
                <h1>%1$s</h1>
                <p>%s</p>
                </header>
                %s
                </main>
                </body>
                </html>
                """.formatted(escape(title), css(), escape(summary), content);
    }

    private static String css() {
        try (InputStream in = Html.class.getResourceAsStream("report.css")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A file inside the page. */
    public static String dataUrl(String mediaType, byte[] content) {
        return "data:" + mediaType + ";base64," + Base64.getEncoder().encodeToString(content);
    }
}
