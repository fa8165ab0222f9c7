package dev.cprfl.bench;

import ai.onnxruntime.OnnxTensor;
import dev.cprfl.autograd.Parameter.Layout;
import dev.cprfl.autograd.nn.StateDict;
import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.Backends;
import dev.cprfl.model.data.Normalization;
import dev.cprfl.model.export.OnnxExport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.TearDown;

/** The forward passes of {@link Networks} in ONNX Runtime, from exported files of the same weights, on the same images. */
public class PeerOnnxNetworks extends OnBackend {

    @Param({"RESNET101_FORWARD_224", "RESNET101_FORWARD_448", "CPRFL_FORWARD_448"})
    public Network shape;

    private OnnxRuntime runtime;
    private OnnxTensor images;

    @Override
    void prepare() {
        try (Backend ours = Backends.open("vector", threads)) {
            Subject subject = new Subject(shape, ours);
            Path file = Files.createTempFile("cprfl-bench-", ".onnx");
            OnnxExport.write(file, subject.model, Normalization.NONE, Map.of());
            runtime = new OnnxRuntime(file, threads());
            Files.delete(file);
            images = runtime.images(StateDict.toHost(subject.images, Layout.CONVOLUTION).toFloats(), shape.batch, 3,
                    shape.pixels, shape.pixels);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Benchmark
    public float[][] onnxRuntime() {
        return runtime.run(images);
    }

    @TearDown(Level.Trial)
    public void stop() {
        images.close();
        runtime.close();
    }
}
