package dev.cprfl.model.data;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cprfl.model.GoldenCases;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Decoding, resizing and normalising against PIL and torchvision: every byte. */
class PreprocessingGoldenTest {

    private static final GoldenCases GOLDEN = GoldenCases.of("preproc");

    static final List<JsonNode> DECODED = GOLDEN.withOp("image_decode");
    static final List<JsonNode> RESIZED = GOLDEN.withOp("resize");
    static final List<JsonNode> DECODED_AND_RESIZED = GOLDEN.withOp("decode_resize");
    static final List<JsonNode> OFFICIAL_TEST_TRANSFORM = GOLDEN.withOp("official_test_transform");
    static final List<Map.Entry<String, JsonNode>> PILLOW = List.copyOf(
            new JsonMapper().readTree(GoldenCases.resource("pillow/images.json")).properties());

    @ParameterizedTest
    @FieldSource("DECODED")
    void decodesAsPil(JsonNode golden) {
        Image image = decode(golden);
        assertThat(image.width()).isEqualTo(attribute(golden, "width").asInt());
        assertThat(image.height()).isEqualTo(attribute(golden, "height").asInt());
        assertThat(sha256(image)).isEqualTo(attribute(golden, "sha256_rgb").asString());
    }

    @ParameterizedTest
    @FieldSource("PILLOW")
    void decodesRareKindsAsPil(Map.Entry<String, JsonNode> file) {
        String name = "pillow/" + file.getKey();
        Image image = new ImageReader(true).decode(GoldenCases.resource(name), name);
        assertThat(sha256(image)).isEqualTo(file.getValue().asString());
    }

    @ParameterizedTest
    @FieldSource("RESIZED")
    void resizesAsPil(JsonNode golden) {
        JsonNode inSize = attribute(golden, "input");
        Image image = new Image(inSize.get(1).asInt(), inSize.get(0).asInt(), bytes(GOLDEN.tensor(golden, "input")));
        int height = attribute(golden, "size").get(0).asInt();
        int width = attribute(golden, "size").get(1).asInt();
        byte[] before = image.rgb().clone();

        assertThat(Resize.to(image, width, height, Resample.BILINEAR).rgb())
                .isEqualTo(bytes(GOLDEN.tensor(golden, "bilinear")));
        assertThat(Resize.to(image, width, height, Resample.BICUBIC).rgb())
                .isEqualTo(bytes(GOLDEN.tensor(golden, "bicubic")));
        assertThat(image.rgb()).as("the input is left alone").isEqualTo(before);
    }

    @ParameterizedTest
    @FieldSource("DECODED_AND_RESIZED")
    void decodesAndResizesAsTorchvision(JsonNode golden) {
        assertThat(sha256(decodeAndResize(golden))).isEqualTo(attribute(golden, "sha256_rgb").asString());
    }

    @ParameterizedTest
    @FieldSource("OFFICIAL_TEST_TRANSFORM")
    void feedsWhatTheOfficialTestTransformFeeds(JsonNode golden) {
        Image image = decodeAndResize(golden);
        assertThat(sha256(image)).isEqualTo(attribute(golden, "sha256_rgb").asString());
        if (golden.get("tensors").has("tensor")) {
            float[] network = new float[image.rgb().length];
            Normalization.NONE.toNhwc(image, network, 0);
            double[] index = GOLDEN.tensor(golden, "pixel_index");
            double[] expected = GOLDEN.tensor(golden, "tensor");
            for (int i = 0; i < expected.length; i++) {
                assertThat(network[((int) index[i / 3]) * 3 + i % 3]).isEqualTo((float) expected[i]);
            }
        }
    }

    @Test
    void normalisesAsTorchvision() {
        JsonNode golden = GOLDEN.withOp("to_tensor").getFirst();
        Image image = new Image(256, 1, bytes(GOLDEN.tensor(golden, "input")));
        assertThat(Normalization.NONE.toNchw(image)).isEqualTo(floats(GOLDEN.tensor(golden, "to_tensor")));
        assertThat(Normalization.IMAGENET.toNchw(image)).isEqualTo(floats(GOLDEN.tensor(golden, "imagenet")));
        assertThat(Normalization.CLIP.toNchw(image)).isEqualTo(floats(GOLDEN.tensor(golden, "clip")));
    }

    @Test
    void bothLayoutsHoldTheSameNumbers() {
        Image image = new Image(2, 2, new byte[]{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
        float[] nhwc = new float[14];
        Normalization.CLIP.toNhwc(image, nhwc, 1);
        float[] nchw = Normalization.CLIP.toNchw(image);
        for (int pixel = 0; pixel < 4; pixel++) {
            for (int channel = 0; channel < 3; channel++) {
                assertThat(nhwc[1 + pixel * 3 + channel]).isEqualTo(nchw[channel * 4 + pixel]);
            }
        }
        assertThat(nhwc[0]).isZero();
        assertThat(nhwc[13]).isZero();
    }

    private static Image decodeAndResize(JsonNode golden) {
        JsonNode size = attribute(golden, "size");
        Resample filter = attribute(golden, "interpolation").asString().equals("bicubic")
                ? Resample.BICUBIC
                : Resample.BILINEAR;
        return Resize.to(decode(golden), size.get(1).asInt(), size.get(0).asInt(), filter);
    }

    /** The photos are not part of the repository. */
    private static Image decode(JsonNode golden) {
        String name = attribute(golden, "image").asString();
        if (name.startsWith("preproc/coco_")) {
            return new ImageReader(true).read(GoldenCases.shared("golden/" + name));
        }
        return new ImageReader(true).decode(GoldenCases.resource(name), name);
    }

    private static JsonNode attribute(JsonNode golden, String name) {
        return golden.get("attributes").get(name);
    }

    private static byte[] bytes(double[] values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return bytes;
    }

    private static float[] floats(double[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }

    private static String sha256(Image image) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(image.rgb()));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
