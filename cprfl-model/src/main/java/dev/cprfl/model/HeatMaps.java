package dev.cprfl.model;

import dev.cprfl.autograd.Variable;
import dev.cprfl.autograd.ops.Mean;
import dev.cprfl.autograd.ops.Slice;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import java.util.Arrays;

/**
 * Where each class looked: the attention that its prompt pays to the visual tokens in the last encoder layer. The weights of
 * one map sum to at most one; the rest went to the other prompts.
 */
public final class HeatMaps {

    private HeatMaps() {}

    /**
     * One map for each class, the mean over the heads.
     *
     * @param output of a forward pass without tape
     * @return [B, c, h, w]
     */
    public static Tensor meanOverHeads(CprflOutput output) {
        return onImage(Mean.apply(Variable.constant(output.attention()), 1, false), output);
    }

    /**
     * One map for each head and class.
     *
     * @param output of a forward pass without tape
     * @return [B, H, c, h, w]
     */
    public static Tensor perHead(CprflOutput output) {
        return onImage(Variable.constant(output.attention()), output);
    }

    /** Drops the attention to prompts and lays the rest out as the feature map: [..., v+c] to [..., h, w]. */
    private static Tensor onImage(Variable attention, CprflOutput output) {
        int height = output.backbone().shape().extent(1);
        int width = output.backbone().shape().extent(2);
        Tensor visual = Slice.apply(attention, -1, 0, height * width).value();
        int[] extents = visual.shape().toArray();
        int[] shape = Arrays.copyOf(extents, extents.length + 1);
        shape[extents.length - 1] = height;
        shape[extents.length] = width;
        return visual.reshape(Shape.of(shape));
    }
}
