package dev.cprfl.audit.golden;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.io.HostTensor;
import java.lang.foreign.ValueLayout;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** The worked values of the golden results' README. */
class FormulaWeightsTest {

    @Test
    void hashes() {
        assertThat(FormulaWeights.fnv1a64("g1/conv1.weight")).isEqualTo(0xfa050b65c305f447L);
        assertThat(FormulaWeights.splitmix64(0xfa050b65c305f447L)).isEqualTo(0xa1a171d30eb45e0dL);
    }

    @Test
    void values() throws NoSuchAlgorithmException {
        HostTensor conv1 = FormulaWeights.tensor("g1/conv1.weight", Shape.of(64, 3, 7, 7), 0, Math.sqrt(3.0 / 147));
        assertThat(Float.floatToIntBits(conv1.toFloats()[0])).isEqualTo(0x3d19bd72);
        assertThat(Float.floatToIntBits(conv1.toFloats()[9407])).isEqualTo(0xbd671b00);
        assertThat(sha256(conv1)).isEqualTo("0268ab9387b4aa0f795d66444c4af2df2c81ba015155dcd610530d21b9497d7b");
        float[] norm = FormulaWeights.tensor("g1/bn1.weight", Shape.of(64), 1, 0.1).toFloats();
        assertThat(Float.floatToIntBits(norm[5])).isEqualTo(0x3f861bdc);
        float[] text = FormulaWeights.tensor("f1/text_features", Shape.of(2), 0, 0.5).toFloats();
        assertThat(Float.floatToIntBits(text[1])).isEqualTo(0x3b9d9300);
    }

    @Test
    void images() throws NoSuchAlgorithmException {
        assertThat(sha256(FormulaWeights.image("g1/input", Shape.of(1, 3, 224, 224))))
                .isEqualTo("e7714d7556c5210e8b684083119bbf501f30ae570fcb940f6da906794328c668");
    }

    private static String sha256(HostTensor tensor) throws NoSuchAlgorithmException {
        byte[] bytes = tensor.data().toArray(ValueLayout.JAVA_BYTE);
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }
}
