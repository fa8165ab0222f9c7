package dev.cprfl.bench;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.cprfl.autograd.Parameter;
import dev.cprfl.autograd.Parameter.Layout;
import dev.cprfl.autograd.nn.StateDict;
import dev.cprfl.tensor.Tensor;
import dev.cprfl.tensor.io.HostTensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Our weights as PyTorch's. */
final class TorchWeights {

    /** Trained arrays, in the order they were asked for. */
    final List<NDArray> trained = new ArrayList<>();

    private final NDManager manager;
    private final boolean training;
    private final boolean channelsLast;

    /** @param channelsLast whether images and convolutions lie as NHWC in memory, in PyTorch's terms {@code channels_last} */
    TorchWeights(NDManager manager, boolean training, boolean channelsLast) {
        this.manager = manager;
        this.training = training;
        this.channelsLast = channelsLast;
    }

    NDArray trained(Parameter parameter) {
        NDArray array = constant(parameter.value(), parameter.layout());
        array.setRequiresGradient(training);
        trained.add(array);
        return array;
    }

    /** @param layout where it is CONVOLUTION, [out, height, width, in] becomes [out, in, height, width], as images do */
    NDArray constant(Tensor tensor, Layout layout) {
        if (channelsLast && layout == Layout.CONVOLUTION) {
            return manager.create(tensor.toFloats(), shape(tensor.shape())).transpose(0, 3, 1, 2); // a view: nothing moves
        }
        HostTensor host = StateDict.toHost(tensor, layout);
        return manager.create(host.toFloats(), shape(host.shape()));
    }

    private static Shape shape(dev.cprfl.tensor.Shape shape) {
        return new Shape(Arrays.stream(shape.toArray()).asLongStream().toArray());
    }
}
