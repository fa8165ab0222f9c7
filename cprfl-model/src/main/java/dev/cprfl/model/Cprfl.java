package dev.cprfl.model;

import dev.cprfl.autograd.Parameter;
import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.autograd.nn.Linear;
import dev.cprfl.autograd.ops.Multiply;
import dev.cprfl.autograd.ops.Reshape;
import dev.cprfl.autograd.ops.Scale;
import dev.cprfl.autograd.ops.Sum;
import dev.cprfl.model.clip.TextEncoder;
import dev.cprfl.model.resnet.ResNet;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import dev.cprfl.tensor.UserException;
import java.util.List;
import java.util.Locale;

/**
 * Category-Prompt Refined Feature Learning (Yan et al., ACM MM 2024): scores each class by comparing its prompt with what the
 * prompt became after it had looked at the image.
 *
 * <p>Implements E10. The prompts P are used twice, in the score and in the VSI, so the loss reaches them on two paths:
 * dL/dP = direct (E8 to P) + indirect (E8 to P' through the VSI to P). {@link CutPath} closes one of them.
 */
public final class Cprfl extends Classifier {

    private final CprflConfig config;
    private final ResNet backbone;
    private final Linear toTokens;
    private final PromptInitializer promptInitializer;
    private final Parameter freePrompts;
    private final VisualSemanticInteraction interaction;
    private final Tensor textFeatures;
    private final TextEncoder textEncoder;
    private final List<int[]> sentences;
    private final int classes;
    private Prepared prepared;

    /** Standard deviation of prompts that nothing is known of when the training begins. */
    private static final double FREE_STD = 0.02;

    /** What depends on the weights only. */
    private record Prepared(Variable prompts, EncoderLayer.Projected projected) {}

    /**
     * A network with fresh weights whose class semantics stay as they are.
     *
     * @param textFeatures W: [c, m], kept with the weights
     * @throws UserException if W has not the width m
     */
    public Cprfl(CprflConfig config, Tensor textFeatures, Initializer initializer) {
        this(config, textFeatures, null, List.of(), textFeatures.shape().extent(0), initializer);
    }

    /**
     * A network with fresh weights that learns the class semantics too: W = g(sentences) at every pass.
     *
     * @param textEncoder g, whose weights are this network's then
     * @param sentences tokens of each class's sentence
     * @throws UserException if W has not the width m
     */
    public Cprfl(CprflConfig config, TextEncoder textEncoder, List<int[]> sentences, Initializer initializer) {
        this(config, null, textEncoder, List.copyOf(sentences), sentences.size(), initializer);
    }

    /**
     * A network with fresh weights that is told nothing about its classes: its prompts are parameters of their own.
     *
     * @param config with {@link PromptInit#RANDOM}
     */
    public Cprfl(CprflConfig config, int classes, Initializer initializer) {
        this(config, null, null, List.of(), classes, initializer);
    }

    private Cprfl(CprflConfig config, Tensor textFeatures, TextEncoder textEncoder, List<int[]> sentences,
            int classes, Initializer initializer) {
        this.config = config;
        this.textFeatures = textFeatures;
        this.textEncoder = textEncoder;
        this.sentences = sentences;
        this.classes = classes;
        boolean told = textFeatures != null || textEncoder != null;
        if (told == (config.promptInit() == PromptInit.RANDOM)) {
            throw new UserException(told
                    ? "random prompts (promptInit) know nothing about the classes; leave the text embeddings out"
                    : "promptInit " + config.promptInit().name().toLowerCase(Locale.ROOT) + " needs text embeddings");
        }
        if (textFeatures != null) {
            requireText(textFeatures.shape());
            constant("text_features", textFeatures);
        } else if (textEncoder != null) {
            requireText(Shape.of(sentences.size(), textEncoder.config().textDim()));
            child("text_encoder", textEncoder);
        }
        int d = config.jointDim();
        backbone = child("backbone", new ResNet(config.backbone(), initializer));
        toTokens = child("tokens", new Linear(initializer, config.backbone().outChannels(), d));
        promptInitializer = told
                ? child("prompt_initializer", new PromptInitializer(initializer, config.textDim(),
                        config.promptInit() == PromptInit.MLP ? config.promptHiddenDim() : 0, d))
                : null;
        freePrompts = told ? null : parameter("prompts", initializer.normal(Shape.of(classes, d), FREE_STD));
        interaction = child("interaction", new VisualSemanticInteraction(initializer, config.depth(), d, config.heads(),
                config.headDim(), config.mlpDim(), config.dropout()));
    }

    private void requireText(Shape text) {
        if (text.rank() != 2 || text.extent(1) != config.textDim()) {
            throw new UserException("the text features have shape " + text + ", needed is [classes, "
                    + config.textDim() + "] (textDim)"
                    + (text.rank() == 2 ? ": set textDim=" + text.extent(1) + " for these" : ""));
        }
    }

    public CprflConfig config() {
        return config;
    }

    @Override
    public ResNet backbone() {
        return backbone;
    }

    public VisualSemanticInteraction interaction() {
        return interaction;
    }

    @Override
    public int classes() {
        return classes;
    }

    @Override
    public Variable logits(Variable images) {
        return forward(images).logits();
    }

    @Override
    public Variable logitsOf(Variable map) {
        return forwardMap(map).logits();
    }

    @Override
    public void prepareInference() {
        train(false);
        forgetPrepared();
        backbone.fold();
        toTokens.freeze();
        interaction.freeze();
        Variable p = prompts();
        prepared = new Prepared(p, interaction.project(p));
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
        return forwardMap(backbone.forward(images));
    }

    /** As {@link #forward}, from the backbone's last feature map f: [B, h, w, d0]. */
    public CprflOutput forwardMap(Variable map) {
        Variable tokens = localFeatures(map);
        if (prepared != null && !Tape.records(toTokens.weight())) {
            Variable p = prepared.prompts;
            EncoderLayer.Result interacted = interaction.forward(tokens, prepared.projected);
            Variable refined = interacted.tokens();
            return new CprflOutput(map, tokens, p, p, p, refined, score(refined, p), interacted.probabilities());
        }
        Variable p = prompts();
        Variable direct = config.cutPath() == CutPath.DIRECT ? p.detach() : Reshape.apply(p, p.shape());
        Variable indirect = config.cutPath() == CutPath.INDIRECT ? p.detach() : Reshape.apply(p, p.shape());
        EncoderLayer.Result interacted = interaction.forward(tokens, indirect);
        Variable refined = interacted.tokens();
        Variable logits = score(config.cutPath() == CutPath.FEATURES ? refined.detach() : refined, direct);
        return new CprflOutput(map, tokens, p, direct, indirect, refined, logits, interacted.probabilities());
    }

    /** P as the weights make them now: [c, d]; with a tape it is recorded. */
    public Variable prompts() {
        if (freePrompts != null) {
            return Scale.apply(freePrompts, 1); // memory of its own: whoever is done with P frees it
        }
        if (textEncoder == null) {
            return promptInitializer.forward(Variable.constant(textFeatures));
        }
        Variable w = textEncoder.forward(sentences);
        Variable p = promptInitializer.forward(w);
        Tape.forget(w);
        return p;
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
