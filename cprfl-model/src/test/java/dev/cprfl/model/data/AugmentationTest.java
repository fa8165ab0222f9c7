package dev.cprfl.model.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cprfl.model.GoldenCases;
import dev.cprfl.tensor.Rng;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Each operation byte for byte against Pillow, some also by hand; then the random choice among them. */
class AugmentationTest {

    private static final GoldenCases GOLDEN = GoldenCases.of("augmentations");

    static final List<String> OPERATIONS = List.of("invert", "posterize", "solarize", "solarizeAdd", "autoContrast",
            "equalize", "color", "contrast", "brightness", "sharpness", "shearX", "shearY", "shearXBicubic",
            "shearYBicubic", "translateX", "translateY", "rotate");

    @ParameterizedTest
    @FieldSource("OPERATIONS")
    void everyOperationIsPillows(String operation) {
        List<JsonNode> cases = GOLDEN.withOp(operation);
        assertThat(cases).isNotEmpty();
        for (JsonNode golden : cases) {
            Image image = new Image(golden.get("size").get(0).asInt(), golden.get("size").get(1).asInt(),
                    bytes(GOLDEN.tensor(golden.get("image").asString() + "/input")));
            byte[] before = image.rgb().clone();
            Image changed = apply(operation, image, golden.get("value").asDouble());
            assertThat(changed.rgb()).as(golden.get("name").asString())
                    .isEqualTo(bytes(GOLDEN.tensor(golden, "output")));
            assertThat(image.rgb()).as("the input is left alone").isEqualTo(before);
        }
    }

    /** At the size of training: rounding of steps and of fixed point shows in large images only. */
    @Test
    void largeImagesArePillows() throws NoSuchAlgorithmException {
        Image image = Image.blank(448, 448);
        for (int y = 0; y < 448; y++) {
            for (int x = 0; x < 448; x++) {
                int at = (y * 448 + x) * 3;
                image.rgb()[at] = (byte) (x * x / 9 + 3 * y);
                image.rgb()[at + 1] = (byte) (5 * x + y * y / 7);
                image.rgb()[at + 2] = (byte) (x * y / 5);
            }
        }
        MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
        for (JsonNode golden : new JsonMapper().readTree(GoldenCases.resource("pillow/augmentations_448.json"))) {
            Image changed = apply(golden.get("op").asString(), image, golden.get("value").asDouble());
            assertThat(HexFormat.of().formatHex(sha256.digest(changed.rgb()))).as(golden.toString())
                    .isEqualTo(golden.get("sha256").asString());
        }
    }

    private static Image apply(String operation, Image image, double v) {
        return switch (operation) {
            case "invert" -> PointOperations.invert(image);
            case "posterize" -> PointOperations.posterize(image, (int) v);
            case "solarize" -> PointOperations.solarize(image, v);
            case "solarizeAdd" -> PointOperations.solarizeAdd(image, v);
            case "autoContrast" -> PointOperations.autoContrast(image);
            case "equalize" -> PointOperations.equalize(image);
            case "color" -> Enhancement.color(image, v);
            case "contrast" -> Enhancement.contrast(image, v);
            case "brightness" -> Enhancement.brightness(image, v);
            case "sharpness" -> Enhancement.sharpness(image, v);
            case "shearX" -> Affine.shearX(v).nearest(image, 0);
            case "shearY" -> Affine.shearY(v).nearest(image, 0);
            case "shearXBicubic" -> Affine.shearX(v).bicubic(image, 128);
            case "shearYBicubic" -> Affine.shearY(v).bicubic(image, 128);
            case "translateX" -> Affine.translate(v, 0).nearest(image, 128);
            case "translateY" -> Affine.translate(0, v).nearest(image, 128);
            case "rotate" -> Affine.rotate(v, image).nearest(image, 128);
            default -> throw new IllegalArgumentException(operation);
        };
    }

