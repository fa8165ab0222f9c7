package dev.cprfl.model.training;

import dev.cprfl.autograd.Gradients;
import dev.cprfl.autograd.Parameter;
import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.autograd.optim.AdamW;
import dev.cprfl.autograd.optim.ExponentialMovingAverage;
import dev.cprfl.autograd.optim.OneCycleSchedule;
import dev.cprfl.model.Classifier;
import dev.cprfl.model.Cprfl;
import dev.cprfl.model.CprflOutput;
import dev.cprfl.model.PathGradients;
import dev.cprfl.model.loss.Loss;
import dev.cprfl.tensor.Scope;
import dev.cprfl.tensor.Tensor;
import dev.cprfl.tensor.UserException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A classifier with all that changes it: the recipe of the authors' code. AdamW with weight decay on weights of more than one
 * dimension, the backbone at a learning rate of its own, the one-cycle schedule and averaged weights.
 */
public final class Learner {

    /** Names of the backbone's parameters begin with this. */
    private static final String BACKBONE = "backbone.";

    private final Classifier model;
    private final Loss loss;
    private final AdamW optimizer;
    private final OneCycleSchedule schedule;
    private final ExponentialMovingAverage average;
    private final long seed;

    /** @param totalSteps length of the schedule */
    public Learner(Classifier model, Loss loss, RunConfig.Training settings, int totalSteps) {
        this.model = model;
        this.loss = loss;
        this.seed = settings.seed();
        optimizer = new AdamW(groups(model, settings), settings.beta2(), settings.eps());
        schedule = new OneCycleSchedule(settings.lr(), totalSteps, settings.pctStart(), settings.divFactor(),
                settings.finalDivFactor(), settings.cycleMomentum(), settings.baseMomentum(), settings.maxMomentum());
        average = new ExponentialMovingAverage(model, settings.emaDecay());
    }

    private static List<AdamW.Group> groups(Classifier model, RunConfig.Training settings) {
        List<AdamW.Group> groups = new ArrayList<>();
        for (boolean backbone : new boolean[]{false, true}) {
            for (boolean decay : new boolean[]{false, true}) {
                Map<String, Parameter> members = new LinkedHashMap<>();
                model.namedParameters().forEach((name, parameter) -> {
                    if (name.startsWith(BACKBONE) == backbone && parameter.shape().rank() > 1 == decay) {
                        members.put(name, parameter);
                    }
                });
                groups.add(new AdamW.Group(members, backbone ? settings.backboneLrFactor() : 1,
                        decay ? settings.weightDecay() : 0));
            }
        }
        return groups;
    }

    /**
     * One optimizer step.
     *
     * @param step number of the step, from 0 on
     * @param images [B, H, W, 3], normalised
     * @param targets [B, c]
     * @return the loss before the step
     * @throws UserException if the loss is NaN or infinite; says in which step and which tensor was the first; the
     *     parameters stay as they were, the running statistics have moved
     */
    public double step(int step, Tensor images, Tensor targets) {
        return step(step, images, targets, null);
    }

    /**
     * As {@link #step(int, Tensor, Tensor)}.
     *
     * @param paths is told how the two paths of E10 pull at the prompts, if the model has them; null to save the looking
     */
    public double step(int step, Tensor images, Tensor targets, Consumer<PathGradients> paths) {
        model.train(true);
        model.seed(seed, step);
        try (Scope _ = Scope.open(); Tape tape = Tape.start()) {
            Variable input = Variable.constant(images);
            CprflOutput output = paths != null && model instanceof Cprfl cprfl ? cprfl.forward(input) : null;
            if (output != null) {
                tape.retain(output.directPrompts());
                tape.retain(output.indirectPrompts());
            }
            Variable value = loss.apply(output == null ? model.logits(input) : output.logits(), targets);
            double number = value.value().item();
            if (!Double.isFinite(number)) {
                throw new UserException("step " + (step + 1) + ": the loss is " + number + "; first not finite: "
                        + firstNonFinite(images, tape)
                        + "; lower training.lr, or look at the weights and images given");
            }
            double lr = schedule.lr(step);
            double beta1 = schedule.beta1(step);
            Gradients kept = tape.backward(value,
                    (parameter, gradient) -> optimizer.step(parameter, gradient, lr, beta1, average));
            if (output != null) {
                paths.accept(
                        PathGradients.of(kept.get(output.directPrompts()), kept.get(output.indirectPrompts())));
            }
            kept.release();
            average.update();
            return number;
        }
    }

    private String firstNonFinite(Tensor images, Tape tape) {
        if (!isFinite(images)) {
            return "the images";
        }
        String inState = firstNonFinite();
        return inState != null ? inState : tape.firstNonFinite();
    }

    /** The first parameter, buffer or moment with a number that is NaN or infinite, or null. */
    private String firstNonFinite() {
        for (Map.Entry<String, Parameter> entry : model.namedParameters().entrySet()) {
            if (!isFinite(entry.getValue().value())) {
                return "parameter " + entry.getKey();
            }
        }
        for (Map.Entry<String, Tensor> entry : model.namedBuffers().entrySet()) {
            if (!isFinite(entry.getValue())) {
                return "buffer " + entry.getKey();
            }
        }
        for (Map.Entry<String, Tensor> entry : optimizer.moments().entrySet()) {
            if (!isFinite(entry.getValue())) {
                return "moment " + entry.getKey();
            }
        }
        return null;
    }

    private static boolean isFinite(Tensor tensor) {
        return tensor.backend().firstNonFinite(tensor.storage()) < 0;
    }

    /**
     * Looks at the whole state, so that nothing broken is kept.
     *
     * @param step number of the last step, from 1 on; for the message
     * @throws UserException naming the step and the first tensor that holds NaN or infinity
     */
    void requireFinite(int step) {
        String broken = firstNonFinite();
        if (broken != null) {
            throw new UserException("step " + step + " made numbers that are not finite, first in " + broken
                    + "; the last checkpoint is from before; lower training.lr, or look at the weights given");
        }
    }

    public Classifier model() {
        return model;
    }

    public AdamW optimizer() {
        return optimizer;
    }

    public OneCycleSchedule schedule() {
        return schedule;
    }

    public ExponentialMovingAverage average() {
        return average;
    }
}
