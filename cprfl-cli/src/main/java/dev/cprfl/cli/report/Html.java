package dev.cprfl.cli.report;

import java.util.Base64;

/** Text for HTML and SVG. */
public final class Html {

    private Html() {}

    /** The text with the five characters replaced that mean something in HTML, inside elements and attributes. */
    static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;")
                .replace("'", "&#39;");
    }

    /** A file inside the page. */
    public static String dataUrl(String mediaType, byte[] content) {
        return "data:" + mediaType + ";base64," + Base64.getEncoder().encodeToString(content);
    }
}
