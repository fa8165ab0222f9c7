package dev.cprfl.model.training;

/**
 * Where a training stands: all that resuming needs besides the tensors.
 *
 * @param epoch epochs finished
 * @param batch batches of the current epoch done
 * @param step optimizer steps done
 * @param lossSum sum over the current epoch's images of their loss
 * @param imagesSeen images of the current epoch done
 * @param bestMap best mAP on the selection split, or -1
 * @param metricsBytes length of metrics.jsonl; what a killed run wrote after its last checkpoint is cut off
 */
public record Progress(int epoch, int batch, int step, double lossSum, int imagesSeen, double bestMap,
        long metricsBytes) {

    static final Progress START = new Progress(0, 0, 0, 0, 0, -1, 0);

    Progress afterBatch(double meanLoss, int images) {
        return new Progress(epoch, batch + 1, step + 1, lossSum + meanLoss * images, imagesSeen + images, bestMap,
                metricsBytes);
    }

    Progress afterEpoch(double best, long bytes) {
        return new Progress(epoch + 1, 0, step, 0, 0, best, bytes);
    }

    double meanLoss() {
        return imagesSeen == 0 ? 0 : lossSum / imagesSeen;
    }
}
