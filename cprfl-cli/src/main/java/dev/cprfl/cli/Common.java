package dev.cprfl.cli;

import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.BackendProvider;
import dev.cprfl.kernels.Backends;
import dev.cprfl.tensor.UserException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.cfg.EnumFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.ser.std.ToStringSerializer;

/** The options that every command has, and what they decide: where results go and which backend computes. */
final class Common {

    /** Made when a result is first printed so: most commands never need it. */
    private static final class Json {
        static final JsonMapper MAPPER = JsonMapper.builder()
                .enable(EnumFeature.WRITE_ENUMS_TO_LOWERCASE)
                .addModule(new SimpleModule().addSerializer(Path.class, ToStringSerializer.instance))
                .build();
    }

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(names = "--json", description = "Print one JSON object on standard output and nothing else there.")
    private boolean json;

    @Option(names = "--threads", paramLabel = "N", defaultValue = "0",
            description = "Threads that compute; 0 (the default) is one per processor.")
    private int threads;

    @Option(names = "--backend", paramLabel = "NAME", defaultValue = "auto",
            description = {
                "vector, reference, cuda, or auto (the default): the fastest that works here.",
                "cuda:fp32, cuda:tf32 (what cuda means) or cuda:bf16 choose its precision."})
    private String backend;

    @Option(names = "--seed", paramLabel = "N",
            description = "Seed of everything random, instead of training.seed in the configuration.")
    private Long seed;

    /** How many threads compute, at least one. */
    int threads() {
        if (threads < 0) {
            throw new UserException("--threads " + threads + ": give a positive number, or 0 for one per processor");
        }
        return threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
    }

    /** Opens the chosen backend. */
    Backend openBackend() {
        try {
            return Backends.open(backend, threads());
        } catch (IllegalArgumentException e) {
            throw new UserException("--backend " + backend + ": " + e.getMessage(), e);
        }
    }

    /** The provider of the backend that was asked for by name. */
    BackendProvider backendProvider() {
        try {
            return Backends.provider(backend);
        } catch (IllegalArgumentException e) {
            throw new UserException("--backend " + backend + ": " + e.getMessage(), e);
        }
    }

    /** The name of the backend that was asked for; auto where none was. */
    String backendName() {
        return backend;
    }

    /** The seed as a setting for the configuration, if one was given. */
    List<String> seedSetting() {
        return seed == null ? List.of() : List.of("training.seed=" + seed);
    }

    /** Prints a command's result. */
    void print(Object result, String text) {
        PrintWriter out = command.commandLine().getOut();
        out.println(json ? Json.MAPPER.writeValueAsString(result) : text.stripTrailing());
        out.flush();
    }

    /** Says something on the side. */
    void remark(String text) {
        err().println("cprfl: " + text);
    }

    /** Shows how many of a known number of things are done. */
    CountedProgress progress(String task, String unit, long total) {
        return new CountedProgress(err(), Boolean.getBoolean("cprfl.terminal"), task, unit, total);
    }

    /** Where progress and remarks go. */
    PrintWriter err() {
        return command.commandLine().getErr();
    }
}
