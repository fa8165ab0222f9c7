package dev.cprfl.tensor.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.reference.ReferenceBackend;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import dev.cprfl.tensor.UserException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsTest {

    @TempDir
    private Path folder;

    private Path file(String header, byte... data) throws IOException {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        Path file = folder.resolve("x.safetensors");
        Files.write(file, ByteBuffer.allocate(8 + json.length + data.length).order(ByteOrder.LITTLE_ENDIAN)
                .putLong(json.length).put(json).put(data).array());
        return file;
    }

    @Test
    void convertsEveryType() {
        byte[] bytes = {0, 0x3C, (byte) 0xFF, (byte) 0xFF, 0, 0, 0, (byte) 0x80};
        assertThat(convert(DType.F16, 4, bytes)[0]).isEqualTo(1.0);
        assertThat(convert(DType.BF16, 4, bytes)[0]).isEqualTo(0x1p-7);
        assertThat(convert(DType.I64, 1, bytes)).containsExactly(0x80000000FFFF3C00L);
        assertThat(convert(DType.U64, 1, bytes)).containsExactly((double) 0x80000000FFFF3C00L + 0x1p64);
        assertThat(convert(DType.I32, 2, bytes)).containsExactly(0xFFFF3C00, Integer.MIN_VALUE);
        assertThat(convert(DType.U32, 2, bytes)).containsExactly(0xFFFF3C00L, 0x80000000L);
        assertThat(convert(DType.I16, 4, bytes)).containsExactly(0x3C00, -1, 0, -32768);
        assertThat(convert(DType.U16, 4, bytes)).containsExactly(0x3C00, 0xFFFF, 0, 0x8000);
        assertThat(convert(DType.I8, 8, bytes)).containsExactly(0, 60, -1, -1, 0, 0, 0, -128);
        assertThat(convert(DType.U8, 8, bytes)).containsExactly(0, 60, 255, 255, 0, 0, 0, 128);
        assertThat(convert(DType.BOOL, 8, bytes)).containsExactly(0, 1, 1, 1, 0, 0, 0, 1);
        assertThat(convert(DType.F32, 2, bytes)[1]).isEqualTo(-0.0);
        assertThat(convert(DType.F64, 1, bytes)[0]).isEqualTo(-0x1p-1074 * 0xFFFF3C00L);
    }

    private static double[] convert(DType dtype, int length, byte[] bytes) {
        HostTensor tensor = HostTensor.of(dtype, Shape.of(length), MemorySegment.ofArray(bytes));
        double[] doubles = tensor.toDoubles();
        float[] floats = tensor.toFloats();
        for (int i = 0; i < length; i++) {
            assertThat((Float) floats[i]).isEqualTo((Float) (float) doubles[i]);
        }
        if (dtype.isIntegral()) {
            assertThat(Arrays.stream(tensor.toLongs()).asDoubleStream().toArray()).containsExactly(doubles);
        }
        return doubles;
    }

    @Test
    void aLongTensorIsCopiedWhole() {
        int length = 3 * (1 << 16) + 5; // more than is copied at a time
        float[] values = new float[length];
        byte[] halves = new byte[2 * length];
        for (int i = 0; i < length; i++) {
            values[i] = i % 2039;
            short half = Float.floatToFloat16(values[i]);
            halves[2 * i] = (byte) half;
            halves[2 * i + 1] = (byte) (half >> 8);
        }
        Backend backend = new ReferenceBackend();
        Tensor target = Tensor.full(backend, Shape.of(length), Double.NaN);
        HostTensor.of(Shape.of(length), values).copyTo(target);
        assertThat(target.toFloats()).isEqualTo(values);
        assertThat(
                HostTensor.of(DType.F16, Shape.of(length), MemorySegment.ofArray(halves)).toTensor(backend).toFloats())
                .isEqualTo(values);
    }

    @Test
    void writesWhatItReads() {
        Map<String, HostTensor> tensors = new LinkedHashMap<>();
        tensors.put("bytes", HostTensor.of(DType.U8, Shape.of(3), MemorySegment.ofArray(new byte[]{1, 2, 3})));
        tensors.put("b.weight", HostTensor.of(Shape.of(2, 2), 1f, Float.NaN, -0f, 4f));
        tensors.put("a \"quoted\" \u00e9", HostTensor.of(Shape.of(), 5.5));
        tensors.put("empty", HostTensor.of(Shape.of(0, 7), new float[0]));
        tensors.put("count", HostTensor.of(Shape.of(1), Long.MIN_VALUE));
        Path file = folder.resolve("x.safetensors");
        Safetensors.write(file, tensors, Map.of("format", "pt"));
        Safetensors back = Safetensors.read(file);
        assertThat(back.metadata()).containsExactly(Map.entry("format", "pt"));
        assertThat(back.tensors().keySet()).containsExactly("a \"quoted\" \u00e9", "count", "b.weight", "empty",
                "bytes");
        tensors.forEach((name, tensor) -> {
            assertThat(back.get(name).toString()).isEqualTo(tensor.toString());
            assertThat(back.get(name).data().mismatch(tensor.data())).isEqualTo(-1);
        });
        assertThatThrownBy(() -> back.get("nothing")).isInstanceOf(UserException.class)
                .hasMessage(file + " holds no tensor named nothing");
    }

    @Test
    void anEmptyFileOfTensorsIsFine() {
        Path file = folder.resolve("x.safetensors");
        Safetensors.write(file, Map.of(), Map.of());
        assertThat(Safetensors.read(file).tensors()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4],'extra':1}}           | unknown field extra",
        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4,4]}}                   | two data_offsets",
        "{'a':{'dtype':'F32','shape':[18446744073709551616],'data_offsets':[0,4]}}  | out of range",
        "{'a':{'dtype':'F32','shape':[0,4294967296],'data_offsets':[0,0]}}          | too large",
        "{'a':{'dtype':'F32','shape':[1],'shape':[1],'data_offsets':[0,4]}}         | Duplicate",
        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}} {}                  | only spaces may follow",
        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]},}                    | expecting",
        "{'__metadata__':{'a':1}}                                                   | must hold strings",
        "{'__metadata__':[]}                                                        | must be an object",
        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[9223372036854775807,4]}}   | gap",
        "{'a\\u000ab':{'dtype':'F32','shape':[2],'data_offsets':[0,4]}}             | a?b"})
    void refuses(String header, String reason) throws IOException {
        Path file = file(header.replace('\'', '"'), new byte[4]);
        assertThatThrownBy(() -> Safetensors.read(file)).isInstanceOf(UserException.class)
                .hasMessageContaining("byte").hasMessageContaining(reason);
    }

    @Test
    void deepNestingDoesNotOverflowTheStack() throws IOException {
        Path file = file("{\"a\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}");
        assertThatThrownBy(() -> Safetensors.read(file)).isInstanceOf(UserException.class)
                .hasMessageContaining("must be an object");
    }

    @Test
    void namesFilesThatCannotBeRead() {
        assertThatThrownBy(() -> Safetensors.read(folder.resolve("none"))).isInstanceOf(UserException.class)
                .hasMessage("cannot read " + folder.resolve("none") + ": no such file or folder");
        assertThatThrownBy(() -> Safetensors.read(folder)).isInstanceOf(UserException.class)
                .hasMessageStartingWith("cannot read " + folder + ": ");
    }
}
