package dev.cprfl.model;

import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.autograd.nn.Linear;
import dev.cprfl.autograd.ops.Multiply;
import dev.cprfl.autograd.ops.Reshape;
import dev.cprfl.autograd.ops.Sum;
import dev.cprfl.model.resnet.ResNet;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import dev.cprfl.tensor.UserException;

/**
 * Category-Prompt Refined Feature Learning (Yan et al., ACM MM 2024): scores each class by comparing its prompt with what the
 * prompt became after it had looked at the image.
 *
 * <p>Implements E10. The prompts P are used twice, in the score and in the VSI, so the loss reaches them on two paths:
 * dL/dP = direct (E8 to P) + indirect (E8 to P' through the VSI to P). {@link CprflConfig#cutDirectPath} and
 * {@link CprflConfig#cutIndirectPath} close one of them.
 */
public final class Cprfl extends Classifier {

    private final CprflConfig config;
    private final ResNet backbone;
    private final Linear toTokens;
    private final PromptInitializer promptInitializer;
    private final VisualSemanticInteraction interaction;
    private final Tensor textFeatures;
    private Prepared prepared;

    /** What depends on the weights only. */
    private record Prepared(Variable prompts, EncoderLayer.Projected projected) {}

    /**
     * A network with fresh weights.
     *
     * @param textFeatures W: [c, m], kept with the weights
     * @throws UserException if W has not the width m
     */
    public Cprfl(CprflConfig config, Tensor textFeatures, Initializer initializer) {
        if (textFeatures.shape().rank() != 2 || textFeatures.shape().extent(1) != config.textDim()) {
            throw new UserException("the text features have shape " + textFeatures.shape() + ", needed is [classes, "
                    + config.textDim() + "] (textDim)");
        }
        this.config = config;
        this.textFeatures = buffer("text_features", textFeatures);
        int d = config.jointDim();
        backbone = child("backbone", new ResNet(config.backbone(), initializer));
        toTokens = child("tokens", new Linear(initializer, config.backbone().outChannels(), d));
        promptInitializer = child("prompt_initializer",
                new PromptInitializer(initializer, config.textDim(), config.promptHiddenDim(), d));
        interaction = child("interaction", new VisualSemanticInteraction(initializer, config.depth(), d, config.heads(),
                config.headDim(), config.mlpDim(), config.dropout()));
    }

    public CprflConfig config() {
        return config;
    }

    public ResNet backbone() {
        return backbone;
    }

    public VisualSemanticInteraction interaction() {
        return interaction;
    }

    /** P: [c, d], computed anew; with a tape it is recorded. */
    public Variable prompts() {
        return promptInitializer.forward(Variable.constant(textFeatures));
    }

    /** c. */
    public int classes() {
        return textFeatures.shape().extent(0);
    }

    @Override
    public Variable logits(Variable images) {
        return forward(images).logits();
    }

    @Override
    public void prepareInference() {
        train(false);
        forgetPrepared();
        backbone.fold();
        toTokens.freeze();
        interaction.freeze();
        Variable prompts = prompts();
        prepared = new Prepared(prompts, interaction.project(prompts));
    }

    @Override
    protected void forgetPrepared() {
        if (prepared != null) {
            Tape.forget(prepared.prompts, prepared.projected.q(), prepared.projected.kv());
            prepared = null;
        }
    }

    /** @param images [B, H, W, 3], normalised */
    public CprflOutput forward(Variable images) {
        Variable map = backbone.forward(images);
        Variable tokens = localFeatures(map);
        if (prepared != null && !Tape.records(toTokens.weight())) {
            Variable prompts = prepared.prompts;
            EncoderLayer.Result interacted = interaction.forward(tokens, prepared.projected);
            Variable refined = interacted.tokens();
            return new CprflOutput(map, tokens, prompts, prompts, prompts, refined, score(refined, prompts),
                    interacted.probabilities());
        }
        Variable prompts = prompts();
        Variable direct = config.cutDirectPath() ? prompts.detach() : Reshape.apply(prompts, prompts.shape());
        Variable indirect = Reshape.apply(prompts, prompts.shape());
        EncoderLayer.Result interacted = interaction.forward(tokens, indirect);
        Variable refined = interacted.tokens();
        Variable logits = score(config.cutIndirectPath() ? refined.detach() : refined, direct);
        return new CprflOutput(map, tokens, prompts, direct, indirect, refined, logits, interacted.probabilities());
    }

    /** Implements E1. F = f W_phi + b_phi, one token for each pixel of the map f: [B, h, w, d0] to [B, h w, d]. */
    private Variable localFeatures(Variable map) {
        Shape shape = map.shape();
        int pixels = shape.extent(1) * shape.extent(2);
        return toTokens.forward(Reshape.apply(map, Shape.of(shape.extent(0), pixels, shape.extent(3))));
    }

    /** Implements E8. logit_i = p'_i . p_i: [B, c, d] and [c, d] to [B, c]. */
    private static Variable score(Variable refined, Variable prompts) {
        return Sum.apply(Multiply.apply(refined, prompts), -1, false);
    }
}
