package dev.cprfl.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cprfl.tensor.UserException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WeightNamesTest {

    @ParameterizedTest
    @CsvSource({"backbone.conv1.weight, Backbone.0.weight", "backbone.bn1.running_mean, Backbone.1.running_mean",
        "backbone.layer1.0.conv1.weight, Backbone.4.0.conv1.weight",
        "backbone.layer4.2.downsample.1.bias, Backbone.7.2.downsample.1.bias", "tokens.weight, fc.0.weight",
        "prompt_initializer.hidden.bias, label_emb.0.bias", "prompt_initializer.output.weight, label_emb.3.weight",
        "interaction.0.attention_norm.weight, attention.layers.0.0.norm.weight",
        "interaction.0.to_qkv.weight, attention.layers.0.0.fn.to_qkv.weight",
        "interaction.12.to_out.bias, attention.layers.12.0.fn.to_out.0.bias",
        "interaction.0.mlp_norm.bias, attention.layers.0.1.norm.bias",
        "interaction.0.mlp_hidden.weight, attention.layers.0.1.fn.net.0.weight",
        "interaction.1.mlp_output.weight, attention.layers.1.1.fn.net.3.weight",
        "text_features, text_features", "text_encoder.ln_final.bias, text_encoder.ln_final.bias"})
    void goesBothWays(String own, String official) {
        assertThat(WeightNames.toOfficial(own)).isEqualTo(official);
        assertThat(WeightNames.fromOfficial(official)).isEqualTo(own);
    }

    @Test
    void everyNameOfTheModelHasACounterpart() {
        try (SmallModel small = new SmallModel(2)) {
            for (String name : small.model.namedParameters().keySet()) {
                String official = WeightNames.toOfficial(name);
                assertThat(official).isNotEqualTo(name);
                assertThat(WeightNames.fromOfficial(official)).isEqualTo(name);
            }
        }
    }

    @Test
    void recognisesWhereWeightsComeFrom() {
        assertThat(WeightNames.toOwn(map("module.fc.0.weight", "module.Backbone.0.weight")).keySet())
                .containsExactly("tokens.weight", "backbone.conv1.weight");
        assertThat(WeightNames.toOwn(map("conv1.weight", "layer1.0.bn1.weight", "fc.weight", "fc.bias")).keySet())
                .containsExactly("backbone.conv1.weight", "backbone.layer1.0.bn1.weight");
        assertThat(WeightNames.toOwn(map("backbone.conv1.weight", "tokens.bias")).keySet())
                .containsExactly("backbone.conv1.weight", "tokens.bias");
    }

    @Test
    void refusesTwoWeightsOfOneName() {
        assertThatThrownBy(() -> WeightNames.toOwn(map("fc.0.weight", "module.fc.0.weight")))
                .isInstanceOf(UserException.class).hasMessageContaining("tokens.weight");
    }

    private static Map<String, Integer> map(String... names) {
        Map<String, Integer> map = new LinkedHashMap<>();
        for (String name : names) {
            map.put(name, map.size());
        }
        return map;
    }
}
