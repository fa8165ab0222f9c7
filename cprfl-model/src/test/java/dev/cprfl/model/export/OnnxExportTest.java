package dev.cprfl.model.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import dev.cprfl.autograd.Variable;
import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.Backends;
import dev.cprfl.model.Classifier;
import dev.cprfl.model.Cprfl;
import dev.cprfl.model.CprflConfig;
import dev.cprfl.model.CutPath;
import dev.cprfl.model.LinearClassifier;
import dev.cprfl.model.PromptInit;
import dev.cprfl.model.data.Normalization;
import dev.cprfl.model.resnet.ResNetConfig;
import dev.cprfl.tensor.Rng;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import dev.cprfl.tensor.UserException;
import dev.cprfl.tensor.io.DType;
import dev.cprfl.tensor.io.HostTensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whether an exported file computes what the network computes. Profile peers asks ONNX Runtime the same. */
class OnnxExportTest {

    private static final int CLASSES = 5;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({"BASIC, 1, 2, 3, NONE", "BOTTLENECK, 1, 2, 3, IMAGENET", "BASIC, 3, 3, 4, CLIP",
        "BASIC, 2, 1, 10, NONE", "CLIP, 1, 2, 3, CLIP"})
    void cprflAgrees(ResNetConfig.Block block, int depth, int heads, int headDim, Normalization normalization)
            throws IOException {
        try (Backend backend = Backends.open("reference", 1)) {
            Initializer initializer = new Initializer(backend, Rng.of(3));
            CprflConfig config = new CprflConfig(new ResNetConfig(block, List.of(2, 1), 4), 10, 6, 0.5, heads, headDim,
                    7, depth, 0.1, PromptInit.MLP, CutPath.NONE);
            Cprfl model = new Cprfl(config, initializer.normal(Shape.of(CLASSES, 6), 1), initializer);
            assertAgrees(model, initializer, normalization);
        }
    }

    @Test
    void aPlainClassifierAgrees() throws IOException {
        try (Backend backend = Backends.open("reference", 1)) {
            Initializer initializer = new Initializer(backend, Rng.of(3));
            ResNetConfig config = new ResNetConfig(ResNetConfig.Block.BOTTLENECK, List.of(1, 2, 1), 3);
            assertAgrees(new LinearClassifier(config, CLASSES, initializer), initializer, Normalization.IMAGENET);
        }
    }

    private void assertAgrees(Classifier model, Initializer initializer, Normalization normalization)
            throws IOException {
        // Moves the running statistics off their start.
        model.logits(Variable.constant(initializer.normal(Shape.of(2, 24, 24, 3), 2)));
        Path file = folder.resolve("model.onnx");
        OnnxExport.write(file, model, normalization, Map.of("key", "value"));
        ModelProto onnx = ModelProto.parseFrom(Files.readAllBytes(file));
        assertThat(onnx.getOpsetImport(0).getVersion()).isEqualTo(17);
        assertThat(onnx.getMetadataProps(0).getValue()).isEqualTo("value");
        assertThat(extents(onnx.getGraph().getInput(0).getType())).containsExactly("N", "3", "H", "W");
        assertThat(extents(onnx.getGraph().getOutput(0).getType())).containsExactly("N", "5");
        for (int[] shape : new int[][]{{1, 21, 34}, {3, 16, 9}}) {
            assertAgrees(model, initializer.backend(), onnx, normalization, shape);
        }
    }

    private static void assertAgrees(Classifier model, Backend backend, ModelProto onnx, Normalization normalization,
            int[] shape) {
        int pixels = shape[1] * shape[2];
        double[] nchw = new double[shape[0] * 3 * pixels];
        double[] nhwc = new double[nchw.length];
        Rng rng = Rng.of(shape[0]);
        for (int i = 0; i < nchw.length; i++) {
            nchw[i] = rng.nextDouble();
            int channel = i / pixels % 3;
            nhwc[3 * (i / (3 * pixels) * pixels + i % pixels) + channel] = (nchw[i] - normalization.mean()[channel])
                    / normalization.deviation()[channel];
        }
        OnnxInterpreter.Value found = OnnxInterpreter.run(onnx.getGraph(),
                OnnxInterpreter.Value.of(new int[]{shape[0], 3, shape[1], shape[2]}, nchw));
        assertThat(found.shape).containsExactly(shape[0], CLASSES);
        double[] logits = model.logits(Variable.constant(Tensor.of(backend, Shape.of(shape[0], shape[1], shape[2], 3),
                nhwc))).value().toDoubles();
        assertThat(logits).doesNotHaveDuplicates();
        for (int i = 0; i < logits.length; i++) {
            // Both compute in double; the file's numbers were rounded to float.
            assertThat(found.data[i]).isCloseTo(1 / (1 + Math.exp(-logits[i])), within(1e-6));
        }
    }

    private static List<String> extents(TypeProto type) {
        return type.getTensorType().getShape().getDimList().stream()
                .map(d -> d.hasDimParam() ? d.getDimParam() : Long.toString(d.getDimValue())).toList();
    }

    @Test
    void refusesWhatDoesNotFitIntoAFile() {
        OnnxGraph graph = new OnnxGraph("large");
        byte[] quarter = new byte[1 << 29];
        HostTensor large = HostTensor.of(DType.F32, Shape.of(1 << 27), MemorySegment.ofArray(quarter));
        for (int i = 0; i < 3; i++) {
            graph.constant("w" + i, large);
        }
        assertThatThrownBy(() -> graph.constant("w3", large)).isInstanceOf(UserException.class)
                .hasMessageContaining("2 GiB").hasMessageContaining(".safetensors");
    }
}
