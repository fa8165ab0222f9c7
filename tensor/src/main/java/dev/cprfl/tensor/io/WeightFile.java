package dev.cprfl.tensor.io;

import dev.cprfl.tensor.UserException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

/**
 * A file of weights of any format that is read here. The format is told by the first bytes; the file's extension counts only
 * where they are no format's, to choose whose complaint is shown.
 *
 * @param file where it was read, for messages
 * @param format what it is
 * @param tensors by name, in the file's order; what needs no rearranging stays in the mapped file until used
 * @param metadata text that the file gives about itself (safetensors)
 * @param leftOut what else the file holds, by name, each described in a few words: an epoch, an optimizer's state
 */
public record WeightFile(Path file, Format format, Map<String, HostTensor> tensors, Map<String, String> metadata,
        Map<String, String> leftOut) {

    /** The name of the tensor in a file that gives it none: npy. */
    public static final String ARRAY = "array";

    /** The formats, each with its name for people. */
    public enum Format {
        /** A JSON header and the bytes. */
        SAFETENSORS("safetensors"),
        /** What torch.save writes since PyTorch 1.6: a zip archive with a pickle. */
        PYTORCH("PyTorch"),
        /** What torch.save wrote before: pickles, then the storages. */
        PYTORCH_LEGACY("legacy PyTorch"),
        /** What torch.jit.save writes: of the program in it only the state is read. */
        TORCHSCRIPT("TorchScript"),
        /** NumPy's file of one array. */
        NPY("npy"),
        /** NumPy's zip archive of arrays. */
        NPZ("npz");

        private final String label;

        Format(String label) {
            this.label = label;
        }

        @Override
        public String toString() {
            return label;
        }
    }

    /**
     * Opens a file and checks all that is needed to reach its tensors.
     *
     * @throws UserException if the file cannot be read, or is malformed in any way: file, byte and reason are named
     */
    public static WeightFile open(Path file) {
        return parse(file, MappedFile.open(file));
    }

    /** @throws UserException naming file and tensor if there is no tensor of this name */
    public HostTensor get(String name) {
        HostTensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new UserException(file + " holds no tensor named " + name);
        }
        return tensor;
    }

    /** Reads a file's content from memory. */
    static WeightFile parse(Path file, MemorySegment content) {
        return switch (format(file, content)) {
            case NPY -> new WeightFile(file, Format.NPY, Map.of(ARRAY, Npy.parse(file.toString(), content)), Map.of(),
                    Map.of());
            default -> {
                Safetensors read = new SafetensorsParser(file, content).parse();
                yield new WeightFile(file, Format.SAFETENSORS, read.tensors(), read.metadata(), Map.of());
            }
        };
    }

    private static Format format(Path file, MemorySegment content) {
        if (startsWith(content, 0x93, 'N', 'U', 'M', 'P', 'Y')) {
            return Format.NPY;
        }
        return file.toString().toLowerCase(Locale.ROOT).endsWith(".npy") ? Format.NPY : Format.SAFETENSORS;
    }

    private static boolean startsWith(MemorySegment content, int... bytes) {
        boolean equal = content.byteSize() >= bytes.length;
        for (int i = 0; equal && i < bytes.length; i++) {
            equal = content.get(ValueLayout.JAVA_BYTE, i) == (byte) bytes[i];
        }
        return equal;
    }
}
