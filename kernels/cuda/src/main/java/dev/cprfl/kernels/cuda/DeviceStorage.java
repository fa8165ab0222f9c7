package dev.cprfl.kernels.cuda;

import dev.cprfl.kernels.Checks;
import dev.cprfl.kernels.Storage;
import java.util.Objects;

/**
 * A run of numbers in device memory, or a window on one. A storage has neither type nor memory until it is first used: an
 * operation that writes it chooses the type, so that in bfloat16 the activations take half the room and the weights stay float.
 */
final class DeviceStorage implements Storage {

    final int length;
    /** The memory that handed this storage out; null for a window. */
    final DeviceMemory memory;
    /** The storage that this is a window on, at {@link #offset}; this itself for one that is no window. */
    private final DeviceStorage whole;
    private final int offset;
    /** Of a whole storage: null before the first use. */
    Type type;
    long address;
    private boolean hasWindows;
    boolean released;
    /** The same numbers in bfloat16, where they were promised not to change; else null. */
    DeviceStorage narrow;
    boolean frozen;

    DeviceStorage(int length, DeviceMemory memory) {
        this.length = length;
        this.memory = memory;
        this.whole = this;
        this.offset = 0;
    }

    private DeviceStorage(DeviceStorage whole, int offset, int length) {
        this.length = length;
        this.memory = null;
        this.whole = whole;
        this.offset = offset;
    }

    /** @throws IllegalArgumentException if {@code storage} belongs to another backend */
    static DeviceStorage of(Storage storage) {
        if (storage instanceof DeviceStorage device) {
            return device;
        }
        throw new IllegalArgumentException("not a storage of the CUDA backend: " + storage);
    }

    /** @throws IllegalArgumentException if {@code storage} is shorter than {@code least} or belongs to another backend */
    static DeviceStorage of(int least, Storage storage, String what) {
        Checks.holds(least, storage, what);
        return of(storage);
    }

    @Override
    public int length() {
        return length;
    }

    @Override
    public DeviceStorage slice(int from, int count) {
        Objects.checkFromIndexSize(from, count, length);
        whole.settle(Type.FLOAT);
        whole.hasWindows = true;
        return new DeviceStorage(whole, offset + from, count);
    }

    /** Whether no operation has chosen a type yet. */
    boolean isOpen() {
        return whole.type == null;
    }

    /** The type of the numbers; float where none has been written. */
    Type type() {
        whole.settle(Type.FLOAT);
        return whole.type;
    }

    /** Where the numbers begin. */
    long address() {
        whole.settle(Type.FLOAT);
        return whole.address + (long) offset * whole.type.bytes;
    }

    /**
     * Prepares for being overwritten wholly with numbers of a type: takes other memory where this storage has another type and
     * nothing else shows its numbers.
     *
     * @return whether the storage now has this type
     */
    boolean become(Type wanted) {
        if (whole == this && type != null && type != wanted && !hasWindows) {
            memory.free(this);
            type = null;
        }
        whole.settle(wanted);
        return whole.type == wanted;
    }

    private void settle(Type wanted) {
        if (released) {
            throw new IllegalStateException("a storage of " + length + " numbers is used after its release");
        }
        if (type == null) {
            address = memory.take(length, wanted);
            type = wanted;
        }
    }

    @Override
    public String toString() {
        return "DeviceStorage[" + length + "]";
    }
}
