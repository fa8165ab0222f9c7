package dev.cprfl.model.data;

import java.nio.file.Path;
import java.util.List;

/**
 * One image of a data set.
 *
 * @param labels ids of the classes it shows, ascending; may be empty
 */
public record Sample(Path image, List<Integer> labels) {

    public Sample {
        labels = labels.stream().sorted().toList();
    }
}
