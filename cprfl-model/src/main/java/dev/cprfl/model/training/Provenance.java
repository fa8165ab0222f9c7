package dev.cprfl.model.training;

import dev.cprfl.kernels.Backend;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * Where a run's numbers come from: {@code provenance.json}. Whoever has the same version, inputs, settings and seed gets the same
 * numbers.
 *
 * @param inputs what was read, with the SHA-256 of its bytes
 * @param settings the whole configuration
 * @param sessions the processes that trained, first to last: one, and one more for each time the run was resumed
 */
public record Provenance(long seed, List<Input> inputs, Map<String, Object> settings, List<Session> sessions) {

    /**
     * A file, or many of one kind.
     *
     * @param path the file; of many the folder that holds them all
     * @param files how many there are
     * @param bytes of all of them together
     * @param sha256 of the file, lower-case hexadecimal; of many the SHA-256 of what {@code sha256sum} prints for them from
     *     within {@code path} in this order: a line {@code sha256  name} for each
     */
    public record Input(String role, String path, int files, long bytes, String sha256) {}

    public Provenance {
        inputs = List.copyOf(inputs);
        sessions = sessions == null ? List.of() : List.copyOf(sessions);
    }

    /**
     * Reads all inputs to compute their digests; the first session is this process.
     *
     * @param inputs role to files, such as "backbone weights" to the one file of them; roles without files are left out
     */
    public static Provenance of(Backend backend, long seed, Map<String, List<Path>> inputs,
            Map<String, Object> settings) throws IOException {
        List<Input> digests = new ArrayList<>();
        for (Map.Entry<String, List<Path>> input : inputs.entrySet()) {
            List<Path> files = input.getValue().stream().map(file -> file.toAbsolutePath().normalize()).toList();
            if (files.size() == 1) {
                Path file = files.getFirst();
                digests.add(new Input(input.getKey(), file.toString(), 1, Files.size(file), sha256(file)));
            } else if (files.size() > 1) {
                digests.add(many(input.getKey(), files));
            }
        }
        return new Provenance(seed, digests, settings, List.of(Session.start(backend)));
    }

    /** The same run, gone on with in this process. */
    public Provenance resumed(Backend backend) {
        List<Session> more = new ArrayList<>(sessions);
        more.add(Session.start(backend));
        return new Provenance(seed, inputs, settings, more);
    }

    /** The same with the present as the end of the last session. */
    public Provenance ended() {
        List<Session> same = new ArrayList<>(sessions);
        same.add(same.removeLast().end());
        return new Provenance(seed, inputs, settings, same);
    }

    private static Input many(String role, List<Path> files) throws IOException {
        Path folder = files.getFirst().getParent();
        long bytes = 0;
        for (Path file : files) {
            while (!file.startsWith(folder)) {
                folder = folder.getParent();
            }
            bytes += Files.size(file);
        }
        Path base = folder;
        MessageDigest lines = newDigest();
        try {
            // The digests in parallel, their lines in order.
            List<String> digests = files.parallelStream().map(Provenance::unchecked).toList();
            for (int i = 0; i < digests.size(); i++) {
                String name = base.relativize(files.get(i)).toString();
                lines.update((digests.get(i) + "  " + name + "\n").getBytes(StandardCharsets.UTF_8));
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        return new Input(role, folder.toString(), files.size(), bytes, HexFormat.of().formatHex(lines.digest()));
    }

    private static String unchecked(Path file) {
        try {
            return sha256(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
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
        try (InputStream in = new DigestInputStream(Files.newInputStream(file), newDigest())) {
            in.transferTo(OutputStream.nullOutputStream());
            return HexFormat.of().formatHex(((DigestInputStream) in).getMessageDigest().digest());
        }
    }

    private static MessageDigest newDigest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
