package dev.cprfl.model.export;

import static dev.cprfl.model.export.OnnxGraph.integers;

import dev.cprfl.autograd.Parameter.Layout;
import dev.cprfl.autograd.nn.FoldedConvolution;
import dev.cprfl.model.resnet.ConvNorm;
import dev.cprfl.model.resnet.ResNet;
import dev.cprfl.model.resnet.ResNetConfig;
import dev.cprfl.model.resnet.ResidualBlock;
import java.util.List;

/** A folded residual network as nodes Conv, Relu, Add, MaxPool and AveragePool; images lie as [N, channels, height, width]. */
final class ResNetToOnnx {

    private static final String PREFIX = "backbone.";

    private final OnnxGraph graph;

    private ResNetToOnnx(OnnxGraph graph) {
        this.graph = graph;
    }

    /**
     * @param images name of the images, [N, 3, H, W]
     * @return name of the last feature map, [N, d0, h, w]
     */
    static String add(OnnxGraph graph, ResNet network, String images) {
        return new ResNetToOnnx(graph).network(network, images);
    }

    private String network(ResNet network, String images) {
        String x = images;
        for (int i = 0; i < network.stem().size(); i++) {
            x = relu(convolution(PREFIX + "conv" + (i + 1), network.stem().get(i), x));
        }
        x = network.config().block() == ResNetConfig.Block.CLIP
                ? averagePool(PREFIX + "avgpool", 2, x)
                : graph.add("MaxPool", PREFIX + "maxpool", List.of(integers("kernel_shape", 3, 3),
                        integers("strides", 2, 2), integers("pads", 1, 1, 1, 1)), x);
        for (int stage = 0; stage < network.stages().size(); stage++) {
            List<ResidualBlock> blocks = network.stages().get(stage);
            for (int i = 0; i < blocks.size(); i++) {
                x = block(PREFIX + "layer" + (stage + 1) + "." + i + ".", blocks.get(i), x);
            }
        }
        return x;
    }

    private String block(String prefix, ResidualBlock block, String x) {
        String y = x;
        int last = block.branch().size() - 1;
        for (int i = 0; i < last; i++) {
            y = relu(convolution(prefix + "conv" + (i + 1), block.branch().get(i), y));
        }
        y = convolution(prefix + "conv" + (last + 1), block.branch().get(last),
                averagePool(prefix + "avgpool", block.pooling(), y));
        String kept = block.downsample() == null
                ? x
                : convolution(prefix + "downsample", block.downsample(),
                        averagePool(prefix + "downsample.avgpool", block.pooling(), x));
        return relu(graph.add("Add", prefix + "sum", y, kept));
    }

    private String convolution(String name, ConvNorm layer, String x) {
        FoldedConvolution folded = layer.folded();
        int kernel = folded.weight().shape().extent(1);
        int padding = folded.padding();
        return graph.add("Conv", name,
                List.of(integers("kernel_shape", kernel, kernel), integers("strides", folded.stride(), folded.stride()),
                        integers("pads", padding, padding, padding, padding)),
                x, graph.constant(name + ".weight", folded.weight(), Layout.CONVOLUTION),
                graph.constant(name + ".bias", folded.bias(), Layout.PLAIN));
    }

    /** The mean of squares of {@code size} by {@code size} pixels; x itself where these are single pixels. */
    private String averagePool(String name, int size, String x) {
        return size == 1
                ? x
                : graph.add("AveragePool", name,
                        List.of(integers("kernel_shape", size, size), integers("strides", size, size)), x);
    }

    private String relu(String x) {
        return graph.add("Relu", x + ".relu", x);
    }
}
