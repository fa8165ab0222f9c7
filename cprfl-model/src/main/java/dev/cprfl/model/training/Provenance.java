package dev.cprfl.model.training;

import dev.cprfl.kernels.Backend;
import dev.cprfl.tensor.UserException;
import dev.cprfl.tensor.io.FileErrors;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
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
 * @param inputs what is read, with the SHA-256 of its bytes
 * @param settings the whole configuration
 * @param sessions the processes that trained, first to last: one, and one more for each time the run was resumed
 */
public record Provenance(long seed, List<Input> inputs, Map<String, Object> settings, List<Session> sessions) {

    /**
     * A file, or many of one kind.
     *
     * @param path the file; of many the folder that holds them all
     * @param files how many there are
     * @param bytes of all of them together; null until they are digested
     * @param sha256 of the file, lower-case hexadecimal; of many the SHA-256 of what {@code sha256sum} prints for them from
     *     within {@code path} in this order: a line {@code sha256  name} for each; null until they are digested
     */
    public record Input(String role, String path, int files, Long bytes, String sha256) {

        /** Not digested yet. */
        static Input of(String role, List<Path> files) {
            List<Path> all = absolute(files);
            Path path = all.getFirst();
            if (all.size() > 1) {
                path = path.getParent();
                for (Path file : all) {
                    while (!file.startsWith(path)) {
                        path = path.getParent();
                    }
                }
            }
            return new Input(role, path.toString(), all.size(), null, null);
        }

        /**
         * Reads all files.
         *
         * @param inputs the files that this was made of; a single one is found by its path
         * @throws UserException if one cannot be read
         */
        Input digested(List<Path> inputs) {
            long size = 0;
            String digest = null;
            MessageDigest lines = newDigest();
            for (Path file : files == 1 ? List.of(Path.of(path)) : absolute(inputs)) {
                try {
                    size += Files.size(file);
                    digest = Provenance.sha256(file);
                } catch (IOException e) {
                    throw FileErrors.unreadable(file, e);
                }
                String line = digest + "  " + Path.of(path).relativize(file) + "\n";
                lines.update(line.getBytes(StandardCharsets.UTF_8));
            }
            return new Input(role, path, files, size,
                    files == 1 ? digest : HexFormat.of().formatHex(lines.digest()));
        }

        private static List<Path> absolute(List<Path> files) {
            return files.stream().map(file -> file.toAbsolutePath().normalize()).toList();
        }
    }

    public Provenance {
        inputs = List.copyOf(inputs);
        sessions = sessions == null ? List.of() : List.copyOf(sessions);
    }

    /**
     * That of a run which this process begins. Nothing is read: {@link InputDigests} does that beside the training.
     *
     * @param inputs role to files, such as "backbone weights" to the one file of them; roles without files are left out
     */
    public static Provenance of(Backend backend, long seed, Map<String, List<Path>> inputs,
            Map<String, Object> settings) {
        List<Input> undigested = new ArrayList<>();
        inputs.forEach((role, files) -> {
            if (!files.isEmpty()) {
                undigested.add(Input.of(role, files));
            }
        });
        return new Provenance(seed, undigested, settings, List.of(Session.start(backend)));
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

    /** The same with an input digested. */
    Provenance with(Input digested) {
        List<Input> now = inputs.stream().map(input -> input.role().equals(digested.role()) ? digested : input)
                .toList();
        return new Provenance(seed, now, settings, sessions);
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

    /** SHA-256 of a file's bytes, lower-case hexadecimal. An interrupt of the thread ends it with an exception. */
    public static String sha256(Path file) throws IOException {
        try (InputStream in = new DigestInputStream(Channels.newInputStream(FileChannel.open(file)), newDigest())) {
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
