package dev.cprfl.model.training;

import dev.cprfl.kernels.Backend;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * Where a run's numbers come from: {@code provenance.json}.
 *
 * @param created start of the run, UTC
 * @param inputs every input file with the SHA-256 of its bytes
 * @param settings the whole configuration
 */
public record Provenance(String created, String version, String java, String operatingSystem, String processor,
        int processors, String backend, long seed, List<Input> inputs, Map<String, Object> settings) {

    /** @param sha256 lower-case hexadecimal */
    public record Input(String role, String path, long bytes, String sha256) {}

    /** @param inputs role to file, such as "backbone weights" to its path */
    public static Provenance of(Backend backend, long seed, Map<String, Path> inputs, Map<String, Object> settings)
            throws IOException {
        List<Input> files = new ArrayList<>();
        for (Map.Entry<String, Path> input : inputs.entrySet()) {
            Path path = input.getValue();
            files.add(new Input(input.getKey(), path.toAbsolutePath().normalize().toString(), Files.size(path),
                    sha256(path)));
        }
        String version = Provenance.class.getPackage().getImplementationVersion();
        return new Provenance(Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
                version == null ? "unreleased" : version,
                System.getProperty("java.vm.name") + " " + Runtime.version(),
                System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                        + System.getProperty("os.arch"),
                processorName(), Runtime.getRuntime().availableProcessors(), backend.name() + ": " + backend.describe(),
                seed, files,
                settings);
    }

    /** The processor's name where the system tells it, else its architecture. */
    public static String processorName() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/cpuinfo"))) {
                if (line.startsWith("model name")) {
                    return line.substring(line.indexOf(':') + 1).strip();
                }
            }
        } catch (IOException e) {
            // Not Linux; the architecture has to do.
        }
        return System.getProperty("os.arch");
    }

    /** SHA-256 of a file's bytes, lower-case hexadecimal. */
    public static String sha256(Path file) throws IOException {
        try (InputStream in = new DigestInputStream(Files.newInputStream(file), MessageDigest.getInstance("SHA-256"))) {
            in.transferTo(OutputStream.nullOutputStream());
            return HexFormat.of().formatHex(((DigestInputStream) in).getMessageDigest().digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
