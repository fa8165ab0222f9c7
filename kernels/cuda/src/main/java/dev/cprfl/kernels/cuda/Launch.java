package dev.cprfl.kernels.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.bytedeco.cuda.cudart.CUfunc_st;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.PointerPointer;

/**
 * One kernel call in the making: {@code kernels.launch(...).pointer(x).number(n).run(blocks, threads)}. Arguments follow in the
 * order of the kernel's parameters and lie in memory as C lays them out, each aligned to its own size. There is one such object
 * and it is reused, so that a launch makes no garbage; the backend's lock keeps calls apart.
 */
final class Launch {

    private static final int LARGEST = 4096;
    /** Keys of cuLaunchKernel's last argument: CU_LAUNCH_PARAM_BUFFER_POINTER, _SIZE and _END. */
    private static final long BUFFER_POINTER = 1;
    private static final long BUFFER_SIZE = 2;

    private final CUstream_st stream;
    private final MemorySegment arguments;
    private final MemorySegment size;
    private final PointerPointer<?> extra;
    private CUfunc_st function;
    private String name;
    private long end;

    Launch(CUstream_st stream, Arena arena) {
        this.stream = stream;
        arguments = arena.allocate(LARGEST, 64);
        size = arena.allocate(ValueLayout.JAVA_LONG);
        MemorySegment pairs = arena.allocate(ValueLayout.JAVA_LONG, 5);
        pairs.setAtIndex(ValueLayout.JAVA_LONG, 0, BUFFER_POINTER);
        pairs.setAtIndex(ValueLayout.JAVA_LONG, 1, arguments.address());
        pairs.setAtIndex(ValueLayout.JAVA_LONG, 2, BUFFER_SIZE);
        pairs.setAtIndex(ValueLayout.JAVA_LONG, 3, size.address());
        extra = new PointerPointer<>(new Address().at(pairs.address())); // a cast; the overload with plain pointers takes theirs
    }

    Launch of(CUfunc_st kernel, String kernelName) {
        function = kernel;
        name = kernelName;
        end = 0;
        return this;
    }

    /** An address in device memory; 0 is null. */
    Launch pointer(long address) {
        return number(address);
    }

    /** A long long. */
    Launch number(long value) {
        arguments.set(ValueLayout.JAVA_LONG, next(Long.BYTES), value);
        return this;
    }

    /** An int. */
    Launch number(int value) {
        arguments.set(ValueLayout.JAVA_INT, next(Integer.BYTES), value);
        return this;
    }

    /** A float. */
    Launch number(float value) {
        arguments.set(ValueLayout.JAVA_FLOAT, next(Float.BYTES), value);
        return this;
    }

    /** The arguments as the kernel will see them. */
    MemorySegment arguments() {
        return arguments.asSlice(0, end);
    }

    private long next(int bytes) {
        long offset = (end + bytes - 1) / bytes * bytes;
        end = offset + bytes;
        return offset;
    }

    /** Queues the kernel on a line of blocks of a line of threads; does nothing if there are no blocks. */
    void run(int blocks, int threads) {
        run(blocks, 1, threads, 1);
    }

    /** Queues the kernel on a grid [blocksY, blocksX] of blocks [threadsY, threadsX]. */
    void run(int blocksX, int blocksY, int threadsX, int threadsY) {
        if (blocksX == 0 || blocksY == 0) {
            return;
        }
        size.set(ValueLayout.JAVA_LONG, 0, end);
        Status.cuda(cudart.cuLaunchKernel(function, blocksX, blocksY, 1, threadsX, threadsY, 1, 0, stream,
                (PointerPointer<?>) null,
                extra), name);
    }
}
