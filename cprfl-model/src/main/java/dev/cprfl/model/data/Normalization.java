package dev.cprfl.model.data;

/**
 * What happens to a pixel on its way into the network: (value / 255 - mean) / deviation per channel, in float as
 * torchvision's ToTensor and Normalize compute it.
 */
@SuppressWarnings("ImmutableEnumChecker") // arrays that are written in the constructor only
public enum Normalization {

    /** Only / 255, as the authors' published code feeds its images. */
    NONE(new double[]{0, 0, 0}, new double[]{1, 1, 1}),

    /** Mean and deviation of ImageNet, which the backbone's weights were trained with. */
    IMAGENET(new double[]{0.485, 0.456, 0.406}, new double[]{0.229, 0.224, 0.225}),

    /** CLIP's own. */
    CLIP(new double[]{0.48145466, 0.4578275, 0.40821073}, new double[]{0.26862954, 0.26130258, 0.27577711});

    private final double[] mean;
    private final double[] deviation;
    private final float[][] tables = new float[3][256];

    Normalization(double[] mean, double[] deviation) {
        this.mean = mean;
        this.deviation = deviation;
        for (int channel = 0; channel < 3; channel++) {
            for (int value = 0; value < 256; value++) {
                tables[channel][value] = (value / 255f - (float) mean[channel]) / (float) deviation[channel];
            }
        }
    }

    /** What is subtracted from red, green and blue, whose values lie in [0, 1]. */
    public double[] mean() {
        return mean.clone();
    }

    /** What red, green and blue are then divided by. */
    public double[] deviation() {
        return deviation.clone();
    }

    /** Writes an image as [H, W, 3], the network's layout, from {@code offset} on. */
    public void toNhwc(Image image, float[] out, int offset) {
        byte[] rgb = image.rgb();
        for (int i = 0; i < rgb.length; i += 3) {
            out[offset + i] = tables[0][rgb[i] & 0xFF];
            out[offset + i + 1] = tables[1][rgb[i + 1] & 0xFF];
            out[offset + i + 2] = tables[2][rgb[i + 2] & 0xFF];
        }
    }

    /** An image as [3, H, W], PyTorch's layout, for files. */
    public float[] toNchw(Image image) {
        int plane = image.width() * image.height();
        float[] out = new float[3 * plane];
        for (int channel = 0; channel < 3; channel++) {
            for (int i = 0; i < plane; i++) {
                out[channel * plane + i] = tables[channel][image.rgb()[3 * i + channel] & 0xFF];
            }
        }
        return out;
    }
}
