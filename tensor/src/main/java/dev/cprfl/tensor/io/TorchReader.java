package dev.cprfl.tensor.io;

import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.UserException;
import dev.cprfl.tensor.io.PickleObjects.Dict;
import dev.cprfl.tensor.io.PickleObjects.Sequence;
import dev.cprfl.tensor.io.PickleObjects.Storage;
import dev.cprfl.tensor.io.PickleObjects.View;
import dev.cprfl.tensor.io.WeightFile.Format;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigInteger;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Reads what torch.save and torch.jit.save write: a pickle that describes tensors as views of storages, and the storages' bytes, as entries
 * of a zip archive or, in files older than PyTorch 1.6, one after the other behind the pickle. Only storages that a weight needs are
 * touched. A view that is row-major stays a window on the file; others are copied.
 */
final class TorchReader {

    private static final String PICKLE = "data.pkl";
    private static final BigInteger MAGIC = new BigInteger("1950a86a20f9469cfc6c", 16);
    private static final long PROTOCOL = 1001;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Where the bytes of storages come from. */
    @FunctionalInterface
    private interface Storages {

        MemorySegment bytes(Storage storage);
    }

    private final Path file;
    private final Format format;
    private final Budget budget;
    private final Map<String, MemorySegment> known = new HashMap<>();
    private Storages storages;
    private long pickleAt;

    private TorchReader(Path file, Format format, long fileBytes) {
        this.file = file;
        this.format = format;
        budget = Budget.ofFile(fileBytes);
    }

    /** The folder of the archive that holds PyTorch's pickle, with its slash; null if there is none. */
    static String folder(ZipArchive archive) {
        for (String name : archive.names()) {
            if (name.endsWith("/" + PICKLE) && name.indexOf('/') == name.length() - PICKLE.length() - 1) {
                return name.substring(0, name.length() - PICKLE.length());
            }
        }
        return null;
    }

    /** Reads an archive whose pickle is in {@code folder}. */
    static WeightFile readArchive(Path file, MemorySegment content, ZipArchive archive, String folder) {
        boolean script = archive.names().contains(folder + "constants.pkl");
        TorchReader reader = new TorchReader(file, script ? Format.TORCHSCRIPT : Format.PYTORCH, content.byteSize());
        reader.pickleAt = archive.offset(folder + PICKLE);
        if (archive.names().contains(folder + "byteorder")) {
            reader.checkByteOrder(archive, folder + "byteorder");
        }
        reader.storages = storage -> archive.read(folder + "data/" + storage.key());
        Object root = new Pickle(file.toString(), reader.format.toString(), reader.pickleAt,
                archive.read(folder + PICKLE), new TorchGlobals(script), reader.budget).run();
        return reader.weights(root, script ? Map.of("code", "the program of the archive") : Map.of());
    }

    private void checkByteOrder(ZipArchive archive, String entry) {
        String order = new String(archive.read(entry).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.ISO_8859_1);
        if (!order.equals("little")) {
            throw bad(archive.offset(entry), "its numbers are in byte order " + order + "; only little is read");
        }
    }

    /** Reads a file of pickles with the storages behind them. */
    static WeightFile readLegacy(Path file, MemorySegment content) {
        return new TorchReader(file, Format.PYTORCH_LEGACY, content.byteSize()).legacy(content);
    }

    private WeightFile legacy(MemorySegment content) {
        TorchGlobals globals = new TorchGlobals(false);
        long[] position = {0};
        if (!MAGIC.equals(next(content, position, globals))) {
            throw bad(0, "the first pickle is not the magic number of torch.save");
        }
        long at = position[0];
        if (!Long.valueOf(PROTOCOL).equals(next(content, position, globals))) {
            throw bad(at, "the protocol is not " + PROTOCOL);
        }
        at = position[0];
        if (!(next(content, position, globals) instanceof Dict system)
                || !Boolean.TRUE.equals(system.items.get("little_endian"))) {
            throw bad(at, "its numbers are not said to be little-endian; nothing else is read");
        }
        pickleAt = position[0];
        Object root = next(content, position, globals);
        at = position[0];
        if (!(next(content, position, globals) instanceof Sequence keys)) {
            throw bad(at, "the list of storages is none");
        }
        Map<String, MemorySegment> bytes = locate(content, position[0], keys, globals.storages());
        storages = storage -> {
            if (!bytes.containsKey(storage.key())) {
                throw bad(pickleAt, "storage " + storage.key() + " is not in the file");
            }
            return bytes.get(storage.key());
        };
        return weights(root, Map.of());
    }

    private Object next(MemorySegment content, long[] position, TorchGlobals globals) {
        Pickle pickle = new Pickle(file.toString(), format.toString(), position[0], content.asSlice(position[0]),
                globals,
                budget);
        Object value = pickle.run();
        position[0] += pickle.length();
        return value;
    }