    @Test
    void pointOperationsByHand() {
        Image image = grey(2, 0, 100, 200, 255);
        assertThat(values(PointOperations.invert(image))).containsExactly(255, 155, 55, 0);
        assertThat(values(PointOperations.posterize(image, 1))).containsExactly(0, 0, 128, 128);
        assertThat(values(PointOperations.posterize(image, 8))).containsExactly(0, 100, 200, 255);
        assertThat(values(PointOperations.solarize(image, 200))).containsExactly(0, 100, 55, 0);
        assertThat(values(PointOperations.solarizeAdd(image, 50))).containsExactly(50, 105, 5, 0);
        assertThat(values(PointOperations.autoContrast(grey(3, 10, 20, 30)))).containsExactly(0, 127, 255);
        assertThat(values(PointOperations.equalize(image))).as("fewer than 255 pixels").containsExactly(0, 100, 200,
                255);
    }

    @Test
    void enhancementsByHand() {
        Image image = grey(2, 0, 100, 200, 100);
        assertThat(values(Enhancement.brightness(image, 0.5))).containsExactly(0, 50, 100, 50);
        assertThat(values(Enhancement.brightness(image, 2))).containsExactly(0, 200, 255, 200);
        assertThat(values(Enhancement.contrast(image, 0.5))).as("the mean is 100").containsExactly(50, 100, 150, 100);
        assertThat(values(Enhancement.color(image, 1.9))).as("grey has no colour").containsExactly(0, 100, 200, 100);
        Image red = new Image(1, 1, new byte[]{(byte) 255, 0, 0});
        assertThat(Enhancement.color(red, 0).rgb()).as("0.299 * 255").containsExactly(76, 76, 76);
        Image dot = grey(3, 0, 0, 0, 0, 130, 0, 0, 0, 0);
        assertThat(values(Enhancement.sharpness(dot, 0))).as("5/13 of 130").containsExactly(0, 0, 0, 0, 50, 0, 0, 0, 0);
    }

    @Test
    void affineMapsByHand() {
        Image image = grey(3, 1, 2, 3, 4, 5, 6, 7, 8, 9);
        assertThat(values(Affine.translate(1, 0).nearest(image, 9))).containsExactly(2, 3, 9, 5, 6, 9, 8, 9, 9);
        assertThat(values(Affine.translate(0, -1).nearest(image, 0))).containsExactly(0, 0, 0, 1, 2, 3, 4, 5, 6);
        assertThat(values(Affine.translate(-7, 0).nearest(image, 0))).containsOnly(0);
        assertThat(values(Affine.shearX(1).nearest(image, 0))).as("row y starts at y + 0.5, taken down to y")
                .containsExactly(2, 3, 0, 6, 0, 0, 0, 0, 0);
        assertThat(values(Affine.rotate(90, image).nearest(image, 0))).as("counterclockwise")
                .containsExactly(3, 6, 9, 2, 5, 8, 1, 4, 7);
    }

    @Test
    void cutoutCoversTheOfficialBox() {
        for (JsonNode one : GoldenCases.of("preproc").withOp("cutout_pil").getFirst().get("attributes").get("cases")) {
            int width = one.get("width").asInt();
            int height = one.get("height").asInt();
            Cutout.Box box = Cutout.Box.around(one.get("x_c").asInt(), one.get("y_c").asInt(), width, height, 0.5);
            Image painted = Cutout.paint(Image.blank(width, height), box, 0x010203);
            for (int y = 0; y < height; y++) {
                for (int x = 0; x < width; x++) {
                    boolean inside = x >= one.get("x_first").asInt() && x <= one.get("x_last").asInt()
                            && y >= one.get("y_first").asInt() && y <= one.get("y_last").asInt();
                    if (painted.at(x, y, 0) != (inside ? 1 : 0) || painted.at(x, y, 2) != (inside ? 3 : 0)) {
                        throw new AssertionError(one + " at x=" + x + " y=" + y);
                    }
                }
            }
        }
    }

