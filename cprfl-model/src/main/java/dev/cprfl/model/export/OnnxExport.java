package dev.cprfl.model.export;

import static dev.cprfl.model.export.OnnxGraph.integer;

import dev.cprfl.autograd.Parameter;
import dev.cprfl.autograd.Parameter.Layout;
import dev.cprfl.model.Classifier;
import dev.cprfl.model.Cprfl;
import dev.cprfl.model.LinearClassifier;
import dev.cprfl.model.data.Normalization;
import dev.cprfl.tensor.Scope;
import dev.cprfl.tensor.Shape;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Writes a network as an ONNX file (opset 17, standard operators only), for ONNX Runtime and other programs that read the format.
 *
 * <p>The file takes {@code images}, [N, 3, H, W]: red, green and blue in [0, 1], so bytes / 255. It normalises them itself, as
 * the network was trained; who calls it has only to resize. It gives {@code probabilities}, [N, c], one for each class by
 * itself. N, H and W are free; the sizes that training saw predict best.
 */
public final class OnnxExport {

    /** Name of the input. */
    public static final String IMAGES = "images";
    /** Name of the output. */
    public static final String PROBABILITIES = "probabilities";

    private OnnxExport() {}

    /**
     * Writes the file as a whole or not at all.
     *
     * @param model made ready for inference ({@link Classifier#prepareInference}) by this call
     * @param normalization what the file does to its images first; nothing if it is {@link Normalization#NONE}
     * @param metadata free texts that the file carries
     * @throws dev.cprfl.tensor.UserException if the weights have more than the 2 GiB that an ONNX file holds, or the file cannot
     *     be written
     */
    public static void write(Path file, Classifier model, Normalization normalization, Map<String, String> metadata) {
        model.prepareInference();
        OnnxGraph graph = new OnnxGraph("cprfl");
        graph.input(IMAGES, "RGB in [0, 1]", "N", 3, "H", "W");
        String images = normalised(graph, normalization);
        try (Scope _ = Scope.open()) {
            int classes = switch (model) {
                case Cprfl cprfl -> {
                    String map = ResNetToOnnx.add(graph, cprfl.backbone(), images);
                    graph.add("Sigmoid", PROBABILITIES, CprflToOnnx.add(graph, cprfl, IMAGES, map));
                    yield cprfl.classes();
                }
                case LinearClassifier linear -> {
                    graph.add("Sigmoid", PROBABILITIES, linearLogits(graph, linear, images));
                    yield linear.classes();
                }
            };
            graph.output(PROBABILITIES, "of each class by itself", "N", classes);
        }
        graph.write(file, metadata);
    }

    /** (x - mean) / deviation. */
    private static String normalised(OnnxGraph graph, Normalization normalization) {
        if (normalization == Normalization.NONE) {
            return IMAGES;
        }
        Shape perChannel = Shape.of(1, 3, 1, 1);
        String centred = graph.add("Sub", "centred", IMAGES,
                graph.constant("mean", perChannel, floats(normalization.mean())));
        return graph.add("Div", "normalised", centred,
                graph.constant("deviation", perChannel, floats(normalization.deviation())));
    }

    private static float[] floats(double[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }

    private static String linearLogits(OnnxGraph graph, LinearClassifier model, String images) {
        Map<String, Parameter> weights = model.namedParameters();
        String map = ResNetToOnnx.add(graph, model.backbone(), images);
        String pooled = graph.add("GlobalAveragePool", "pooled", map);
        String rows = graph.add("Flatten", "pooled.rows", List.of(integer("axis", 1)), pooled);
        return graph.add("Gemm", "logits", List.of(integer("transB", 1)), rows,
                graph.constant("fc.weight", weights.get("fc.weight").value(), Layout.PLAIN),
                graph.constant("fc.bias", weights.get("fc.bias").value(), Layout.PLAIN));
    }
}
