package dev.cprfl.bench;

import dev.cprfl.model.data.Image;
import dev.cprfl.model.data.ImageReader;
import dev.cprfl.model.data.ImageWriter;
import dev.cprfl.model.data.Resample;
import dev.cprfl.model.data.Resize;
import dev.cprfl.tensor.Rng;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** Reading a photo of COCO's usual size, one thread. Run these alone with the argument {@code \.Photos}. */
public class Photos extends OnBackend {

    @Param
    public Photo shape;

    private final ImageReader reader = new ImageReader(true);
    private byte[] jpeg;
    private Image decoded;

    /** Waves and some noise, so that the file has a photo's size. */
    @Override
    void prepare() {
        Image image = Image.blank(Photo.WIDTH, Photo.HEIGHT);
        Rng rng = Rng.of(1);
        byte[] rgb = image.rgb();
        for (int i = 0; i < rgb.length; i++) {
            int x = i / 3 % Photo.WIDTH;
            int y = i / 3 / Photo.WIDTH;
            rgb[i] = (byte) (128 + 80 * Math.sin(x * 0.02 + i % 3) * Math.cos(y * 0.03) + 12 * rng.nextGaussian());
        }
        jpeg = ImageWriter.jpeg(image);
        decoded = image;
    }

    @Benchmark
    public Image ours() {
        return switch (shape) {
            case DECODE -> decode();
            case RESIZE -> resize(decoded);
            case DECODE_RESIZE -> resize(decode());
        };
    }

    private Image decode() {
        return reader.decode(jpeg, "benchmark");
    }

    private static Image resize(Image image) {
        return Resize.to(image, Photo.SIZE, Photo.SIZE, Resample.BILINEAR);
    }
}
