package dev.cprfl.model.training;

import dev.cprfl.kernels.Backend;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/**
 * A process that trained a run: which program on which machine, and when.
 *
 * @param started UTC, such as 2026-01-31T23:59:59Z
 * @param ended likewise; null while it trains, and for ever if it was killed
 * @param version of this software
 * @param revision the commit that it was built from, with "-dirty" behind it where files had been changed; null if it was not
 *     built in a git repository
 * @param jvmFlags options of the Java process
 * @param processors that Java may use
 * @param backend with its precision and threads
 */
public record Session(String started, String ended, String version, String revision, String java, List<String> jvmFlags,
        String operatingSystem, String processor, int processors, String backend) {

    /** The session that this process is. */
    static Session start(Backend backend) {
        String version = Session.class.getPackage().getImplementationVersion();
        return new Session(now(), null, version == null ? "unreleased" : version, builtFrom(),
                System.getProperty("java.vm.name") + " " + Runtime.version(),
                ManagementFactory.getRuntimeMXBean().getInputArguments(),
                System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                        + System.getProperty("os.arch"),
                Provenance.processorName(), Runtime.getRuntime().availableProcessors(),
                backend.name() + ": " + backend.describe());
    }

    Session end() {
        return new Session(started, now(), version, revision, java, jvmFlags, operatingSystem, processor, processors,
                backend);
    }

    private static String now() {
        return Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
    }

    /** What the build wrote beside this class: nothing where it had no git, or only compiled. */
    private static String builtFrom() {
        try (InputStream in = Session.class.getResourceAsStream("revision.txt")) {
            String revision = in == null ? "" : new String(in.readAllBytes(), StandardCharsets.US_ASCII).strip();
            return revision.matches("[0-9a-f]{40}(-dirty)?") ? revision : null;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
