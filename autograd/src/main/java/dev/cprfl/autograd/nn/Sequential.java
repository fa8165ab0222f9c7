package dev.cprfl.autograd.nn;

import dev.cprfl.autograd.Variable;
import java.util.List;

/** Layers one after the other, named 0, 1, 2, ... PyTorch: {@code nn.Sequential}. */
public final class Sequential extends Layer {

    private final List<Layer> layers;

    public Sequential(Layer... layers) {
        this.layers = List.of(layers);
        for (int i = 0; i < layers.length; i++) {
            child(Integer.toString(i), layers[i]);
        }
    }

    @Override
    public Variable forward(Variable x) {
        Variable y = x;
        for (Layer layer : layers) {
            y = layer.forward(y);
        }
        return y;
    }
}
