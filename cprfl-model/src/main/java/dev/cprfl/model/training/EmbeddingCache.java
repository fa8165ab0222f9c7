package dev.cprfl.model.training;

import dev.cprfl.tensor.UserException;
import dev.cprfl.tensor.io.FileErrors;
import dev.cprfl.tensor.io.HostTensor;
import dev.cprfl.tensor.io.Safetensors;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import tools.jackson.databind.json.JsonMapper;

/**
 * Text embeddings that were computed before, so that the next run with the same checkpoint and classes has them at once. They
 * lie in the user's cache folder and may be deleted at any time; what is damaged is computed again.
 */
public final class EmbeddingCache {

    /**
     * Everything that decides the numbers.
     *
     * @param checkpoint SHA-256 of the checkpoint
     * @param vocabulary SHA-256 of the file of the vocabulary
     * @param encoder size of the text encoder
     * @param truncate whether sentences were cut
     * @param backend what computed, such as vector
     */
    public record Key(String checkpoint, String vocabulary, String encoder, List<String> templates, List<String> names,
            boolean truncate, String backend) {

        private String digest() {
            return sha256(JsonMapper.shared().writeValueAsBytes(this));
        }
    }

    private static final String NAME = "text_features";
    private static final String CHECK = "sha256";

    private EmbeddingCache() {}

    /** The cache folder of this project: that of the user's system, or what the property {@code cprfl.cache} says. */
    public static Path folder() {
        String set = System.getProperty("cprfl.cache");
        if (set != null) {
            return Path.of(set);
        }
        String xdg = System.getenv("XDG_CACHE_HOME");
        Path caches = xdg != null && !xdg.isEmpty() ? Path.of(xdg) : Path.of(System.getProperty("user.home"), ".cache");
        return caches.resolve("cprfl");
    }

    /**
     * The embeddings of a key, computed if they are not there.
     *
     * @param remark hears where they come from, and why they could not be kept
     */
    public static HostTensor get(Key key, Supplier<HostTensor> compute, Consumer<String> remark) {
        Path file = folder().resolve("embeddings").resolve(key.digest() + ".safetensors");
        HostTensor kept = read(file, key.names().size());
        if (kept != null) {
            remark.accept("text embeddings from the cache, " + file);
            return kept;
        }
        HostTensor computed = compute.get();
        try {
            Files.createDirectories(file.getParent());
            Safetensors.write(file, Map.of(NAME, computed), Map.of(CHECK, sha256(bytes(computed))));
            remark.accept("text embeddings computed and kept in " + file);
        } catch (UserException e) {
            remark.accept("text embeddings computed, but not kept: " + e.getMessage());
        } catch (IOException e) {
            remark.accept("text embeddings computed, but not kept in " + file + ": " + FileErrors.reason(e));
        }
        return computed;
    }

    /** Null where there are none, or damaged ones. */
    private static HostTensor read(Path file, int rows) {
        if (!Files.isRegularFile(file)) {
            return null;
        }
        try {
            Safetensors content = Safetensors.read(file);
            HostTensor tensor = content.get(NAME);
            boolean whole = tensor.shape().rank() == 2 && tensor.shape().extent(0) == rows
                    && sha256(bytes(tensor)).equals(content.metadata().get(CHECK));
            return whole ? tensor : null;
        } catch (UserException e) {
            return null;
        }
    }

    private static byte[] bytes(HostTensor tensor) {
        return tensor.data().toArray(ValueLayout.JAVA_BYTE);
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
