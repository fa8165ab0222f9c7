package dev.cprfl.kernels.cuda;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import org.bytedeco.cuda.cudart.CUevent_st;
import org.bytedeco.cuda.global.cudart;

/**
 * Numbers between Java's arrays and the device. A write goes through page-locked memory and a queue of its own into a buffer on
 * the device, while kernels still run; only the last step, from there to its place, is in the kernels' queue, at the speed of the
 * device's memory. There are two such ways, so that the next batch travels while this one is learnt from. A read waits for all
 * that was queued before it.
 */
final class Transfers implements AutoCloseable {

    /** Longer runs go in parts of this many floats. */
    private static final int PART = 1 << 26;

    private final Device device;
    private final DeviceMemory memory;
    private final Way[] ways;
    private int next;

    Transfers(Device device, DeviceMemory memory) {
        this.device = device;
        this.memory = memory;
        this.ways = new Way[]{new Way(), new Way()};
    }

    /** Overwrites floats at an address with numbers of an array. */
    synchronized void write(float[] from, int offset, long target, int length) {
        Objects.checkFromIndexSize(offset, length, from.length);
        for (int done = 0; done < length; done += PART) {
            int part = Math.min(PART, length - done);
            next = 1 - next;
            ways[next].write(MemorySegment.ofArray(from).asSlice((long) Float.BYTES * (offset + done)), target
                    + (long) Float.BYTES * done, (long) Float.BYTES * part);
        }
    }

    /** Overwrites ints at an address. */
    synchronized void write(int[] from, long target) {
        next = 1 - next;
        ways[next].write(MemorySegment.ofArray(from), target, (long) Integer.BYTES * from.length);
    }

    /** Reads floats at an address into an array. */
    synchronized void read(long from, float[] target, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, target.length);
        for (int done = 0; done < length; done += PART) {
            int part = Math.min(PART, length - done);
            next = 1 - next;
            ways[next].read(from + (long) Float.BYTES * done, (long) Float.BYTES * part);
            MemorySegment.copy(ways[next].host(), ValueLayout.JAVA_FLOAT, 0, target, offset + done, part);
        }
    }

    @Override
    public void close() {
        for (Way way : ways) {
            way.free();
        }
    }

    /** A page-locked buffer and one on the device, of equal size. */
    private final class Way {

        private final Address host = new Address();
        private DeviceStorage onDevice;
        private final Address fromBuffer = new Address();
        private final Address place = new Address();
        private final CUevent_st arrived = new CUevent_st();
        /** The buffers may be written again. */
        private final CUevent_st passedOn = new CUevent_st();
        private long capacity;

        Way() {
            Status.cuda(cudart.cudaEventCreateWithFlags(arrived, cudart.cudaEventDisableTiming), "cudaEventCreate");
            Status.cuda(cudart.cudaEventCreateWithFlags(passedOn, cudart.cudaEventDisableTiming), "cudaEventCreate");
        }

        @SuppressWarnings("restricted") // the segment is the buffer that cudaMallocHost gave
        MemorySegment host() {
            return MemorySegment.ofAddress(host.address()).reinterpret(capacity);
        }

        void write(MemorySegment numbers, long target, long bytes) {
            Status.cuda(cudart.cudaEventSynchronize(passedOn), "waiting for a copy");
            reserve(bytes);
            MemorySegment.copy(numbers, 0, host(), 0, bytes);
            copy(fromBuffer.at(onDevice.address()), host, bytes, cudart.cudaMemcpyHostToDevice, true);
            Status.cuda(cudart.cudaEventRecord(arrived, device.copies), "cudaEventRecord");
            Status.cuda(cudart.cudaStreamWaitEvent(device.compute, arrived, 0), "cudaStreamWaitEvent");
            copy(place.at(target), fromBuffer, bytes, cudart.cudaMemcpyDeviceToDevice, false);
            Status.cuda(cudart.cudaEventRecord(passedOn, device.compute), "cudaEventRecord");
        }

        void read(long from, long bytes) {
            Status.cuda(cudart.cudaEventSynchronize(passedOn), "waiting for a copy");
            reserve(bytes);
            copy(host, place.at(from), bytes, cudart.cudaMemcpyDeviceToHost, false);
            device.synchronize();
        }

        private void copy(Address target, Address from, long bytes, int direction, boolean beside) {
            Status.cuda(cudart.cudaMemcpyAsync(target, from, bytes, direction, beside ? device.copies : device.compute),
                    "copying " + bytes + " bytes");
        }

        private void reserve(long bytes) {
            if (bytes > capacity) {
                free();
                long size = Math.max(1 << 16, bytes);
                DeviceStorage room = new DeviceStorage((int) ((size + Float.BYTES - 1) / Float.BYTES), memory);
                room.become(Type.FLOAT);
                device.synchronize(); // kernels that had this memory before are done with it
                Status.cuda(cudart.cudaMallocHost(host, size), "allocating " + size + " bytes of page-locked memory");
                onDevice = room;
                capacity = size;
            }
        }

        private void free() {
            if (capacity > 0) {
                cudart.cudaFreeHost(host);
                memory.release(onDevice);
                capacity = 0;
            }
        }
    }
}
