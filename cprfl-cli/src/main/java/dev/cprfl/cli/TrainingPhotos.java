package dev.cprfl.cli;

import dev.cprfl.model.data.Dataset;
import dev.cprfl.model.data.FileSamples;
import dev.cprfl.model.data.ImageReader;
import dev.cprfl.model.data.Resample;
import dev.cprfl.model.data.ResizedSamples;
import dev.cprfl.model.data.Samples;
import dev.cprfl.model.data.SubsetSamples;
import dev.cprfl.model.training.Run;
import dev.cprfl.model.training.RunConfig;
import dev.cprfl.tensor.Rng;
import dev.cprfl.tensor.UserException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * The photos of a data set as a training uses them.
 *
 * @param all images of the split train
 * @param train those that are learnt from
 * @param selection those that the best weights are chosen on, or null to keep the last weights
 * @param classes counted in {@code all}
 */
record TrainingPhotos(Samples all, Samples train, Samples selection, Run.Classes classes) {

    /**
     * @param yaml what messages call the data set
     * @param remark hears of photos left out
     */
    static TrainingPhotos of(Path yaml, Dataset dataset, RunConfig config, Consumer<String> remark) {
        Samples all = photos(yaml, dataset, "train", config, remark);
        Run.Classes classes = new Run.Classes(dataset.classNames(), Run.classCounts(all));
        if (classes.trainCounts().stream().allMatch(count -> count == 0)) {
            throw new UserException(yaml + ": none of the " + all.size() + " images of the split train has a label");
        }
        Samples selection = switch (config.selection()) {
            case "last" -> null;
            case "test" -> photos(yaml, dataset, "test", config, remark);
            default -> validation(yaml, dataset, config, all, remark);
        };
        boolean heldBack = config.selection().equals("validation") && !dataset.splits().containsKey("val");
        return new TrainingPhotos(all, heldBack ? part(all, config, false) : all, selection, classes);
    }

    /** The photos of a split as they are; those that cannot be read are left out where the configuration says so. */
    static Samples photos(Path yaml, Dataset dataset, String split, RunConfig config, Consumer<String> remark) {
        Samples photos = new FileSamples(dataset.split(split), dataset.classNames().size(),
                new ImageReader(config.data().exifOrientation()));
        if (config.data().skipBad()) {
            SubsetSamples.Sound sound = SubsetSamples.withoutBad(photos, config.loaderThreads());
            sound.bad().forEach(line -> remark.accept("left out: " + line));
            remark.accept(sound.bad().size() + " of " + photos.size() + " images of " + split + " left out");
            photos = sound.samples();
        }
        if (photos.size() == 0) {
            throw new UserException(yaml + ": the split " + split + " has no images");
        }
        return photos;
    }

    /**
     * Images that no weight has learnt from, and that are not the test images: the split val, else what the training held back
     * of train; null where it held nothing back.
     */
    static Samples validation(Path yaml, Dataset dataset, RunConfig config, Samples all, Consumer<String> remark) {
        if (dataset.splits().containsKey("val")) {
            return photos(yaml, dataset, "val", config, remark);
        }
        return config.selection().equals("validation") ? part(all, config, true) : null;
    }

    /** Scaled to the size that the network sees, and kept in memory as far as the configuration allows. */
    static Samples cached(Samples samples, RunConfig config) {
        return new ResizedSamples(samples, config.imageSize(), Resample.BILINEAR,
                (long) config.data().cacheMegabytes() << 20);
    }

    private static Samples part(Samples all, RunConfig config, boolean held) {
        return new SubsetSamples(all, split(all, config).get(held));
    }

    /** Which training images are held back (true) and which not, drawn by the seed. */
    private static Map<Boolean, List<Integer>> split(Samples train, RunConfig config) {
        int[] order = IntStream.range(0, train.size()).toArray();
        Rng.of(config.training().seed(), -1).shuffle(order);
        int held = (int) Math.round(train.size() * config.validationFraction());
        if (held == 0 || held == train.size()) {
            throw new UserException("validationFraction " + config.validationFraction() + " of " + train.size()
                    + " images leaves a part without images; set selection=last or selection=test");
        }
        return Map.of(true, IntStream.of(order).limit(held).sorted().boxed().toList(), false,
                IntStream.of(order).skip(held).sorted().boxed().toList());
    }
}
