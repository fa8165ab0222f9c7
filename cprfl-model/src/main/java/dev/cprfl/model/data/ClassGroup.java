package dev.cprfl.model.data;

/** How often a class occurs among the training images; long-tailed results are reported per group. */
public enum ClassGroup {

    /** At least 100 training images. */
    HEAD,

    /** 20 to 99. */
    MEDIUM,

    /** Fewer than 20. */
    TAIL;

    /** The group of a class with so many training images. */
    public static ClassGroup of(int trainingImages) {
        if (trainingImages >= 100) {
            return HEAD;
        }
        return trainingImages >= 20 ? MEDIUM : TAIL;
    }
}
