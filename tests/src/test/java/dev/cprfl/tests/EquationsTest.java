package dev.cprfl.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every equation of the method has one home: the class or method whose Javadoc says "Implements E3." */
class EquationsTest {

    private static final Pattern HOME = Pattern.compile("Implements (E\\d+)\\.");

    @Test
    void everyEquationHasOneHome() throws IOException {
        Map<String, List<String>> homes = new TreeMap<>();
        for (int id = 1; id <= 10; id++) {
            homes.put("E" + id, new ArrayList<>());
        }
        try (Stream<Path> files = Files.walk(Path.of("../cprfl-model/src/main/java"))) {
            for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
                Matcher matcher = HOME.matcher(Files.readString(file));
                while (matcher.find()) {
                    homes.computeIfAbsent(matcher.group(1), unknown -> new ArrayList<>())
                            .add(file.getFileName().toString());
                }
            }
        }
        assertThat(homes).hasSize(10);
        homes.forEach((id, found) -> assertThat(found).as(id).hasSize(1));
    }
}
