package dev.cprfl.model.clip;

import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.autograd.nn.Layer;
import dev.cprfl.autograd.nn.LayerNorm;
import dev.cprfl.autograd.nn.Linear;
import dev.cprfl.autograd.nn.MultiHeadAttention;
import dev.cprfl.autograd.ops.Add;
import dev.cprfl.autograd.ops.Gelu;
import dev.cprfl.autograd.ops.QuickGelu;

/**
 * One layer of CLIP's text transformer: y = x + attention(LN1(x)), z = y + MLP(LN2(y)), where a token attends to itself and
 * those before it. Names are OpenAI's ({@code ResidualAttentionBlock}).
 */
final class TextLayer extends Layer {

    private final LayerNorm attentionNorm;
    private final MultiHeadAttention attention;
    private final LayerNorm mlpNorm;
    private final Linear hidden;
    private final Linear output;
    private final TextConfig.Activation activation;

    TextLayer(Initializer initializer, TextConfig config) {
        int width = config.width();
        attention = child("attn", new MultiHeadAttention(initializer, width, config.heads()));
        attentionNorm = child("ln_1", new LayerNorm(initializer, width));
        hidden = child("mlp.c_fc", new Linear(initializer, width, 4 * width));
        output = child("mlp.c_proj", new Linear(initializer, 4 * width, width));
        mlpNorm = child("ln_2", new LayerNorm(initializer, width));
        activation = config.activation();
    }

    /** @param x [texts, positions, width]; z has its shape */
    @Override
    public Variable forward(Variable x) {
        Variable normalised = attentionNorm.forward(x);
        Variable attended = attention.forward(normalised, true);
        Variable y = Add.apply(x, attended);
        Tape.forget(normalised, attended);
        Variable change = mlp(y);
        Variable z = Add.apply(y, change);
        Tape.forget(y, change);
        return z;
    }

    private Variable mlp(Variable y) {
        Variable normalised = mlpNorm.forward(y);
        Variable before = hidden.forward(normalised);
        Variable after = switch (activation) {
            case QUICK_GELU -> QuickGelu.apply(before);
            case GELU -> Gelu.apply(before);
        };
        Variable change = output.forward(after);
        Tape.forget(normalised, before, after);
        return change;
    }
}
