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
    void recognisesTheBackbonesOfClip() {
        assertThat(WeightNames.toOwn(map("module.visual.conv1.weight", "module.visual.layer1.0.conv1.weight",
                "module.visual.layer4.0.downsample.0.weight", "module.visual.attnpool.k_proj.weight",
                "module.transformer.resblocks.0.ln_1.weight", "module.token_embedding.weight", "module.logit_scale",
                "module.positional_embedding", "module.text_projection", "module.ln_final.bias",
                "module.input_resolution")).keySet())
                .containsExactly("backbone.conv1.weight", "backbone.layer1.0.conv1.weight",
                        "backbone.layer4.0.downsample.0.weight");
        assertThat(WeightNames.toOwn(map("stem.conv1.conv.weight", "stem.conv3.bn.running_var",
                "stages.0.10.conv1_1x1.bn.weight", "stages.3.2.conv2_kxk.conv.weight", "stages.3.2.conv3_1x1.bn.bias",
                "stages.1.0.shortcut.conv.conv.weight", "stages.1.0.shortcut.conv.bn.num_batches_tracked",
                "head.pos_embed")).keySet())
                .containsExactly("backbone.conv1.weight", "backbone.bn3.running_var", "backbone.layer1.10.bn1.weight",
                        "backbone.layer4.2.conv2.weight", "backbone.layer4.2.bn3.bias",
                        "backbone.layer2.0.downsample.0.weight", "backbone.layer2.0.downsample.1.num_batches_tracked");
    }

    @Test
    void recognisesTextEncoders() {
        assertThat(WeightNames.toTextEncoder(map("token_embedding.weight", "transformer.resblocks.0.attn.in_proj_bias",
                "visual.proj", "logit_scale", "vocab_size", "strange")).keySet())
                .containsExactly("token_embedding.weight", "transformer.resblocks.0.attn.in_proj_bias", "strange");
        assertThat(WeightNames.toTextEncoder(map("text.token_embedding.weight", "text.text_projection",
                "text.transformer.resblocks.11.ln_2.bias", "visual.trunk.stem.conv1.weight")).keySet())
                .containsExactly("token_embedding.weight", "text_projection", "transformer.resblocks.11.ln_2.bias");
        assertThat(WeightNames.toTextEncoder(map("text_model.embeddings.token_embedding.weight",
                "text_model.embeddings.position_embedding.weight", "text_model.embeddings.position_ids",
                "text_model.encoder.layers.3.self_attn.k_proj.bias", "text_model.encoder.layers.3.layer_norm1.weight",
                "text_model.encoder.layers.3.mlp.fc2.weight", "text_model.final_layer_norm.bias",
                "text_projection.weight", "vision_model.post_layernorm.bias", "visual_projection.weight")).keySet())
                .containsExactly("token_embedding.weight", "positional_embedding",
                        "transformer.resblocks.3.attn.k_proj.bias", "transformer.resblocks.3.ln_1.weight",
                        "transformer.resblocks.3.mlp.c_proj.weight", "ln_final.bias", "text_projection.weight");
        assertThat(WeightNames.toTextEncoder(map("module.Backbone.0.weight", "module.fc.0.weight",
                "module.text_encoder.token_embedding.weight", "module.text_encoder.text_projection")).keySet())
                .containsExactly("token_embedding.weight", "text_projection");
        assertThat(WeightNames.toTextEncoder(map("conv1.weight"))).isEmpty();
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
