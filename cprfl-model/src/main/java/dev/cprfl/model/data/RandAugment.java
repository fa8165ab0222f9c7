package dev.cprfl.model.data;

import dev.cprfl.tensor.Rng;
import java.util.List;

/**
 * Random sequences of PIL operations (Cubuk et al. 2019) in the two forms that go by this name: the one of the package the
 * authors install, and the better known one with a fixed magnitude.
 */
public final class RandAugment implements Augmentation {

    /** An operation with the strength it is given; some also draw a sign or a place. */
    @FunctionalInterface
    private interface Operation {

        Image apply(Image image, double strength, Rng rng);
    }

    /** An operation and the strengths of its weakest and strongest form. */
    private record Choice(double low, double high, Operation operation) {

        Image apply(Image image, double part, Rng rng) {
            return operation.apply(image, low + (high - low) * part, rng);
        }
    }

    private static final int BLACK = 0;
    private static final int GREY = 128;

    /** Strengths are those of level 0 and level 9. */
    private static final List<Choice> AUTHORS = List.of(
            new Choice(0, 0, (image, _, _) -> PointOperations.invert(image)),
            new Choice(0, 20, RandAugment::cutoutEvenSide),
            new Choice(0, 0.9, (image, v, rng) -> Enhancement.sharpness(image, 1 + signed(v, rng))),
            new Choice(0, 0, (image, _, _) -> PointOperations.autoContrast(image)),
            new Choice(8, 4, (image, v, _) -> PointOperations.posterize(image, (int) Math.rint(v))),
            new Choice(0, 0.3, (image, v, rng) -> Affine.shearX(signed(v, rng)).bicubic(image, GREY)),
            new Choice(0, 150.0 / 331,
                    (image, v, rng) -> Affine.translate(signed(v * image.width(), rng), 0).nearest(image, GREY)),
            new Choice(0, 150.0 / 331,
                    (image, v, rng) -> Affine.translate(0, signed(v * image.height(), rng)).nearest(image, GREY)),
            new Choice(0, 0.3, (image, v, rng) -> Affine.shearY(signed(v, rng)).bicubic(image, GREY)),
            new Choice(0, 30, (image, v, _) -> Affine.rotate(v, image).nearest(image, GREY)),
            new Choice(0, 0, (image, _, _) -> PointOperations.equalize(image)),
            new Choice(0, 0.9, (image, v, rng) -> Enhancement.contrast(image, 1 + signed(v, rng))),
            new Choice(0, 0.9, (image, v, rng) -> Enhancement.color(image, 1 + signed(v, rng))),
            new Choice(256, 0, (image, v, _) -> PointOperations.solarize(image, v)),
            new Choice(0, 0.9, (image, v, rng) -> Enhancement.brightness(image, 1 + signed(v, rng))));

    /** Strengths are those of magnitude 0 and magnitude 30. */
    private static final List<Choice> FIXED_MAGNITUDE = List.of(
            new Choice(0, 1, (image, _, _) -> PointOperations.autoContrast(image)),
            new Choice(0, 1, (image, _, _) -> PointOperations.equalize(image)),
            new Choice(0, 1, (image, _, _) -> PointOperations.invert(image)),
            new Choice(0, 30, (image, v, rng) -> Affine.rotate(signed(v, rng), image).nearest(image, BLACK)),
            new Choice(0, 4, (image, v, _) -> PointOperations.posterize(image, Math.max(1, (int) v))),
            new Choice(0, 256, (image, v, _) -> PointOperations.solarize(image, v)),
            new Choice(0, 110, (image, v, _) -> PointOperations.solarizeAdd(image, v)),
            new Choice(0.1, 1.9, (image, v, _) -> Enhancement.color(image, v)),
            new Choice(0.1, 1.9, (image, v, _) -> Enhancement.contrast(image, v)),
            new Choice(0.1, 1.9, (image, v, _) -> Enhancement.brightness(image, v)),
            new Choice(0.1, 1.9, (image, v, _) -> Enhancement.sharpness(image, v)),
            new Choice(0, 0.3, (image, v, rng) -> Affine.shearX(signed(v, rng)).nearest(image, BLACK)),
            new Choice(0, 0.3, (image, v, rng) -> Affine.shearY(signed(v, rng)).nearest(image, BLACK)),
            new Choice(0, 40, RandAugment::cutoutAbs),
            new Choice(0, 100, (image, v, rng) -> Affine.translate(signed(v, rng), 0).nearest(image, BLACK)),
            new Choice(0, 100, (image, v, rng) -> Affine.translate(0, signed(v, rng)).nearest(image, BLACK)));

    private final List<Choice> choices;
    private final int operations;
    private final double probability;
    /** Part of the strength that is used, or negative to draw one of nine levels each time. */
    private final double part;

    private RandAugment(List<Choice> choices, int operations, double probability, double part) {
        this.choices = choices;
        this.operations = operations;
        this.probability = probability;
        this.part = part;
    }

    /**
     * What {@code RandAugment()} is in the authors' code: package randaugment 1.0.2 on PyPI (Jizong Peng). Two operations of
     * fifteen, each at a level drawn from 1 to 9 and left out half of the time; what moves in from outside is grey.
     */
    public static RandAugment authors() {
        return new RandAugment(AUTHORS, 2, 0.5, -1);
    }

    /**
     * The form of Ildoo Kim's pytorch-randaugment: so many operations of sixteen, all at one magnitude.
     *
     * @param magnitude 0 to 30
     */
    public static RandAugment fixedMagnitude(int operations, int magnitude) {
        if (operations < 0 || magnitude < 0 || magnitude > 30) {
            throw new IllegalArgumentException(
                    "RandAugment takes no " + operations + " operations of magnitude " + magnitude);
        }
        return new RandAugment(FIXED_MAGNITUDE, operations, 1, magnitude / 30.0);
    }

    /** {@link #fixedMagnitude(int, int)} with its usual two operations of magnitude 9. */
    public static RandAugment fixedMagnitude() {
        return fixedMagnitude(2, 9);
    }

    @Override
    public Image apply(Image image, Rng rng) {
        Image changed = image;
        for (int i = 0; i < operations; i++) {
            Choice choice = choices.get(rng.nextInt(choices.size()));
            double strength = part >= 0 ? part : (1 + rng.nextInt(9)) / 9.0;
            if (rng.nextDouble() < probability) {
                changed = choice.apply(changed, strength, rng);
            }
        }
        return changed;
    }

    private static double signed(double value, Rng rng) {
        return rng.nextInt(2) == 0 ? value : -value;
    }

    /** A grey square of an even side about a random pixel, its last row and column left out. */
    private static Image cutoutEvenSide(Image image, double side, Rng rng) {
        int half = (int) Math.rint(side) / 2;
        int x = rng.nextInt(image.width());
        int y = rng.nextInt(image.height());
        return Cutout.paint(image, new Cutout.Box(x - half, y - half, x + half - 1, y + half - 1), 0x7D7A71);
    }

    /** A grey square about a random point. */
    private static Image cutoutAbs(Image image, double side, Rng rng) {
        int left = (int) Math.max(0, rng.nextDouble(0, image.width()) - side / 2);
        int top = (int) Math.max(0, rng.nextDouble(0, image.height()) - side / 2);
        return Cutout.paint(image, new Cutout.Box(left, top, (int) (left + side), (int) (top + side)), 0x7D7B72);
    }
}
