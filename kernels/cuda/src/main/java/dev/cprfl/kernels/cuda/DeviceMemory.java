package dev.cprfl.kernels.cuda;

import dev.cprfl.kernels.Checks;
import dev.cprfl.kernels.DeviceMemoryException;
import dev.cprfl.kernels.Gaps;
import dev.cprfl.kernels.Memory;
import dev.cprfl.kernels.Storage;
import java.util.ArrayList;
import java.util.List;

/**
 * Device memory in a few large pieces, of which storages are parts; as {@code FloatMemory} of the vector backend does it. A part
 * that is given back may be handed out at once, although the device still works on it: all kernels run in one queue, so whoever
 * gets it comes later. Thread-safe.
 */
final class DeviceMemory implements Memory {

    /** The functions of the device that are needed here; tests give others. */
    interface Source {

        /** The address of new memory, or 0 if there is not that much. */
        long allocate(long bytes);

        void free(long address);

        long freeBytes();
    }

    /** What moves numbers between the machine and the device, whatever their type there. */
    interface Numbers {

        void write(float[] from, int offset, DeviceStorage target);

        void read(DeviceStorage from, float[] target, int offset);
    }

    /** Parts are whole units of this many bytes, the alignment of CUDA's own allocations. */
    static final int UNIT = 256;
    /** Pieces have an eighth of what is held, from 32 MiB to 1 GiB; a larger request gets one of its own. */
    private static final long SMALLEST = 32L << 20;
    private static final long LARGEST = 1L << 30;

    private final Source source;
    private final Numbers numbers;
    private final List<Piece> pieces = new ArrayList<>();
    private long bytes;

    DeviceMemory(Source source, Numbers numbers) {
        this.source = source;
        this.numbers = numbers;
    }

    @Override
    public Storage allocate(int length) {
        return new DeviceStorage(Checks.atLeast(0, length, "length"), this);
    }

    /** @throws IllegalStateException if the storage has been released before */
    @Override
    public synchronized void release(Storage storage) {
        DeviceStorage s = DeviceStorage.of(storage);
        if (s.memory != this) {
            return; // a window
        }
        if (s.released) {
            throw new IllegalStateException("a storage of " + s.length + " numbers was released twice");
        }
        s.released = true;
        if (s.type != null) {
            free(s);
        }
        if (s.narrow != null) {
            release(s.narrow);
            s.narrow = null;
        }
    }

    /**
     * Memory for a storage.
     *
     * @throws DeviceMemoryException if the device has not that much; what is in use stays in use
     */
    synchronized long take(int length, Type type) {
        int units = units(length, type);
        if (units == 0) {
            return 0;
        }
        for (Piece piece : pieces) {
            int gap = piece.gaps.find(units);
            if (gap >= 0) {
                return piece.address + (long) UNIT * piece.gaps.take(gap, units);
            }
        }
        Piece piece = newPiece(units);
        return piece.address + (long) UNIT * piece.gaps.take(0, units);
    }

    private Piece newPiece(int units) {
        long wanted = Math.max((long) UNIT * units, Math.clamp(bytes / 8, SMALLEST, LARGEST) / UNIT * UNIT);
        long address = source.allocate(wanted);
        if (address == 0) { // not so much beside it, then, and without what lies idle
            trim();
            wanted = (long) UNIT * units;
            address = source.allocate(wanted);
        }
        if (address == 0) {
            throw new DeviceMemoryException(
                    "the GPU's memory is full: " + mib(wanted) + " more were asked for, " + mib(bytes)
                            + " are held, " + mib(source.freeBytes())
                            + " free; use smaller batches or images, or end what else runs "
                            + "on this GPU");
        }
        Piece piece = new Piece(address, (int) (wanted / UNIT));
        pieces.add(piece);
        bytes += wanted;
        return piece;
    }

    private static String mib(long bytes) {
        return ((bytes + (1 << 20) - 1) >> 20) + " MiB";
    }

    /** Takes a storage's memory back. */
    synchronized void free(DeviceStorage storage) {
        int units = units(storage.length, storage.type);
        for (Piece piece : pieces) {
            long from = (storage.address - piece.address) / UNIT;
            if (units > 0 && storage.address >= piece.address && from < piece.units) {
                piece.gaps.give((int) from, (int) from + units);
                return;
            }
        }
    }

    private static int units(int length, Type type) {
        return (int) (((long) length * type.bytes + UNIT - 1) / UNIT);
    }

    @Override
    public void write(float[] from, int offset, Storage target) {
        numbers.write(from, offset, DeviceStorage.of(target));
    }

    @Override
    public void write(double[] from, int offset, Storage target) {
        float[] floats = new float[target.length()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) from[offset + i];
        }
        write(floats, 0, target);
    }

    @Override
    public void read(Storage from, float[] target, int offset) {
        numbers.read(DeviceStorage.of(from), target, offset);
    }

    @Override
    public void read(Storage from, double[] target, int offset) {
        float[] floats = new float[from.length()];
        read(from, floats, 0);
        for (int i = 0; i < floats.length; i++) {
            target[offset + i] = floats[i];
        }
    }

    @Override
    public synchronized long bytesHeld() {
        return bytes;
    }

    /** Frees the pieces of which nothing is in use. */
    @Override
    public synchronized void trim() {
        pieces.removeIf(piece -> {
            boolean idle = piece.gaps.isWhole();
            if (idle) {
                source.free(piece.address);
                bytes -= (long) UNIT * piece.units;
            }
            return idle;
        });
    }

    /** Frees everything, also what is in use. */
    synchronized void close() {
        pieces.forEach(piece -> source.free(piece.address));
        pieces.clear();
        bytes = 0;
    }

    private static final class Piece {

        final long address;
        final int units;
        final Gaps gaps;

        Piece(long address, int units) {
            this.address = address;
            this.units = units;
            this.gaps = new Gaps(0, units);
        }
    }
}
