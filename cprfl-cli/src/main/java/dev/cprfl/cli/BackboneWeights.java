package dev.cprfl.cli;

import dev.cprfl.autograd.nn.StateDict;
import dev.cprfl.model.Classifier;
import dev.cprfl.model.WeightNames;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.UserException;
import dev.cprfl.tensor.io.HostTensor;
import dev.cprfl.tensor.io.WeightFile;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;

/** The option for pretrained weights of the backbone. */
final class BackboneWeights {

    @Option(names = "--backbone-weights", paramLabel = "F",
            description = "ImageNet weights of torchvision or timm, or for backbone clip-rn50 and the like a CLIP checkpoint.")
    private Path file;

    /** Whether there are any. */
    boolean given() {
        return file != null;
    }

    /** What is read, for the provenance. */
    void addInputs(Map<String, List<Path>> inputs) {
        if (file != null) {
            inputs.put("backbone weights", List.of(file));
        }
    }

    /**
     * Loads the weights, if any were given; says what was used and what was left over.
     *
     * @param partial whether weights that do not give the whole backbone are taken
     */
    void load(Classifier model, boolean partial, Common common) {
        if (file == null) {
            return;
        }
        Map<String, HostTensor> weights = WeightNames.toOwn(WeightFile.open(file).tensors());
        StateDict.Report found = StateDict.compare(model, weights);
        Map<String, Shape> lacking = new LinkedHashMap<>(found.missing());
        // Files older than PyTorch 0.4.1 do not count batches, and nothing here depends on the count.
        lacking.keySet()
                .removeIf(name -> !name.startsWith("backbone.") || name.endsWith("num_batches_tracked"));
        StateDict.Report report = new StateDict.Report(found.used(), lacking, found.leftOver(), found.mismatches());
        if (!partial && !(lacking.isEmpty() && found.mismatches().isEmpty())) {
            throw new UserException(
                    file + " does not fit the backbone: " + report + "; --partial-weights takes what fits");
        }
        StateDict.loadMatching(model, weights);
        common.remark("backbone weights of " + file + ": " + report);
    }
}
