package dev.cprfl.model.data;

import dev.cprfl.tensor.Rng;

/** A random change of a training image. */
@FunctionalInterface
public interface Augmentation {

    /** No change. */
    Augmentation NONE = (image, _) -> image;

    /** The changed image; the argument is left alone. All randomness comes from {@code rng}. */
    Image apply(Image image, Rng rng);

    /** This change, then another. */
    default Augmentation then(Augmentation next) {
        return (image, rng) -> next.apply(apply(image, rng), rng);
    }
}
