package dev.cprfl.tensor.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.UserException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.junit.jupiter.params.provider.ValueSource;

class NpyTest {

    @TempDir
    private Path folder;

    private HostTensor parse(String header, int... data) {
        byte[] content = new byte[10 + header.length() + data.length];
        System.arraycopy("\u0093NUMPY\u0001\0".getBytes(StandardCharsets.ISO_8859_1), 0, content, 0, 8);
        content[8] = (byte) header.length();
        System.arraycopy(header.getBytes(StandardCharsets.ISO_8859_1), 0, content, 10, header.length());
        for (int i = 0; i < data.length; i++) {
            content[10 + header.length() + i] = (byte) data[i];
        }
        return Npy.parse("x.npy", MemorySegment.ofArray(content));
    }

    @Test
    void bringsFortranAndBigEndianIntoOrder() {
        HostTensor matrix = parse("{'descr': '>i2', 'fortran_order': True, 'shape': (2, 3), }", 0, 1, 0, 4, 0, 2, 0, 5,
                0, 3, 1, 6);
        assertThat(matrix.shape()).isEqualTo(Shape.of(2, 3));
        assertThat(matrix.toLongs()).containsExactly(1, 2, 3, 4, 5, 262);
    }

    @Test
    void takesAnyOrderOfKeysAndQuotes() {
        assertThat(parse(" { \"shape\":(2,),'fortran_order':False , 'descr' :'|u1'} \n", 7, 8).toLongs())
                .containsExactly(7, 8);
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "BF16")
    void writesWhatItReads(DType dtype) throws IOException {
        byte[] bytes = new byte[6 * dtype.bytes()];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (dtype == DType.BOOL ? i % 2 : 37 * i);
        }
        HostTensor tensor = HostTensor.of(dtype, Shape.of(3, 1, 2), MemorySegment.ofArray(bytes));
        Path file = folder.resolve("x.npy");
        Npy.write(file, tensor);
        HostTensor back = Npy.read(file);
        assertThat(back.toString()).isEqualTo(tensor.toString());
        assertThat(back.data().mismatch(tensor.data())).isEqualTo(-1);
        assertThat(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1)).contains("(3, 1, 2, )");
        assertThat((Files.size(file) - bytes.length) % 64).isZero();
    }

    @Test
    void writesScalarsAndEmpties() {
        for (Shape shape : new Shape[]{Shape.of(), Shape.of(1), Shape.of(0, 5)}) {
            Path file = folder.resolve("x.npy");
            Npy.write(file, HostTensor.of(shape, new float[shape.length()]));
            assertThat(Npy.read(file).shape()).isEqualTo(shape);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': [1]}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1.,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1 1)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'shape': (1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'more': (1,)}",
        "{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} + 1",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)}\0 1",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)",
        "{'descr': '<f\\x34', 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '|f4', 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<c8', 'fortran_order': False, 'shape': (0,)}",
        "{'descr': '', 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': ()} ",
        ""})
    void refuses(String header) {
        int bytes = header.contains("()") ? 5 : 4;
        assertThatThrownBy(() -> parse(header, new int[bytes])).isInstanceOf(UserException.class)
                .hasMessageMatching("x.npy is not a valid npy file: byte \\d+: .*");
    }

    @Test
    void hasNoBf16() {
        HostTensor tensor = HostTensor.of(DType.BF16, Shape.of(1), MemorySegment.ofArray(new byte[2]));
        assertThatThrownBy(() -> Npy.write(folder.resolve("x.npy"), tensor))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("F32");
    }
}
