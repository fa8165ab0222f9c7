package dev.cprfl.model.export;

import static dev.cprfl.model.export.OnnxGraph.integer;
import static dev.cprfl.model.export.OnnxGraph.integers;
import static dev.cprfl.model.export.OnnxGraph.real;

import dev.cprfl.autograd.Parameter;
import dev.cprfl.autograd.Parameter.Layout;
import dev.cprfl.autograd.Variable;
import dev.cprfl.autograd.nn.LayerNorm;
import dev.cprfl.model.Cprfl;
import dev.cprfl.model.CprflConfig;
import dev.cprfl.model.EncoderLayer;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import java.util.List;
import java.util.Map;

/**
 * What follows the backbone in CPRFL as nodes. The prompts P and what the first encoder layer makes of them alone are
 * constants, since they depend on the weights only. Weights are found under their names in files.
 */
final class CprflToOnnx {

    private final OnnxGraph graph;
    private final CprflConfig config;
    private final int classes;
    /** Of all heads, H e. */
    private final int width;
    private final Map<String, Parameter> weights;

    private CprflToOnnx(OnnxGraph graph, Cprfl model) {
        this.graph = graph;
        this.config = model.config();
        this.classes = model.classes();
        this.width = config.heads() * config.headDim();
        this.weights = model.namedParameters();
    }

    /**
     * @param images name of the images, for the size of the batch
     * @param map name of the backbone's feature map, [N, d0, h, w]
     * @return name of the logits, [N, c]
     */
    static String add(OnnxGraph graph, Cprfl model, String images, String map) {
        return new CprflToOnnx(graph, model).logits(model, images, map);
    }

    private String logits(Cprfl model, String images, String map) {
        String flat = graph.add("Reshape", "pixels", map,
                graph.constant("pixels.shape", 0, config.backbone().outChannels(), -1));
        String rows = graph.add("Transpose", "pixels.rows", List.of(integers("perm", 0, 2, 1)), flat);
        String tokens = linear("tokens", rows); // E1
        Variable prompts = model.prompts(); // E3
        String batch = graph.add("Shape", "batch", List.of(integer("start", 0), integer("end", 1)), images);
        String refined = encode(tokens, model.interaction().project(prompts), batch);
        String products = graph.add("Mul", "products", refined,
                graph.constant("prompts", prompts.value(), Layout.PLAIN));
        return graph.add("ReduceSum", "logits", List.of(integer("keepdims", 0)), products,
                graph.constant("logits.axes", -1)); // E8
    }

    /** E4 to E7: visual tokens [N, v, d] to refined prompts [N, c, d]. */
    private String encode(String tokens, EncoderLayer.Projected prompts, String batch) {
        String first = "interaction.0.";
        String u = norm(first + "attention_norm", tokens);
        String q = constant(first + "q.prompts", prompts.q(), 0, width);
        if (config.depth() > 1) {
            q = join(first + "q", project(first, "q", 0, u), q, batch);
        }
        String k = join(first + "k", project(first, "k", 1, u),
                constant(first + "k.prompts", prompts.kv(), 0, width), batch);
        String v = join(first + "v", project(first, "v", 2, u),
                constant(first + "v.prompts", prompts.kv(), width, 2 * width), batch);
        String z = update(first, attend(first, q, k, v));
        for (int i = 1; i < config.depth(); i++) {
            String prefix = "interaction." + i + ".";
            u = norm(prefix + "attention_norm", z);
            q = project(prefix, "q", 0, i < config.depth() - 1 ? u : lastRows(prefix, u));
            z = update(prefix, attend(prefix, q, project(prefix, "k", 1, u), project(prefix, "v", 2, u)));
        }
        return z;
    }

    /** The prompts' rows, the last c. */
    private String lastRows(String prefix, String u) {
        String name = prefix + "prompts";
        return graph.add("Slice", name, u, graph.constant(name + ".start", -classes),
                graph.constant(name + ".end", Integer.MAX_VALUE), graph.constant(name + ".axis", 1));
    }

    /** Columns {@code from} to {@code to - 1} of a matrix [c, ...], as [1, c, to - from]. */
    private String constant(String name, Variable matrix, int from, int to) {
        float[] part = new float[classes * (to - from)];
        float[] all = matrix.value().toFloats();
        for (int row = 0; row < classes; row++) {
            System.arraycopy(all, row * all.length / classes + from, part, row * (to - from), to - from);
        }
        return graph.constant(name, Shape.of(1, classes, to - from), part);
    }

