package dev.cprfl.model.resnet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cprfl.model.resnet.ResNetConfig.Block;
import dev.cprfl.tensor.UserException;
import java.util.List;
import org.junit.jupiter.api.Test;

class ResNetConfigTest {

    @Test
    void eachStageDoublesTheChannels() {
        assertThat(new ResNetConfig(Block.BASIC, List.of(1), 24).outChannels()).isEqualTo(24);
        assertThat(new ResNetConfig(Block.BASIC, List.of(1, 1), 24).outChannels()).isEqualTo(48);
        assertThat(new ResNetConfig(Block.BOTTLENECK, List.of(1, 2, 1), 8).outChannels()).isEqualTo(128);
        assertThat(ResNetConfig.named("resnet18").outChannels()).isEqualTo(512);
        assertThat(ResNetConfig.named("resnet101").outChannels()).isEqualTo(2048);
    }

    @Test
    void refusesNoStageFiveStagesAndEmptyStages() {
        for (List<Integer> layers : List.of(List.<Integer>of(), List.of(1, 1, 1, 1, 1), List.of(1, 0))) {
            assertThatThrownBy(() -> new ResNetConfig(Block.BASIC, layers, 8)).isInstanceOf(UserException.class)
                    .hasMessageContaining("one to four stages");
        }
    }
}
