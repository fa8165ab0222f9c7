package dev.cprfl.model;

import dev.cprfl.autograd.Gradients;
import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import java.util.Arrays;

/**
 * Which parts of an image speak for a class, by its gradient (Selvaraju et al., Grad-CAM, ICCV 2017). With A the backbone's last
 * feature map and a_k the mean over all pixels of d logit / d A_k:
 *
 * <pre>map = ReLU(sum_k a_k A_k)</pre>
 */
public final class GradCam {

    private GradCam() {}

    /**
     * One map for one class of each image.
     *
     * @param model in evaluation mode, so that no image of the batch changes another's logits
     * @param map A: [B, h, w, d0], computed without a tape
     * @param labels the class of each image, [B]
     * @return [B, h, w], none negative
     * @throws IllegalArgumentException if there are not as many classes as images
     */
    public static Tensor of(Classifier model, Variable map, int[] labels) {
        Shape shape = map.shape();
        int images = shape.extent(0);
        if (labels.length != images) {
            throw new IllegalArgumentException(labels.length + " classes for " + images + " images");
        }
        int pixels = shape.extent(1) * shape.extent(2);
        int channels = shape.extent(3);
        double[] a = map.value().toDoubles();
        double[] slopes = slopes(model, map, labels);
        double[] maps = new double[images * pixels];
        for (int image = 0; image < images; image++) {
            int from = image * pixels;
            for (int k = 0; k < channels; k++) {
                double weight = 0;
                for (int pixel = from; pixel < from + pixels; pixel++) {
                    weight += slopes[pixel * channels + k] / pixels;
                }
                for (int pixel = from; pixel < from + pixels; pixel++) {
                    maps[pixel] += weight * a[pixel * channels + k];
                }
            }
        }
        for (int i = 0; i < maps.length; i++) {
            maps[i] = Math.max(maps[i], 0);
        }
        return Tensor.of(map.backend(), Shape.of(images, shape.extent(1), shape.extent(2)), maps);
    }

    /** The maps of all classes: [B, c, h, w]. */
    static Tensor everyClass(Classifier model, Variable map) {
        Shape shape = map.shape();
        int images = shape.extent(0);
        int classes = model.classes();
        int pixels = shape.extent(1) * shape.extent(2);
        double[] all = new double[images * classes * pixels];
        for (int id = 0; id < classes; id++) {
            int[] labels = new int[images];
            Arrays.fill(labels, id);
            double[] one = of(model, map, labels).toDoubles();
            for (int image = 0; image < images; image++) {
                System.arraycopy(one, image * pixels, all, (image * classes + id) * pixels, pixels);
            }
        }
        return Tensor.of(map.backend(), Shape.of(images, classes, shape.extent(1), shape.extent(2)), all);
    }

    /** d logit / d A of each image's class: [B, h, w, d0]. The images are independent, so one backward pass gives all. */
    private static double[] slopes(Classifier model, Variable map, int[] labels) {
        try (Tape tape = Tape.start()) {
            Variable leaf = Variable.leaf(map.value());
            Variable logits = model.logitsOf(leaf);
            int classes = logits.shape().extent(1);
            double[] seed = new double[labels.length * classes];
            for (int image = 0; image < labels.length; image++) {
                seed[image * classes + labels[image]] = 1;
            }
            Gradients gradients = tape.backward(logits, Tensor.of(map.backend(), logits.shape(), seed));
            double[] slopes = gradients.get(leaf).toDoubles();
            gradients.release();
            return slopes;
        }
    }
}
