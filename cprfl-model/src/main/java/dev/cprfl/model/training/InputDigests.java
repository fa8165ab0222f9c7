package dev.cprfl.model.training;

import dev.cprfl.tensor.UserException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Computes the digests of a run's inputs on a thread beside the training, which so need not wait until all photos have been
 * read once, and puts each into {@code provenance.json} as soon as it has it. Those that a stopped or killed process did
 * not come to are left to the next.
 */
public final class InputDigests implements AutoCloseable {

    private final Run run;
    private final List<Provenance.Input> inputs;
    private final Map<String, List<Path>> files;
    private final ConcurrentLinkedQueue<String> missing = new ConcurrentLinkedQueue<>();
    private final Thread thread = new Thread(this::digest, "digests of the inputs");

    private InputDigests(Run run, Map<String, List<Path>> files) {
        this.run = run;
        // The single files first: they are soon done.
        this.inputs = run.provenance().inputs().stream().filter(input -> input.sha256() == null)
                .sorted(Comparator.comparingInt(Provenance.Input::files)).toList();
        this.files = files;
    }

    /**
     * Begins with what {@code provenance.json} has no digest of.
     *
     * @param files by role as in {@link Provenance#of}; a single file that is missing here is found by its path
     */
    public static InputDigests start(Run run, Map<String, List<Path>> files) {
        InputDigests digests = new InputDigests(run, Map.copyOf(files));
        digests.thread.setDaemon(true);
        digests.thread.start();
        return digests;
    }

    /**
     * Waits until all is digested.
     *
     * @return what was not, and why: a line for each role
     */
    public List<String> await() {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return List.copyOf(missing);
    }

    /** Stops. */
    @Override
    public void close() {
        thread.interrupt();
        await();
    }

    private void digest() {
        for (Provenance.Input input : inputs) {
            try {
                List<Path> now = files.getOrDefault(input.role(), List.of());
                if (input.files() > 1 && (now.isEmpty() || !Provenance.Input.of(input.role(), now).equals(input))) {
                    throw new UserException("the files are not those that the run began with");
                }
                run.recordDigest(input.digested(now));
            } catch (UserException e) {
                if (thread.isInterrupted()) {
                    return;
                }
                missing.add("provenance.json has no digest of " + input.role() + ": " + e.getMessage());
            }
        }
    }
}