    @Test
    void cutoutIsRandomInPlaceAndColour() {
        Image image = Image.blank(16, 16);
        Set<Integer> firstColours = new HashSet<>();
        for (int i = 0; i < 200; i++) {
            Image cut = new Cutout(0.5).apply(image, Rng.of(i));
            int[] painted = IntStream.range(0, 256).filter(p -> cut.at(p % 16, p / 16, 0) != 0).toArray();
            assertThat(painted.length).isLessThanOrEqualTo(81);
            firstColours.add(painted.length == 0 ? 0 : cut.at(painted[0] % 16, painted[0] / 16, 0));
        }
        assertThat(firstColours).hasSizeGreaterThan(80);
        assertThat(image.rgb()).containsOnly(0);
    }

    @Test
    void theGeneratorAloneDecides() {
        Image image = photo();
        byte[] before = image.rgb().clone();
        for (RandAugment augment : List.of(RandAugment.authors(), RandAugment.fixedMagnitude())) {
            Set<Integer> results = new HashSet<>();
            for (int i = 0; i < 300; i++) {
                Image changed = augment.apply(image, Rng.of(9, i));
                assertThat(changed.rgb()).isEqualTo(augment.apply(image, Rng.of(9, i)).rgb());
                assertThat(changed.width()).isEqualTo(image.width());
                results.add(Arrays.hashCode(changed.rgb()));
            }
            assertThat(results).hasSizeGreaterThan(60);
        }
        assertThat(image.rgb()).isEqualTo(before);
    }

    /** Both operations are left out a quarter of the time; of 2000 draws that is 500 with a standard deviation of 19. */
    @Test
    void theAuthorsFormLeavesAQuarterOfTheImagesAlone() {
        Image image = photo();
        long untouched = IntStream.range(0, 2000)
                .filter(i -> RandAugment.authors().apply(image, Rng.of(3, i)).equals(image)).count();
        assertThat(untouched).isBetween(420L, 580L);
    }

    @Test
    void noOperationsAreNoChange() {
        Image image = photo();
        assertThat(RandAugment.fixedMagnitude(0, 9).apply(image, Rng.of(1))).isSameAs(image);
        assertThat(Augmentation.NONE.apply(image, Rng.of(1))).isSameAs(image);
        assertThatThrownBy(() -> RandAugment.fixedMagnitude(2, 31)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aFlipSwapsLeftAndRightOfEachRow() {
        assertThat(values(HorizontalFlip.flip(grey(3, 1, 2, 3, 4, 5, 6)))).containsExactly(3, 2, 1, 6, 5, 4);
        assertThat(new HorizontalFlip(0).apply(photo(), Rng.of(1)).rgb()).isEqualTo(photo().rgb());
        long flipped = IntStream.range(0, 1000)
                .filter(i -> values(new HorizontalFlip(0.5).apply(grey(2, 1, 2), Rng.of(3, i)))[0] == 2).count();
        assertThat(flipped).isBetween(420L, 580L);
    }

    @Test
    void augmentationsFollowEachOther() {
        Augmentation both = ((Augmentation) (image, _) -> PointOperations.invert(image))
                .then((image, _) -> Enhancement.brightness(image, 0.5));
        assertThat(values(both.apply(grey(1, 55), Rng.of(1)))).containsExactly(100);
    }

    private static Image photo() {
        Image image = Image.blank(20, 20);
        for (int i = 0; i < image.rgb().length; i++) {
            image.rgb()[i] = (byte) Rng.of(4, i / 7).nextInt(256);
        }
        return image;
    }

    private static Image grey(int width, int... values) {
        Image image = Image.blank(width, values.length / width);
        for (int i = 0; i < image.rgb().length; i++) {
            image.rgb()[i] = (byte) values[i / 3];
        }
        return image;
    }

    private static int[] values(Image image) {
        return IntStream.range(0, image.width() * image.height())
                .map(i -> image.at(i % image.width(), i / image.width(), 1)).toArray();
    }

    private static byte[] bytes(double[] values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return bytes;
    }
}
