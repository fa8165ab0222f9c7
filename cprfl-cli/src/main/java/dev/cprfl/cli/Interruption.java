package dev.cprfl.cli;

import dev.cprfl.model.training.Trainer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Lets Ctrl-C end a training with everything saved. */
final class Interruption {

    private Interruption() {}

    /**
     * Trains; Ctrl-C asks the trainer to save and waits for it, so that the process ends with everything written.
     *
     * @param goOn the command that goes on where this one was stopped
     * @return whether the training is complete
     */
    static boolean untilDoneOrInterrupted(Trainer trainer, Common common, String goOn) {
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
