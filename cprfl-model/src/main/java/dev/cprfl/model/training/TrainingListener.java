package dev.cprfl.model.training;

import dev.cprfl.model.PathGradients;
import dev.cprfl.model.evaluation.MultiLabelMetrics;

/** Hears how a training goes; the command line shows it, tests count it. Called on the training thread. */
public interface TrainingListener {

    /**
     * One optimizer step.
     *
     * @param step number of the step, from 1 on
     * @param loss loss before the step
     * @param lr base learning rate of the step
     * @param paths how the two paths of E10 pulled at the prompts; null where nobody looked
     */
    record Step(int epoch, int epochs, long step, long totalSteps, int images, double loss, double lr,
            PathGradients paths) {}

    /**
     * One epoch.
     *
     * @param loss mean loss over the epoch's images
     * @param metrics of the averaged weights on the selection split, or null where the epoch was not evaluated
     * @param best whether these are the best metrics so far
     */
    record Epoch(int epoch, int epochs, long step, double loss, MultiLabelMetrics metrics, boolean best) {}

    default void step(Step step) {}

    default void epoch(Epoch epoch) {}

    /** The run can be resumed from here. */
    default void saved(long step) {}
}