    /** The storages behind the pickles: of each its length in numbers, then its bytes. */
    private Map<String, MemorySegment> locate(MemorySegment content, long start, Sequence keys,
            Map<String, Storage> described) {
        Map<String, MemorySegment> bytes = new HashMap<>();
        long at = start;
        for (Object key : keys.items) {
            Storage storage = key instanceof String name ? described.get(name) : null;
            if (storage == null) {
                throw bad(at, "a storage is listed that no tensor has");
            }
            long left = content.byteSize() - at - Long.BYTES;
            long length = left < 0 ? -1 : content.get(LONG, at);
            int width = dtype("storage " + storage.key(), storage.type(), storage.dtype()).bytes();
            if (length != storage.length() || length < 0 || length > left / width) {
                throw bad(at, "storage " + storage.key() + " should have " + storage.length() + " numbers of " + width
                        + " bytes; the file "
                        + (left < 0 ? "ends" : "says " + length + " and has " + left + " bytes left"));
            }
            bytes.put(storage.key(), content.asSlice(at + Long.BYTES, length * width));
            at += Long.BYTES + length * width;
        }
        return bytes;
    }

    private WeightFile weights(Object root, Map<String, String> besides) {
        TorchState state = new TorchState(budget);
        try {
            state.collect(root);
        } catch (IllegalArgumentException e) {
            throw bad(pickleAt, e.getMessage());
        }
        Map<String, HostTensor> tensors = new LinkedHashMap<>();
        state.views().forEach((name, view) -> {
            try {
                tensors.put(name, tensor(name, view));
            } catch (IllegalArgumentException e) {
                throw bad(pickleAt, "tensor " + name + ": " + e.getMessage());
            }
        });
        Map<String, String> leftOut = new LinkedHashMap<>(state.leftOut());
        leftOut.putAll(besides);
        return new WeightFile(file, format, Collections.unmodifiableMap(tensors), Map.of(),
                Collections.unmodifiableMap(leftOut));
    }

    private HostTensor tensor(String name, View view) {
        DType dtype = dtype("tensor " + name, view.type, view.dtype);
        Storage storage = view.storage;
        MemorySegment bytes = storage(name, storage);
        Shape shape = shape(view.sizes);
        if (view.strides.length != shape.rank()) {
            throw new IllegalArgumentException(
                    "a shape of " + shape.rank() + " axes with " + view.strides.length + " strides");
        }
        Strided strided = new Strided(shape, view.offset, view.strides);
        long numbers = bytes.byteSize() / dtype.bytes();
        if (strided.end() > numbers) {
            throw new IllegalArgumentException("shape " + shape + " with strides " + Arrays.toString(view.strides)
                    + " from number " + view.offset + " ends at number " + strided.end() + " of a storage of "
                    + numbers);
        }
        long needed = (long) shape.length() * dtype.bytes();
        boolean copied = !strided.isContiguous();
        if ((copied && needed > Integer.MAX_VALUE - 8L) || !budget.take(needed)) {
            throw new IllegalArgumentException(
                    "shape " + shape + " would take " + needed + " bytes, more than a file of this size warrants");
        }
        MemorySegment data = copied
                ? strided.copy(bytes, dtype.bytes(), ByteOrder.LITTLE_ENDIAN)
                : bytes.asSlice(shape.length() == 0 ? 0 : view.offset * dtype.bytes(), needed);
        return HostTensor.of(dtype, shape, data);
    }

    /** The bytes of a storage, or of the view on it that is meant; checked once. */
    private MemorySegment storage(String tensor, Storage storage) {
        int width = dtype("tensor " + tensor, storage.type(), storage.dtype()).bytes();
        MemorySegment bytes = known.get(storage.key());
        if (bytes == null) {
            bytes = storages.bytes(storage);
            known.put(storage.key(), bytes);
        }
        if (storage.length() != bytes.byteSize() / width || bytes.byteSize() % width != 0) {
            throw new IllegalArgumentException("storage " + storage.key() + " should have " + storage.length()
                    + " numbers of " + width + " bytes, and has " + bytes.byteSize() + " bytes");
        }
        return bytes.asSlice(storage.viewBegin() * width, storage.viewLength() * width);
    }

    private static Shape shape(long[] sizes) {
        try {
            return Shape.of(Arrays.stream(sizes).mapToInt(Math::toIntExact).toArray());
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException("shape " + Arrays.toString(sizes) + " has more than " + Integer.MAX_VALUE
                    + " numbers", e);
        }
    }

    private DType dtype(String what, String type, DType dtype) {
        if (dtype == null) {
            throw bad(pickleAt, what + " is of type " + type + ", which is not read; read are "
                    + Arrays.toString(DType.values()));
        }
        return dtype;
    }

    private UserException bad(long offset, String reason) {
        return FileErrors.malformed(file.toString(), format.toString(), offset, reason);
    }
}
