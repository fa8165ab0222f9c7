package dev.cprfl.audit.golden;

import dev.cprfl.kernels.AslShape;
import dev.cprfl.kernels.ReduceShape;
import dev.cprfl.kernels.Storage;

/** The losses of the authors' repositories and of PyTorch with their gradients, straight on a backend. */
public final class BackendLosses {

    private BackendLosses() {}

    /** Fills the workbench with the results of a case of the part {@code asl}. */
    public static void asymmetricLoss(Workbench w) {
        GoldenCase inputs = w.golden.inputs();
        int length = inputs.length("x");
        AslShape shape = new AslShape(length, number(w, "gamma_pos"), number(w, "gamma_neg"), number(w, "clip"),
                number(w, "eps"), w.golden.attribute("disable_torch_grad_focal_loss").asBoolean());
        Storage logits = w.of(inputs.tensor("x"));
        Storage targets = w.of(inputs.tensor("y"));
        Storage losses = w.out(length);
        w.backend.asymmetricLoss(shape, logits, targets, losses);
        Storage dlogits = w.out(length);
        w.backend.asymmetricLossBackward(shape, logits, targets, w.filled(weight(w, length), length), dlogits);
        finish(w, losses, dlogits);
    }

    private static double number(Workbench w, String attribute) {
        return w.golden.attribute(attribute).asDouble();
    }

    /** As {@link #asymmetricLoss}, of the operation {@code bce}, or {@code mls}, the same mean in another order. */
    public static void crossEntropy(Workbench w) {
        GoldenCase inputs = w.golden.inputs();
        int length = inputs.length("x");
        Storage logits = w.of(w.golden.has("x") ? w.golden.tensor("x") : inputs.tensor("x"));
        Storage targets = w.of(inputs.tensor("y"));
        Storage losses = w.out(length);
        w.backend.bceWithLogits(logits, targets, losses);
        Storage dlogits = w.out(length);
        w.backend.bceWithLogitsBackward(logits, targets, w.filled(weight(w, length), length), dlogits);
        finish(w, losses, dlogits);
    }

    /** What each number counts in the loss: a mean or a sum. */
    private static double weight(Workbench w, int length) {
        return w.golden.attribute("reduction").asString().equals("mean") ? 1.0 / length : 1;
    }

    private static void finish(Workbench w, Storage losses, Storage dlogits) {
        Storage loss = w.out(1);
        w.backend.sum(new ReduceShape(1, losses.length(), 1), losses, loss);
        w.backend.scale(weight(w, losses.length()), loss, loss);
        w.result("loss", loss);
        w.result("dx", dlogits);
    }
}
