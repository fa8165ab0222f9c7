package dev.cprfl.model.data;

import dev.cprfl.tensor.UserException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * What is in a data set and what is wrong with it.
 *
 * @param splits per split, in the order of the data set
 * @param groups head, medium or tail per class id, from the training counts; empty without a split {@code train}
 * @param duplicates images that are in a split twice or in two splits
 */
public record DataCheck(List<String> classNames, Map<String, Split> splits, List<ClassGroup> groups,
        List<Duplicate> duplicates) {

    /**
     * One split.
     *
     * @param classCounts images per class id
     * @param withoutLabels number of images without any label; allowed, they are negatives for every class
     * @param missing images that do not exist
     * @param unreadable one line per image that exists and cannot be read: file and reason
     */
    public record Split(int images, List<Integer> classCounts, int withoutLabels, List<Path> missing,
            List<String> unreadable) {}

    /**
     * Two entries with one picture.
     *
     * @param sameFile whether both name the same path, or two files hold the same bytes
     */
    public record Duplicate(String firstSplit, Path first, String secondSplit, Path second, boolean sameFile) {

        public boolean acrossSplits() {
            return !firstSplit.equals(secondSplit);
        }
    }

    private record Entry(String split, Path image) {}

    /** What reading a file gave: a digest of its bytes, and the reason if they are no picture. */
    private record Content(String digest, String problem) {}

    /** Nothing missing, nothing unreadable, and no picture in two splits. */
    public boolean passed() {
        return splits.values().stream().allMatch(split -> split.missing.isEmpty() && split.unreadable.isEmpty())
                && duplicates.stream().noneMatch(Duplicate::acrossSplits);
    }

    /** Reads every image of a data set, with so many threads. */
    public static DataCheck of(Dataset dataset, int threads) {
        Map<Path, Content> contents = readAll(dataset, threads);
        Map<String, Split> splits = new LinkedHashMap<>();
        dataset.splits().forEach((name, samples) -> splits.put(name, check(dataset, name, samples, contents)));
        List<ClassGroup> groups = dataset.splits().containsKey("train")
                ? Arrays.stream(dataset.classCounts("train")).mapToObj(ClassGroup::of).toList()
                : List.of();
        return new DataCheck(dataset.classNames(), splits, groups, duplicates(dataset, contents));
    }

    private static Split check(Dataset dataset, String name, List<Sample> samples, Map<Path, Content> contents) {
        List<Path> missing = new ArrayList<>();
        List<String> unreadable = new ArrayList<>();
        for (Sample sample : samples) {
            Content content = contents.get(sample.image());
            if (content == null) {
                missing.add(sample.image());
            } else if (content.problem != null) {
                unreadable.add(content.problem);
            }
        }
        int withoutLabels = (int) samples.stream().filter(sample -> sample.labels().isEmpty()).count();
        List<Integer> counts = Arrays.stream(dataset.classCounts(name)).boxed().toList();
        return new Split(samples.size(), counts, withoutLabels, missing, unreadable);
    }

    private static List<Duplicate> duplicates(Dataset dataset, Map<Path, Content> contents) {
        Map<Path, Entry> byPath = new TreeMap<>();
        Map<String, Entry> byDigest = new TreeMap<>();
        List<Duplicate> duplicates = new ArrayList<>();
        dataset.splits().forEach((split, samples) -> {
            for (Sample sample : samples) {
                Entry entry = new Entry(split, sample.image());
                Entry samePath = byPath.putIfAbsent(sample.image(), entry);
                Content content = contents.get(sample.image());
                if (samePath != null) {
                    duplicates.add(duplicate(samePath, entry, true));
                } else if (content != null && !content.digest.isEmpty()) {
                    Entry sameBytes = byDigest.putIfAbsent(content.digest, entry);
                    if (sameBytes != null) {
                        duplicates.add(duplicate(sameBytes, entry, false));
                    }
                }
            }
        });
        return duplicates;
    }

    private static Duplicate duplicate(Entry first, Entry second, boolean sameFile) {
        return new Duplicate(first.split, first.image, second.split, second.image, sameFile);
    }

    /** The content of every image that exists. */
    private static Map<Path, Content> readAll(Dataset dataset, int threads) {
        Map<Path, Future<Content>> reading = new LinkedHashMap<>();
        Map<Path, Content> contents = new LinkedHashMap<>();
        try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            dataset.splits().values().forEach(samples -> samples.stream().map(Sample::image).filter(Files::exists)
                    .forEach(image -> reading.computeIfAbsent(image, _ -> pool.submit(() -> read(image)))));
            for (Map.Entry<Path, Future<Content>> one : reading.entrySet()) {
                contents.put(one.getKey(), one.getValue().get());
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while checking images", e);
        }
        return contents;
    }

    private static Content read(Path image) {
        String digest = "";
        try {
            byte[] bytes = ImageReader.readBytes(image);
            digest = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
            new ImageReader(true).decode(bytes, image.toString());
            return new Content(digest, null);
        } catch (UserException e) {
            return new Content(digest, e.getMessage());
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }
}
