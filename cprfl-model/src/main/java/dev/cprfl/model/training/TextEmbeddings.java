package dev.cprfl.model.training;

import dev.cprfl.tensor.UserException;
import dev.cprfl.tensor.io.HostTensor;
import dev.cprfl.tensor.io.WeightFile;
import java.nio.file.Path;

/** The class semantics W of E2 from a file: one row per class, not normalised. */
public final class TextEmbeddings {

    /** Name of the tensor in a file, where there are several. */
    private static final String NAME = "text_features";

    private TextEmbeddings() {}

    /**
     * Reads W: [classes, m].
     *
     * @param file of any format, with one tensor or one named {@code text_features}
     * @throws UserException if the file is malformed or holds no matrix of {@code classes} rows of finite
     *     numbers
     */
    public static HostTensor read(Path file, int classes) {
        HostTensor features = WeightFile.open(file).only(NAME);
        if (features.shape().rank() != 2 || features.shape().extent(0) != classes) {
            throw new UserException(
                    file + ": the text embeddings have shape " + features.shape() + ", the data set has "
                            + classes + " classes; needed is one row per class, in the order of the class ids");
        }
        double[] numbers = features.toDoubles();
        for (int i = 0; i < numbers.length; i++) {
            if (!Double.isFinite(numbers[i])) {
                throw new UserException(file + ": row " + i / features.shape().extent(1)
                        + " of the text embeddings (counted from 0) holds " + numbers[i]);
            }
        }
        return features;
    }
}
