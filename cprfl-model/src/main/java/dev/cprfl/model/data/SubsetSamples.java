package dev.cprfl.model.data;

import dev.cprfl.tensor.UserException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Some of the samples of another source, in the given order: a validation split, or what is left without damaged files.
 *
 * @param indices positions in the source
 */
public record SubsetSamples(Samples source, List<Integer> indices) implements Samples {

    /**
     * The samples whose image can be read.
     *
     * @param bad one line per image left out: file and reason
     */
    public record Sound(Samples samples, List<String> bad) {}

    /** Reads every image once, with so many threads, and leaves out those that fail. */
    public static Sound withoutBad(Samples source, int threads) {
        List<Integer> good = new ArrayList<>();
        List<String> bad = new ArrayList<>();
        try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            List<Future<String>> problems = new ArrayList<>();
            for (int i = 0; i < source.size(); i++) {
                int index = i;
                problems.add(pool.submit(() -> problem(source, index)));
            }
            for (int i = 0; i < source.size(); i++) {
                String problem = problems.get(i).get();
                if (problem == null) {
                    good.add(i);
                } else {
                    bad.add(problem);
                }
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while checking images", e);
        }
        return new Sound(bad.isEmpty() ? source : new SubsetSamples(source, good), bad);
    }

    private static String problem(Samples source, int index) {
        try {
            source.image(index);
            return null;
        } catch (UserException e) {
            return e.getMessage();
        }
    }

    @Override
    public int size() {
        return indices.size();
    }

    @Override
    public int classes() {
        return source.classes();
    }

    @Override
    public List<Integer> labels(int index) {
        return source.labels(indices.get(index));
    }

    @Override
    public Image image(int index) {
        return source.image(indices.get(index));
    }

    @Override
    public String name(int index) {
        return source.name(indices.get(index));
    }
}
