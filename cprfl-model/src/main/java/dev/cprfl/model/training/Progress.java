package dev.cprfl.model.training;

import dev.cprfl.tensor.UserException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * Where a training stands: all that resuming needs besides the tensors.
 *
 * @param epoch epochs finished
 * @param batch batches of the current epoch done
 * @param step optimizer steps done
 * @param lossSum sum over the current epoch's images of their loss
 * @param images images of the current epoch done
 * @param bestMap best mAP on the selection split, or -1
 * @param metricsBytes length of metrics.jsonl; what a killed run wrote after its last checkpoint is cut off
 */
public record Progress(int epoch, int batch, int step, double lossSum, int images, double bestMap, long metricsBytes) {

    static final Progress START = new Progress(0, 0, 0, 0, 0, -1, 0);

    Progress afterBatch(double meanLoss, int batchImages) {
        return new Progress(epoch, batch + 1, step + 1, lossSum + meanLoss * batchImages, images + batchImages, bestMap,
                metricsBytes);
    }

    Progress afterEpoch(double best) {
        return new Progress(epoch + 1, 0, step, 0, 0, best, metricsBytes);
    }

    Progress withMetricsBytes(long bytes) {
        return new Progress(epoch, batch, step, lossSum, images, bestMap, bytes);
    }

    /** Mean loss over the images of the current epoch so far. */
    double meanLoss() {
        return images == 0 ? 0 : lossSum / images;
    }

    /** As texts, in the same order every time; doubles in hexadecimal, which is exact. */
    Map<String, String> toMetadata() {
        Map<String, String> texts = new TreeMap<>();
        texts.put("epoch", Integer.toString(epoch));
        texts.put("batch", Integer.toString(batch));
        texts.put("step", Integer.toString(step));
        texts.put("lossSum", Double.toHexString(lossSum));
        texts.put("images", Integer.toString(images));
        texts.put("bestMap", Double.toHexString(bestMap));
        texts.put("metricsBytes", Long.toString(metricsBytes));
        return texts;
    }

    /** @param source the file that the texts come from, for messages */
    static Progress fromMetadata(Map<String, String> metadata, Path source) {
        try {
            return new Progress(Integer.parseInt(metadata.get("epoch")), Integer.parseInt(metadata.get("batch")),
                    Integer.parseInt(metadata.get("step")), Double.parseDouble(metadata.get("lossSum")),
                    Integer.parseInt(metadata.get("images")), Double.parseDouble(metadata.get("bestMap")),
                    Long.parseLong(metadata.get("metricsBytes")));
        } catch (NumberFormatException | NullPointerException e) {
            throw new UserException(source + ": the progress stored in it is damaged; start the run anew");
        }
    }
}
