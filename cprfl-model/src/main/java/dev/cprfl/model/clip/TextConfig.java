package dev.cprfl.model.clip;

import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.UserException;
import java.util.Map;

/**
 * The size of a CLIP text encoder.
 *
 * @param vocabulary tokens
 * @param context positions
 * @param width of a token inside
 * @param heads of attention
 * @param layers of the transformer
 * @param textDim m, width of the embedding
 * @param activation between the two layers of an MLP
 */
public record TextConfig(int vocabulary, int context, int width, int heads, int layers, int textDim,
        Activation activation) {

    /** What CLIPs are trained with. A checkpoint's weights do not tell. */
    public enum Activation {
        /** x sigmoid(1.702 x): OpenAI's. */
        QUICK_GELU,
        /** The exact one: most of open_clip's. */
        GELU
    }

    /** Every published CLIP has heads of this width. */
    private static final int HEAD_WIDTH = 64;

    public TextConfig {
        if (vocabulary < 1 || context < 1 || width < 1 || layers < 1 || textDim < 1) {
            throw new UserException("a text encoder of vocabulary " + vocabulary + ", context " + context + ", width "
                    + width + ", " + layers + " layers and embedding " + textDim + " makes no sense");
        }
        if (heads < 1 || width % heads != 0) {
            throw new UserException("the text encoder's width " + width + " does not split into " + heads + " heads");
        }
    }

    /**
     * Reads the size off the shapes of a checkpoint's tensors.
     *
     * @param shapes by OpenAI's names
     * @param heads 0 for heads of width 64, as every published CLIP has them
     * @throws UserException if a tensor that tells is missing or has not the right number of axes
     */
    public static TextConfig of(Map<String, Shape> shapes, int heads, Activation activation) {
        Shape tokens = matrix(shapes, "token_embedding.weight");
        Shape positions = matrix(shapes, "positional_embedding");
        Shape projection = matrix(shapes, "text_projection");
        int layers = 0;
        while (shapes.containsKey("transformer.resblocks." + layers + ".ln_1.weight")) {
            layers++;
        }
        if (layers == 0) {
            throw new UserException("there is no layer of a text transformer (transformer.resblocks.0.ln_1.weight)");
        }
        int width = tokens.extent(1);
        return new TextConfig(tokens.extent(0), positions.extent(0), width,
                heads > 0 ? heads : Math.max(1, width / HEAD_WIDTH), layers, projection.extent(1), activation);
    }

    private static Shape matrix(Map<String, Shape> shapes, String name) {
        Shape shape = shapes.get(name);
        if (shape == null || shape.rank() != 2) {
            throw new UserException("the tensor " + name + " of a CLIP text encoder "
                    + (shape == null ? "is missing" : "has shape " + shape + ", needed is a matrix"));
        }
        return shape;
    }
}
