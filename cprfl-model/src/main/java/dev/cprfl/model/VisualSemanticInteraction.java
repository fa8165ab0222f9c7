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

    /**
     * @param features F: [B, v, d]
     * @param prompts P: [c, d]
     * @return P' [B, c, d] and the last layer's attention of the prompts, [B, H, c, v+c]
     */
    public EncoderLayer.Result forward(Variable features, Variable prompts) {
        int visual = features.shape().extent(1);
        Variable f = features;
        Variable p = prompts;
        for (int i = 0;; i++) {
            boolean last = i == layers.size() - 1;
            EncoderLayer.Result result = layers.get(i).forward(f, p, last);
            if (i > 0) {
                Tape.forget(f, p); // the first layer's are the caller's
            }
            if (last) {
                return result;
            }
            Variable tokens = result.tokens();
            f = Slice.apply(tokens, 1, 0, visual);
            p = Slice.apply(tokens, 1, visual, tokens.shape().extent(1));
            Tape.forget(tokens);
        }
    }
}
