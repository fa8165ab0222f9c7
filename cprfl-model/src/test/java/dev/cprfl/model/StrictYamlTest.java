package dev.cprfl.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cprfl.tensor.UserException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StrictYamlTest {

    enum Colour {
        RED, GREEN
    }

    record Inner(double rate, boolean on) {}

    record Outer(String name, int count, Colour colour, Inner inner, List<Inner> more) {

        Outer {
            if (count < 0) {
                throw new UserException("count must not be negative, is " + count);
            }
        }
    }

    @Test
    void fillsNestedRecords() {
        Outer outer = bind(
                "name: a b\ncount: 3\ncolour: GREEN\ninner: {rate: 1e-5, on: true}\nmore: [{rate: 2, on: false}]\n");
        assertThat(outer).isEqualTo(
                new Outer("a b", 3, Colour.GREEN, new Inner(1e-5, true), List.of(new Inner(2, false))));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "nmae: x                 | test: unknown key 'nmae'; did you mean name?",
        "inner: {Rat: 1}         | test: unknown key 'inner.Rat'; did you mean rate?",
        "more: [{}, {of: true}]  | test: unknown key 'more[1].of'; did you mean on?",
        "count: many             | test: count: 'many' is not a whole number",
        "count: 2.5              | test: count: ",
        "count: -1               | test: count must not be negative, is -1",
        "colour: BLUE            | test: colour: 'BLUE' is not one of [RED, GREEN]",
        "inner: {rate: fast}     | test: inner.rate: 'fast' is not a number",
        "inner: {on: perhaps}    | test: inner.on: 'perhaps' is not true or false",
        "inner: 3                | test: inner: "})
    void saysWhichKeyIsWrong(String yaml, String message) {
        assertThatThrownBy(() -> bind(yaml)).isInstanceOf(UserException.class).hasMessageStartingWith(message.strip())
                .message().doesNotContain("\n").doesNotContain("reference chain");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"a: [1, 2          | line 1", "a: 1#b: 2#a: 3   | line 3", "a: b: c | line 1"})
    void saysWhichLineIsNotYaml(String yaml, String line) {
        assertThatThrownBy(() -> StrictYaml.parse(yaml.strip().replace('#', '\n') + "\n", "test"))
                .isInstanceOf(UserException.class)
                .hasMessageStartingWith("test: " + line.strip() + ": not valid YAML: ");
    }

    @ParameterizedTest
    @CsvSource({"just words", "'[1, 2]'"})
    void refusesWhatIsNoMapping(String yaml) {
        assertThatThrownBy(() -> StrictYaml.parse(yaml, "test")).isInstanceOf(UserException.class)
                .hasMessage("test: expected lines of the form 'key: value'");
    }

    @ParameterizedTest
    @CsvSource({"''", "'# all commented out'"})
    void nothingIsAMappingWithoutKeys(String yaml) {
        assertThat(StrictYaml.parse(yaml, "test").isObject()).isTrue();
        assertThat(StrictYaml.parse(yaml, "test").isEmpty()).isTrue();
    }

    @Test
    void refusesAMissingFile(@TempDir Path folder) {
        Path file = folder.resolve("none.yaml");
        assertThatThrownBy(() -> StrictYaml.read(file, Outer.class)).isInstanceOf(UserException.class)
                .hasMessage(file + ": no such file");
    }

    private static Outer bind(String yaml) {
        return StrictYaml.bind(StrictYaml.parse(yaml, "test"), Outer.class, "test");
    }
}
