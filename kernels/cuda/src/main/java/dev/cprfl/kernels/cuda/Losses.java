package dev.cprfl.kernels.cuda;

import dev.cprfl.kernels.AslShape;

/** Calls of the kernels in {@code losses.cu}. All operands are floats. */
final class Losses {

    private static final String SOURCE = "losses";

    private final Kernels kernels;

    Losses(Kernels kernels) {
        this.kernels = kernels;
    }

    void asymmetricLoss(AslShape shape, long logits, long targets, long loss) {
        asymmetric("asymmetricLoss", shape).pointer(logits).pointer(targets).pointer(loss).run(
                Grid.ofSingles(shape.length()),
                Grid.THREADS);
    }

    void asymmetricLossBackward(AslShape shape, long logits, long targets, long dloss, long dlogits) {
        asymmetric("asymmetricLossBackward", shape).number(shape.detachFocus() ? 1 : 0).pointer(logits).pointer(targets)
                .pointer(dloss).pointer(dlogits).run(Grid.ofSingles(shape.length()), Grid.THREADS);
    }

    private Launch asymmetric(String entry, AslShape shape) {
        return kernels.launch(SOURCE, Type.FLOAT, entry).number(shape.length()).number((float) shape.gammaPos())
                .number((float) shape.gammaNeg()).number((float) shape.clip()).number((float) shape.eps())
                .number((float) Math.log(shape.eps()));
    }

    void bceWithLogits(int n, long logits, long targets, long loss) {
        kernels.launch(SOURCE, Type.FLOAT, "bceWithLogits").number(n).pointer(logits).pointer(targets).pointer(loss)
                .run(
                        Grid.ofSingles(n), Grid.THREADS);
    }

    void bceWithLogitsBackward(int n, long logits, long targets, long dloss, long dlogits) {
        kernels.launch(SOURCE, Type.FLOAT, "bceWithLogitsBackward").number(n).pointer(logits).pointer(targets)
                .pointer(dloss)
                .pointer(dlogits).run(Grid.ofSingles(n), Grid.THREADS);
    }
}
