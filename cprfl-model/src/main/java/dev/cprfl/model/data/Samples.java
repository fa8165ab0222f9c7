package dev.cprfl.model.data;

import java.util.List;

/** A numbered source of images with labels. Several threads may ask at once; equal numbers get equal answers. */
public interface Samples {

    int size();

    /** Number of classes c. */
    int classes();

    /** Ids of the classes an image shows. */
    List<Integer> labels(int index);

    /**
     * An image, not to be modified.
     *
     * @throws dev.cprfl.tensor.UserException naming the file if it cannot be read
     */
    Image image(int index);

    /** What messages call an image, such as its path. */
    String name(int index);
}
