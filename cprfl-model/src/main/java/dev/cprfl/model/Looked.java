package dev.cprfl.model;

import dev.cprfl.autograd.Variable;
import dev.cprfl.tensor.Tensor;

/**
 * What a classifier makes of images, and where it looked for each class.
 *
 * @param logits [B, c]
 * @param maps [B, c, h, w], none negative: of CPRFL the attention of each class's prompt, the mean over the heads of the last
 *     layer; of a linear head {@link GradCam}, which for it is the class activation map
 */
public record Looked(Tensor logits, Tensor maps) {

    /**
     * @param model in evaluation mode
     * @param images [B, H, W, 3], normalised
     */
    public static Looked at(Classifier model, Variable images) {
        return of(model, model.backbone().forward(images));
    }

    /** As {@link #at}, from the backbone's last feature map: [B, h, w, d0]. */
    public static Looked of(Classifier model, Variable map) {
        return switch (model) {
            case Cprfl cprfl -> {
                CprflOutput output = cprfl.forwardMap(map);
                yield new Looked(output.logits().value(), HeatMaps.meanOverHeads(output));
            }
            case LinearClassifier linear -> new Looked(linear.logitsOf(map).value(), GradCam.everyClass(linear, map));
        };
    }
}
