package dev.cprfl.cli;

import dev.cprfl.autograd.nn.StateDict;
import dev.cprfl.kernels.Backend;
import dev.cprfl.model.Classifier;
import dev.cprfl.model.WeightNames;
import dev.cprfl.model.export.OnnxExport;
import dev.cprfl.model.training.Run;
import dev.cprfl.tensor.UserException;
import dev.cprfl.tensor.io.HostTensor;
import dev.cprfl.tensor.io.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;

/** Hands a trained network to other programs. */
@Command(name = "export", mixinStandardHelpOptions = true,
        description = {"Write a trained network for other programs: as an ONNX model, or its weights alone.",
            "The ending of --out decides: .onnx or .safetensors. The file appears whole or not at all."},
        footer = {"", "Examples:",
            "  cprfl export --run runs/voc --out voc.onnx",
            "  cprfl export --run runs/voc --out voc.safetensors --names official",
            "",
            "The ONNX model (opset 17, standard operators) is the whole network with the prompts of its classes inside.",
            "Input \"images\", float [N,3,H,W]: red, green, blue, each byte divided by 255; the model normalises them itself.",
            "Resize each photo to the size that the training saw (image_size in the model's metadata), aspect ratio not",
            "kept, with an antialiased bilinear filter, as \"cprfl preprocess --normalisation none\" does.",
            "Output \"probabilities\", float [N,c], each class by itself; their names are in the metadata, as JSON under",
            "\"classes\". An ONNX file holds at most 2 GiB; the full network with ResNet-101 has 0.4.",
            "",
            "The .safetensors file holds PyTorch tensors: --names own (the default), or official for the names of the",
            "authors' model. \"cprfl inspect\" lists them."})
final class ExportCommand implements Callable<Integer> {

    enum Names {
        OWN, OFFICIAL
    }

    private record Result(String run, String weights, String out, long bytes, int classes, int imageSize) {}

    private static final String ONNX = ".onnx";
    private static final String SAFETENSORS = ".safetensors";

    @Mixin
    private Common common;

    @Option(names = "--run", paramLabel = "RUN", required = true, description = "The folder of a run.")
    private Path run;

    @Option(names = "--out", paramLabel = "FILE", required = true,
            description = "The file to write, NAME.onnx or NAME.safetensors; what was there is replaced.")
    private Path out;

    @Option(names = "--names", paramLabel = "NAMES",
            description = "Names of the weights in a .safetensors file: own (the default) or official.")
    private Names names;

    @Override
    public Integer call() throws IOException {
        String ending = out.toString().toLowerCase(Locale.ROOT);
        boolean onnx = ending.endsWith(ONNX);
        if (!onnx && !ending.endsWith(SAFETENSORS)) {
            throw new UserException(
                    "--out " + out + ": the ending decides what is written; give NAME" + ONNX + " or NAME"
                            + SAFETENSORS);
        }
        if (onnx && names != null) {
            throw new UserException("--names is for " + SAFETENSORS + " files; leave it out, or change --out " + out);
        }
        Run trained = Run.open(run);
        if (out.toAbsolutePath().normalize().startsWith(run.toAbsolutePath().normalize())) {
            throw new UserException(
                    out + " lies in the folder of the run, whose files belong to it; choose another --out");
        }
        try (Backend backend = common.openBackend()) {
            Classifier model = trained.load(backend);
            if (onnx) {
                OnnxExport.write(out, model, trained.config().normalization(), metadata(trained));
            } else {
                Safetensors.write(out, weights(model), metadata(trained));
            }
        }
        Result result = new Result(run.toString(), trained.weights().toString(), out.toString(), Files.size(out),
                trained.classes().names().size(), trained.config().imageSize());
        common.print(result, "wrote " + out + ": " + result.bytes + " bytes, " + result.classes + " classes, from "
                + result.weights);
        return Main.DONE;
    }

    private static Map<String, String> metadata(Run run) {
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put("classes", JsonMapper.shared().writeValueAsString(run.classes().names()));
        metadata.put("image_size", Integer.toString(run.config().imageSize()));
        metadata.put("normalisation", run.config().normalisation());
        return metadata;
    }

    private Map<String, HostTensor> weights(Classifier model) {
        Map<String, HostTensor> weights = new LinkedHashMap<>();
        StateDict.export(model).forEach((name, weight) -> weights
                .put(names == Names.OFFICIAL ? WeightNames.toOfficial(name) : name, weight));
        return weights;
    }
}