    /** Puts the prompts' rows [1, c, width] behind those of every image [N, v, width]. */
    private String join(String name, String features, String prompts, String batch) {
        String shape = graph.add("Concat", name + ".shape", List.of(integer("axis", 0)), batch,
                graph.constant(name + ".rows", 1, 1));
        String repeated = graph.add("Expand", name + ".repeated", prompts, shape);
        return graph.add("Concat", name, List.of(integer("axis", 1)), features, repeated);
    }

    /** U times the third of the joint projection that makes queries (0), keys (1) or values (2). */
    private String project(String prefix, String kind, int third, String u) {
        Tensor weight = weights.get(prefix + "to_qkv.weight").value();
        return graph.add("MatMul", prefix + kind + ".features", u, transposed(prefix + kind + ".weight",
                weight.toFloats(), third * width, width, weight.shape().extent(1)));
    }

    /** E5: queries [N or 1, rows, H e], keys and values [N, v+c, H e] to [N, rows, H e]. */
    private String attend(String prefix, String q, String k, String v) {
        String name = prefix + "attention.";
        String scaled = graph.add("Mul", name + "q", q,
                graph.constant(name + "scale", Shape.of(), (float) (1 / Math.sqrt(config.headDim()))));
        String scores = graph.add("MatMul", name + "scores", heads(scaled, 0, 2, 1, 3), heads(k, 0, 2, 3, 1));
        String probabilities = graph.add("Softmax", name + "probabilities", List.of(integer("axis", -1)), scores);
        String attended = graph.add("MatMul", name + "heads", probabilities, heads(v, 0, 2, 1, 3));
        String rows = graph.add("Transpose", name + "rows", List.of(integers("perm", 0, 2, 1, 3)), attended);
        return graph.add("Reshape", name + "output", rows,
                graph.constant(name + "output.shape", 0, -1, width));
    }

    /** [N, rows, H e] as [N, rows, H, e], with its axes in another order. */
    private String heads(String x, long... order) {
        String split = graph.add("Reshape", x + ".split", x,
                graph.constant(x + ".split.shape", 0, -1, config.heads(), config.headDim()));
        return graph.add("Transpose", x + ".heads", List.of(integers("perm", order)), split);
    }

    /** E6 and the end of E7. */
    private String update(String prefix, String attended) {
        String projected = weights.containsKey(prefix + "to_out.weight")
                ? linear(prefix + "to_out", attended)
                : attended;
        String hidden = linear(prefix + "mlp_hidden", norm(prefix + "mlp_norm", projected));
        return linear(prefix + "mlp_output", gelu(prefix + "gelu", hidden));
    }

    /** x Phi(x) = x (1 + erf(x / sqrt(2))) / 2, in the five nodes that runtimes know as GELU. */
    private String gelu(String name, String x) {
        String scaled = graph.add("Div", name + ".scaled", x,
                graph.constant(name + ".root", Shape.of(), (float) Math.sqrt(2)));
        String erf = graph.add("Erf", name + ".erf", scaled);
        String sum = graph.add("Add", name + ".sum", erf, graph.constant(name + ".one", Shape.of(), 1));
        String product = graph.add("Mul", name + ".product", x, sum);
        return graph.add("Mul", name, product, graph.constant(name + ".half", Shape.of(), 0.5f));
    }

    private String norm(String name, String x) {
        return graph.add("LayerNormalization", name, List.of(integer("axis", -1), real("epsilon", LayerNorm.EPS)), x,
                plain(name + ".weight"), plain(name + ".bias"));
    }

    /** x W^T + b. */
    private String linear(String name, String x) {
        Tensor weight = weights.get(name + ".weight").value();
        String product = graph.add("MatMul", name + ".product", x, transposed(name + ".weight", weight.toFloats(), 0,
                weight.shape().extent(0), weight.shape().extent(1)));
        return graph.add("Add", name, product, plain(name + ".bias"));
    }

    private String plain(String name) {
        return graph.constant(name, weights.get(name).value(), Layout.PLAIN);
    }

    /** Rows {@code from} to {@code from + rows - 1} of a weight [out, in], as [in, rows]: MatMul cannot transpose. */
    private String transposed(String name, float[] weight, int from, int rows, int in) {
        float[] turned = new float[rows * in];
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < in; column++) {
                turned[column * rows + row] = weight[(from + row) * in + column];
            }
        }
        return graph.constant(name, Shape.of(in, rows), turned);
    }
}
