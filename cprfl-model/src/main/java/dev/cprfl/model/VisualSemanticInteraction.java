package dev.cprfl.model;

import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.autograd.nn.Module;
import dev.cprfl.autograd.ops.Slice;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The visual-semantic interaction network (VSI): lets every prompt gather what the image shows of its class.
 * Implements E4. Z = (F, P), without positional embedding or class token; the encoder layers turn it into (F', P'), of which
 * P' is returned.
 */
public final class VisualSemanticInteraction extends Module {

    private final List<EncoderLayer> layers = new ArrayList<>();

    public VisualSemanticInteraction(Initializer initializer, int depth, int jointDim, int heads, int headDim,
            int mlpDim, double dropout) {
        for (int i = 0; i < depth; i++) {
            layers.add(child(Integer.toString(i),
                    new EncoderLayer(initializer, jointDim, heads, headDim, mlpDim, dropout)));
        }
    }

    /** The encoder layers, first to last. */
    public List<EncoderLayer> layers() {
        return Collections.unmodifiableList(layers);
    }

    /** Prepares for inference. */
    void freeze() {
        layers.forEach(EncoderLayer::freeze);
    }

    /**
     * @param features F: [B, v, d]
     * @param prompts P: [c, d]
     * @return P' [B, c, d] and the last layer's attention of the prompts, [B, H, c, v+c]
     */
    public EncoderLayer.Result forward(Variable features, Variable prompts) {
        EncoderLayer.Projected projected = project(prompts);
        EncoderLayer.Result result = forward(features, projected);
        Tape.forget(projected.q(), projected.kv());
        return result;
    }

    /** What the first layer makes of the prompts [c, d] alone. */
    public EncoderLayer.Projected project(Variable prompts) {
        return layers.getFirst().project(prompts);
    }

    /** As {@link #forward(Variable, Variable)} with the prompts' projections, which stay the caller's. */
    public EncoderLayer.Result forward(Variable features, EncoderLayer.Projected prompts) {
        int visual = features.shape().extent(1);
        int last = layers.size() - 1;
        EncoderLayer.Result result = layers.getFirst().forward(features, prompts, last == 0);
        for (int i = 1; i <= last; i++) {
            Variable tokens = result.tokens();
            Variable f = Slice.apply(tokens, 1, 0, visual);
            Variable p = Slice.apply(tokens, 1, visual, tokens.shape().extent(1));
            Tape.forget(tokens);
            result = layers.get(i).forward(f, p, i == last);
            Tape.forget(f, p);
        }
        return result;
    }
}
