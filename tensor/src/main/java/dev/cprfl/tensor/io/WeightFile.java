package dev.cprfl.tensor.io;

import dev.cprfl.tensor.UserException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
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

    private static final String NPY = ".npy";
    private static final ValueLayout.OfLong LENGTH = ValueLayout.JAVA_LONG_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);
    /** How the magic number of torch.save begins in a pickle of protocol 0 or 1. */
    private static final int[] LEGACY_TEXT = {'L', '1', '1', '9', '5', '4', '7'};

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

    /**
     * The tensor of a file that has only one.
     *
     * @param name what it is called where there are several; null if there must be one alone
     * @throws UserException naming the file if that leaves no one tensor
     */
    public HostTensor only(String name) {
        if (name != null && tensors.containsKey(name)) {
            return tensors.get(name);
        }
        if (tensors.size() != 1) {
            throw new UserException(file + ": holds " + tensors.size() + " tensors"
                    + (name == null ? "; needed is one" : " and none is named " + name));
        }
        return tensors.values().iterator().next();
    }

    /** Reads a file's content from memory. */
    static WeightFile parse(Path file, MemorySegment content) {
        if (startsWith(content, 0x93, 'N', 'U', 'M', 'P', 'Y')) {
            return npy(file, content);
        }
        if (startsWith(content, 'P', 'K')) {
            return zip(file, content);
        }
        if (isSafetensors(content)) {
            return safetensors(file, content);
        }
        if (startsWith(content, 0x80, 2) || startsWith(content, 0x80, 3) || startsWith(content, 0x80, 4)
                || startsWith(content, 0x80, 5) || startsWith(content, LEGACY_TEXT)) {
            return TorchReader.readLegacy(file, content);
        }
        String name = file.toString().toLowerCase(Locale.ROOT);
        String extension = name.substring(name.lastIndexOf('.') + 1);
        return switch (extension) {
            case "npy" -> npy(file, content);
            case "npz" -> zip(file, content);
            case "safetensors" -> safetensors(file, content);
            default -> throw FileErrors.malformed(file.toString(), "weight", 0, content.byteSize() == 0
                    ? "the file is empty"
                    : "it begins neither like safetensors nor like PyTorch's zip or pickle, npy or npz");
        };
    }

    private static WeightFile safetensors(Path file, MemorySegment content) {
        Safetensors read = new SafetensorsParser(file, content).parse();
        return new WeightFile(file, Format.SAFETENSORS, read.tensors(), read.metadata(), Map.of());
    }

    private static WeightFile npy(Path file, MemorySegment content) {
        HostTensor array = Npy.parse(file.toString(), content);
        return new WeightFile(file, Format.NPY, Map.of(ARRAY, array), Map.of(), Map.of());
    }

    private static WeightFile zip(Path file, MemorySegment content) {
        ZipArchive archive = new ZipArchive(file.toString(), content);
        String folder = TorchReader.folder(archive);
        return folder == null ? npz(file, archive) : TorchReader.readArchive(file, content, archive, folder);
    }

    private static WeightFile npz(Path file, ZipArchive archive) {
        Map<String, HostTensor> tensors = new LinkedHashMap<>();
        Map<String, String> leftOut = new LinkedHashMap<>();
        for (String entry : archive.names()) {
            if (entry.endsWith(NPY)) {
                String name = entry.substring(0, entry.length() - NPY.length());
                tensors.put(name, Npy.parse(file + ", entry " + entry, archive.read(entry)));
            } else {
                leftOut.put(entry, "no array");
            }
        }
        if (tensors.isEmpty()) {
            throw FileErrors.malformed(file.toString(), "weight", 0,
                    "the archive holds neither PyTorch's data.pkl nor NumPy's .npy entries");
        }
        return new WeightFile(file, Format.NPZ, Collections.unmodifiableMap(tensors), Map.of(),
                Collections.unmodifiableMap(leftOut));
    }

    /** Whether the file begins with the length of a header that it can hold, and the header with a brace. */
    private static boolean isSafetensors(MemorySegment content) {
        if (content.byteSize() <= Long.BYTES || content.get(ValueLayout.JAVA_BYTE, Long.BYTES) != '{') {
            return false;
        }
        long length = content.get(LENGTH, 0);
        return length > 0 && length <= content.byteSize() - Long.BYTES;
    }

    private static boolean startsWith(MemorySegment content, int... bytes) {
        boolean equal = content.byteSize() >= bytes.length;
        for (int i = 0; equal && i < bytes.length; i++) {
            equal = content.get(ValueLayout.JAVA_BYTE, i) == (byte) bytes[i];
        }
        return equal;
    }
}
