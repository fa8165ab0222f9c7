package dev.cprfl.cli;

import dev.cprfl.model.training.InputDigests;
import dev.cprfl.model.training.Run;
import dev.cprfl.model.training.Trainer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Lets Ctrl-C end a training with everything saved. */
final class Interruption {

    private Interruption() {}

    /**
     * Trains; Ctrl-C asks the trainer to save and waits for it, so that the process ends with everything written. The run's
     * inputs are digested meanwhile; a complete training waits for that, one that is stopped leaves it to the next.
     *
     * @param inputs files by role, as in the run's provenance
     * @param goOn the command that goes on where this one was stopped
     * @return whether the training is complete
     */
    static boolean untilDoneOrInterrupted(Trainer trainer, Run run, Map<String, List<Path>> inputs, Common common,
            String goOn) {
        try (InputDigests digests = InputDigests.start(run, inputs)) {
            boolean complete = untilDoneOrInterrupted(trainer, common, goOn);
            if (complete) {
                digests.await().forEach(common::remark);
            }
            return complete;
        }
    }

    private static boolean untilDoneOrInterrupted(Trainer trainer, Common common, String goOn) {
        CompletableFuture<Boolean> ended = new CompletableFuture<>();
        Thread onInterrupt = new Thread(() -> {
            trainer.stop();
            try {
                if (!ended.join()) {
                    common.remark("stopped and saved; go on with: " + goOn);
                }
            } catch (CompletionException e) {
                Failures.report(e.getCause(), common.err());
            }
        });
        Runtime.getRuntime().addShutdownHook(onInterrupt);
        try {
            boolean complete = trainer.train();
            dismiss(onInterrupt);
            ended.complete(complete);
            return complete;
        } catch (RuntimeException | Error e) {
            dismiss(onInterrupt);
            ended.completeExceptionally(e);
            throw e;
        }
    }

    private static void dismiss(Thread shutdownHook) {
        try {
            Runtime.getRuntime().removeShutdownHook(shutdownHook);
        } catch (IllegalStateException e) {
            // The shutdown has begun, so the hook is running.
        }
    }
}
