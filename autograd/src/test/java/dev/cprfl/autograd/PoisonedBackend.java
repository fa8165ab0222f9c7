package dev.cprfl.autograd;

import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.Memory;
import dev.cprfl.kernels.Storage;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Arrays;

/** A backend whose new memory holds NaN, so that a number read before it was written shows in the results. */
final class PoisonedBackend {

    private PoisonedBackend() {}

    static Backend of(Backend backend) {
        Memory memory = new PoisonedMemory(backend.memory());
        return (Backend) Proxy.newProxyInstance(Backend.class.getClassLoader(), new Class<?>[]{Backend.class},
                (proxy, method, arguments) -> {
                    if (method.getName().equals("memory")) {
                        return memory;
                    }
                    try {
                        return method.invoke(backend, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private record PoisonedMemory(Memory memory) implements Memory {

        @Override
        public Storage allocate(int length) {
            Storage storage = memory.allocate(length);
            float[] poison = new float[length];
            Arrays.fill(poison, Float.NaN);
            memory.write(poison, 0, storage);
            return storage;
        }

        @Override
        public void release(Storage storage) {
            memory.release(storage);
        }

        @Override
        public void write(float[] source, int sourceOffset, Storage target) {
            memory.write(source, sourceOffset, target);
        }

        @Override
        public void write(double[] source, int sourceOffset, Storage target) {
            memory.write(source, sourceOffset, target);
        }

        @Override
        public void read(Storage source, float[] target, int targetOffset) {
            memory.read(source, target, targetOffset);
        }

        @Override
        public void read(Storage source, double[] target, int targetOffset) {
            memory.read(source, target, targetOffset);
        }

        @Override
        public long bytesHeld() {
            return memory.bytesHeld();
        }

        @Override
        public void trim() {
            memory.trim();
        }
    }
}
