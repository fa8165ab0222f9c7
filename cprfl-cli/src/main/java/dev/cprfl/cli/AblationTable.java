package dev.cprfl.cli;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/** What an ablation found: fractions, as text in percent. Null is what could not be computed. */
record AblationTable(List<Row> variants, List<Cell> cells) {

    static final List<String> GROUPS = List.of("total", "head", "medium", "tail");

    /** One training; mAP on the test images by total, head, medium and tail. */
    record Cell(String variant, long seed, @JsonProperty("mAP") Map<String, Double> meanAveragePrecision) {}

    /** One variant over its seeds. */
    record Row(String variant, String about, int seeds,
            @JsonProperty("mAP") Map<String, Spread> meanAveragePrecision) {}

    /** @param std standard deviation over the seeds with n - 1 below; null for fewer than two */
    record Spread(Double mean, Double std) {

        static Spread of(List<Double> values) {
            int n = values.size();
            if (n == 0) {
                return new Spread(null, null);
            }
            double mean = values.stream().mapToDouble(x -> x).sum() / n;
            double squares = values.stream().mapToDouble(x -> (x - mean) * (x - mean)).sum();
            return new Spread(mean, n < 2 ? null : Math.sqrt(squares / (n - 1)));
        }

        /** In percent. */
        String text() {
            return mean == null ? "-" : percent(mean) + (std == null ? "" : " ± " + percent(std));
        }

        private static String percent(double fraction) {
            return String.format(Locale.ROOT, "%.1f", 100 * fraction);
        }
    }

    /** Variants without a finished training are left out. */
    static AblationTable of(List<AblationSuite.Variant> variants, List<Cell> cells) {
        List<Row> rows = new ArrayList<>();
        for (AblationSuite.Variant variant : variants) {
            List<Cell> own = cells.stream().filter(cell -> cell.variant.equals(variant.name())).toList();
            Map<String, Spread> spreads = new LinkedHashMap<>();
            GROUPS.forEach(group -> spreads.put(group, Spread.of(own.stream()
                    .map(cell -> cell.meanAveragePrecision.get(group)).filter(Objects::nonNull).toList())));
            if (!own.isEmpty()) {
                rows.add(new Row(variant.name(), variant.about(), own.size(), spreads));
            }
        }
        return new AblationTable(rows, cells);
    }

    String toText() {
        TextTable table = new TextTable("test mAP %", ">seeds", ">total", ">head", ">medium", ">tail");
        for (Row row : variants) {
            List<Object> line = new ArrayList<>(List.of(row.variant, row.seeds));
            row.meanAveragePrecision.values().forEach(spread -> line.add(spread.text()));
            table.row(line.toArray());
        }
        return table.toString();
    }

    /** Fractions with all their digits; no number is an empty cell. */
    String toCsv() {
        StringBuilder csv = new StringBuilder("variant,seeds");
        GROUPS.forEach(group -> csv.append(',').append(group).append("_mean,").append(group).append("_std"));
        for (Row row : variants) {
            csv.append('\n').append(row.variant).append(',').append(row.seeds);
            row.meanAveragePrecision.values().forEach(
                    spread -> csv.append(',').append(number(spread.mean)).append(',').append(number(spread.std)));
        }
        return csv.append('\n').toString();
    }

    private static String number(Double value) {
        return value == null ? "" : value.toString();
    }
}
