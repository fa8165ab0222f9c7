package dev.cprfl.tensor.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cprfl.tensor.Shape;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file as large as torchvision's ResNet-101. */
class LargeFileTest {

    private static final int[] BLOCKS = {3, 4, 23, 3};

    @TempDir
    private Path folder;

    private static Map<String, long[]> resnet101() {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        convolution(shapes, "conv1", "bn1", 3, 64, 7);
        int in = 64;
        for (int layer = 0; layer < BLOCKS.length; layer++) {
            int width = 64 << layer;
            for (int block = 0; block < BLOCKS[layer]; block++) {
                String name = "layer" + (layer + 1) + "." + block + ".";
                convolution(shapes, name + "conv1", name + "bn1", in, width, 1);
                convolution(shapes, name + "conv2", name + "bn2", width, width, 3);
                convolution(shapes, name + "conv3", name + "bn3", width, 4 * width, 1);
                if (block == 0) {
                    convolution(shapes, name + "downsample.0", name + "downsample.1", in, 4 * width, 1);
                }
                in = 4 * width;
            }
        }
        shapes.put("fc.weight", new long[]{1000, in});
        shapes.put("fc.bias", new long[]{1000});
        return shapes;
    }

    private static void convolution(Map<String, long[]> shapes, String name, String norm, int in, int out, int kernel) {
        shapes.put(name + ".weight", new long[]{out, in, kernel, kernel});
        for (String part : new String[]{".weight", ".bias", ".running_mean", ".running_var"}) {
            shapes.put(norm + part, new long[]{out});
        }
    }

    private static int length(long[] shape) {
        int length = 1;
        for (long extent : shape) {
            length *= (int) extent;
        }
        return length;
    }

    private static float value(int tensor, int index) {
        return tensor - index * 0x1p-12f;
    }

    private static void write(Path file, Map<String, long[]> shapes) throws IOException {
        TestTorch pickle = new TestTorch().raw("}(");
        int key = 0;
        for (Map.Entry<String, long[]> entry : shapes.entrySet()) {
            pickle.text(entry.getKey()).tensor("FloatStorage", Integer.toString(key++), entry.getValue());
        }
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file));
                ZipOutputStream zip = new ZipOutputStream(out)) {
            store(zip, "resnet/data.pkl", pickle.raw("u").bytes());
            key = 0;
            for (long[] shape : shapes.values()) {
                ByteBuffer bytes = ByteBuffer.allocate(4 * length(shape)).order(ByteOrder.LITTLE_ENDIAN);
                for (int i = 0; i < length(shape); i++) {
                    bytes.putFloat(value(key, i));
                }
                store(zip, "resnet/data/" + key++, bytes.array());
            }
        }
    }

    private static void store(ZipOutputStream zip, String name, byte[] content) throws IOException {
        ZipEntry entry = new ZipEntry(name);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(content.length);
        entry.setCrc(Integer.toUnsignedLong(TestZip.crc(content)));
        zip.putNextEntry(entry);
        zip.write(content);
        zip.closeEntry();
    }

    /** Opening takes next to nothing from the heap; then each tensor costs what its floats need. */
    @Test
    void takesNoMoreMemoryThanItsNumbers() throws IOException {
        Path file = folder.resolve("resnet101.pth");
        Map<String, long[]> shapes = resnet101();
        write(file, shapes);
        assertThat(Files.size(file)).isBetween(170_000_000L, 190_000_000L);
        WeightFile.open(Path.of("src/test/resources/formats/sd_zip.pth"));
        WeightFile[] opened = new WeightFile[1];
        assertThat(Allocation.of(() -> opened[0] = WeightFile.open(file))).isLessThan(4 << 20);
        assertThat(opened[0].tensors().keySet()).containsExactlyElementsOf(shapes.keySet());
        long read = Allocation.of(() -> {
            int key = 0;
            for (Map.Entry<String, long[]> entry : shapes.entrySet()) {
                HostTensor tensor = opened[0].get(entry.getKey());
                float[] floats = tensor.toFloats();
                for (int i = 0; i < floats.length; i += 61) {
                    if (floats[i] != value(key, i)) {
                        throw new AssertionError(entry.getKey() + " at " + i + " is " + floats[i]);
                    }
                }
                key++;
            }
        });
        assertThat(read).isLessThan(Files.size(file) + (1 << 20));
        assertThat(opened[0].get("fc.weight").shape()).isEqualTo(Shape.of(1000, 2048));
    }
}
