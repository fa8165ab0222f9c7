package dev.cprfl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;

/** The frame: help, wrong usage, failures. */
class MainTest {

    static List<String> commands() {
        return new ArrayList<>(new CommandLine(new Main()).getSubcommands().keySet());
    }

    @ParameterizedTest
    @MethodSource("commands")
    void everyCommandExplainsItselfWithExamples(String command) {
        CommandRun help = CommandRun.of(command, "--help");
        assertThat(help.exitCode()).isZero();
        assertThat(help.out()).startsWith("Usage: cprfl " + command).contains("--json", "\n  cprfl " + command);
        assertThat(help.err()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("commands")
    void anUnknownOptionIsWrongUsage(String command) {
        CommandRun run = CommandRun.of(command, "--no-such-option");
        assertThat(run.exitCode()).isEqualTo(Main.USAGE);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).startsWith("cprfl: ").contains("see: cprfl " + command + " --help");
    }

    @Test
    void withoutACommandTheOverviewIsShown() {
        CommandRun run = CommandRun.of();
        assertThat(run.exitCode()).isEqualTo(Main.USAGE);
        assertThat(run.err()).contains(commands());
    }

    @Test
    void aMistypedCommandNamesTheNearest() {
        CommandRun run = CommandRun.of("inspct");
        assertThat(run.exitCode()).isEqualTo(Main.USAGE);
        assertThat(run.err()).contains("inspect");
    }

    @Test
    void infoListsEveryBackend() {
        JsonNode info = CommandRun.of("info", "--json").json();
        assertThat(info.get("backends").findValuesAsString("name")).contains("vector", "reference");
        assertThat(info.get("processors").asInt()).isPositive();
        assertThat(CommandRun.of("info").out()).contains("backend vector", "memory");
    }

    @Test
    void anInternalErrorIsOneLineThatNamesTheStackTrace() {
        java.io.StringWriter err = new java.io.StringWriter();
        int exitCode = Failures.report(new IllegalStateException("two\nlines"), new java.io.PrintWriter(err));
        assertThat(exitCode).isEqualTo(Main.FAILED);
        assertThat(err.toString()).hasLineCount(1)
                .contains("internal error: java.lang.IllegalStateException: two lines; please report", ".txt");
    }
}
