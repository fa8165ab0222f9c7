package dev.cprfl.kernels.cuda;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.cuda.global.cudart;

/**
 * The operands of one operation, brought to the type and the alignment that its kernel wants: where a storage differs, through a
 * temporary copy. Inputs are asked for before outputs, because an output may take other memory. Closing writes the copies of
 * outputs back and releases what was temporary; the backend has one such object and reuses it.
 */
final class Operands implements AutoCloseable {

    /** Loads of 16 bytes, cuBLAS's and cuDNN's fastest kernels. */
    static final int ALIGNED = 16;
    static final int ANY = 1;

    private record Result(DeviceStorage copy, DeviceStorage target, int length) {}

    private final DeviceMemory memory;
    private final Device device;
    private final Elementwise elementwise;
    private final List<DeviceStorage> temporaries = new ArrayList<>();
    private final List<Result> results = new ArrayList<>();
    private final Address target = new Address();
    private final Address source = new Address();

    Operands(Device device, DeviceMemory memory, Elementwise elementwise) {
        this.device = device;
        this.memory = memory;
        this.elementwise = elementwise;
    }

    /** The address of the first {@code n} numbers as a type. */
    long in(DeviceStorage storage, int n, Type type) {
        return in(storage, n, type, ANY);
    }

    /** As {@link #in(DeviceStorage, int, Type)}, at a multiple of {@code alignment}. */
    long in(DeviceStorage storage, int n, Type type, int alignment) {
        if (storage.type() == type && storage.address() % alignment == 0) {
            return storage.address();
        }
        if (storage.frozen && type == Type.BFLOAT16) {
            if (storage.narrow == null) {
                storage.narrow = new DeviceStorage(storage.length, memory);
                storage.narrow.become(type);
                move(storage, storage.narrow, storage.length);
            }
            return storage.narrow.address();
        }
        DeviceStorage copy = temporary(n, type);
        move(storage, copy, n);
        return copy.address();
    }

    /** The address of an output of {@code n} numbers that will be overwritten. */
    long out(DeviceStorage storage, int n, Type type) {
        return out(storage, n, type, ANY);
    }

    long out(DeviceStorage storage, int n, Type type, int alignment) {
        boolean fits = n == storage.length ? storage.become(type) : storage.type() == type;
        if (fits && storage.address() % alignment == 0) {
            return storage.address();
        }
        DeviceStorage copy = temporary(n, type);
        results.add(new Result(copy, storage, n));
        return copy.address();
    }

    /** The address of {@code n} numbers that will be changed, or of which some will stay. */
    long inOut(DeviceStorage storage, int n, Type type, int alignment) {
        if (storage.type() == type && storage.address() % alignment == 0) {
            return storage.address();
        }
        DeviceStorage copy = temporary(n, type);
        move(storage, copy, n);
        results.add(new Result(copy, storage, n));
        return copy.address();
    }

    /** Room for {@code n} numbers, until this is closed. */
    DeviceStorage temporary(int n, Type type) {
        DeviceStorage storage = new DeviceStorage(n, memory);
        storage.become(type);
        temporaries.add(storage);
        return storage;
    }

    /** The address of room for floats; 0 for none. */
    long scratch(int floats) {
        return floats == 0 ? 0 : temporary(floats, Type.FLOAT).address();
    }

    private void move(DeviceStorage from, DeviceStorage to, int n) {
        if (n == 0) {
            return;
        }
        if (from.type() == to.type()) {
            Status.cuda(cudart.cudaMemcpyAsync(target.at(to.address()), source.at(from.address()),
                    (long) n * from.type().bytes,
                    cudart.cudaMemcpyDeviceToDevice, device.compute), "copying on the device");
        } else {
            elementwise.convert(to.type(), n, from.address(), to.address());
        }
    }

    @Override
    public void close() {
        for (int i = 0; i < results.size(); i++) {
            move(results.get(i).copy, results.get(i).target, results.get(i).length);
        }
        results.clear();
        for (int i = 0; i < temporaries.size(); i++) {
            memory.release(temporaries.get(i));
        }
        temporaries.clear();
    }
}
