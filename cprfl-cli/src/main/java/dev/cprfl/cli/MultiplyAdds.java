package dev.cprfl.cli;

import dev.cprfl.autograd.Variable;
import dev.cprfl.kernels.AttentionShape;
import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.ConvShape;
import dev.cprfl.kernels.GemmShape;
import dev.cprfl.kernels.Memory;
import dev.cprfl.kernels.Storage;
import dev.cprfl.model.Classifier;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.function.Function;

/**
 * Counts the multiply-adds of a network's forward pass. The pass runs on a backend that computes nothing and adds up the
 * shapes it is handed: convolutions (as if direct, however they are computed), matrix products and attention's two
 * products. Element-wise work is not counted, as is usual.
 */
final class MultiplyAdds implements InvocationHandler {

    private final Memory memory = new NoMemory();
    private long count;

    private MultiplyAdds() {}

    /**
     * @param network builds the network on a backend
     * @param images [B, H, W, 3]
     */
    static long of(Function<Backend, Classifier> network, Shape images) {
        MultiplyAdds counter = new MultiplyAdds();
        Backend backend = (Backend) Proxy.newProxyInstance(Backend.class.getClassLoader(),
                new Class<?>[]{Backend.class},
                counter);
        Classifier model = network.apply(backend);
        model.train(false);
        counter.count = 0;
        model.logits(Variable.constant(Tensor.allocate(backend, images)));
        return counter.count;
    }

    @Override
    public Object invoke(Object proxy, Method method, Object[] args) {
        if (method.getReturnType() == Memory.class) {
            return memory;
        }
        if (method.getReturnType() == boolean.class) {
            return false; // no device
        }
        for (Object argument : args == null ? new Object[0] : args) {
            count += switch (argument) {
                case ConvShape s -> (long) s.outPixels() * s.patchLength() * s.outChannels();
                case GemmShape s -> s.multiplyAdds();
                case AttentionShape s -> 2L * s.probabilitiesLength() * s.headDim();
                case null, default -> 0;
            };
        }
        return null;
    }

    private record NoNumbers(int length) implements Storage {

        @Override
        public Storage slice(int offset, int length) {
            return new NoNumbers(length);
        }
    }

    private static final class NoMemory implements Memory {

        @Override
        public Storage allocate(int length) {
            return new NoNumbers(length);
        }

        @Override
        public void release(Storage storage) {}

        @Override
        public void write(float[] source, int sourceOffset, Storage target) {}

        @Override
        public void write(double[] source, int sourceOffset, Storage target) {}

        @Override
        public void read(Storage source, float[] target, int targetOffset) {}

        @Override
        public void read(Storage source, double[] target, int targetOffset) {}

        @Override
        public long bytesHeld() {
            return 0;
        }

        @Override
        public void trim() {}
    }
}
