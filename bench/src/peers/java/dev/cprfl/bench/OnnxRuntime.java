package dev.cprfl.bench;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.cprfl.model.export.OnnxExport;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Map;

/** An exported network in ONNX Runtime, with all of its graph optimisations. */
final class OnnxRuntime implements AutoCloseable {

    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private final OrtSession session;

    /** @param threads that compute */
    OnnxRuntime(Path file, int threads) {
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(threads);
            options.setInterOpNumThreads(1);
            options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
            session = environment.createSession(file.toString(), options);
        } catch (OrtException e) {
            throw new IllegalStateException(e);
        }
    }

    /** @param nchw [images, 3, H, W] */
    OnnxTensor images(float[] nchw, long... shape) {
        FloatBuffer numbers = ByteBuffer.allocateDirect(nchw.length * Float.BYTES).order(ByteOrder.nativeOrder())
                .asFloatBuffer().put(nchw).flip();
        try {
            return OnnxTensor.createTensor(environment, numbers, shape);
        } catch (OrtException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Probabilities, [N][c]. */
    float[][] run(OnnxTensor images) {
        try (OrtSession.Result result = session.run(Map.of(OnnxExport.IMAGES, images))) {
            return (float[][]) result.get(OnnxExport.PROBABILITIES).orElseThrow().getValue();
        } catch (OrtException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        try {
            session.close();
        } catch (OrtException e) {
            throw new IllegalStateException(e);
        }
    }
}
