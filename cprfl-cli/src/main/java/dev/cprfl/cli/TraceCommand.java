package dev.cprfl.cli;

import dev.cprfl.autograd.Parameter.Layout;
import dev.cprfl.autograd.Variable;
import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.autograd.nn.StateDict;
import dev.cprfl.kernels.Backend;
import dev.cprfl.model.Cprfl;
import dev.cprfl.model.CprflOutput;
import dev.cprfl.model.TracedStep;
import dev.cprfl.model.WeightNames;
import dev.cprfl.model.resnet.ResNet;
import dev.cprfl.model.training.Learner;
import dev.cprfl.model.training.RunConfig;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import dev.cprfl.tensor.UserException;
import dev.cprfl.tensor.io.HostTensor;
import dev.cprfl.tensor.io.Safetensors;
import dev.cprfl.tensor.io.WeightFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Lets another implementation be compared with this one, number by number. */
@Command(name = "trace", mixinStandardHelpOptions = true,
        description = {"Run given weights on given batches and write every intermediate, the loss, every gradient, and"
                + " every weight after some optimizer steps.",
            "Tensors are written in PyTorch's layouts. There is no augmentation."},
        footer = {"", "Examples:",
            "  cprfl trace --config small.yaml --weights w.safetensors --batch b.safetensors --out t.safetensors",
            "  cprfl trace --config small.yaml --weights authors.safetensors --batch b.safetensors \\",
            "      --train-mode --grads --steps 12 --names official --out t.safetensors",
            "", "The batch file holds images [B,3,H,W], already normalised, targets [B,c] and text_features [c,m];",
            "for several batches images.0, targets.0, images.1, ..., which --steps uses in turn.",
            "Written are backbone, tokens (F), prompts (P), refined (P'), attention, logits, loss, grad.NAME,",
            "grad_direct.prompts and grad_indirect.prompts, step.K.loss, step.K.lr (K from 0), weight.NAME, ema.NAME.",
            "Weights may come under the names of this project, of the authors' model or, for a backbone alone,",
            "torchvision's; of a backbone alone only its output is written."})
final class TraceCommand implements Callable<Integer> {

    /** How weights are called in the output. */
    enum Names {
        OWN, OFFICIAL
    }

    /** @param targets [B, c], or null where the file has none */
    private record Batch(HostTensor images, HostTensor targets) {}

    private record Result(String out, int tensors, Double loss, List<Double> stepLosses) {}

    private static final String TEXT = "text_features";
    private static final String TEXT_ENCODER = "text_encoder.";
    private static final String BACKBONE = "backbone.";

    @Mixin
    private Common common;

    @Option(names = "--config", paramLabel = "C.yaml", required = true,
            description = "The configuration of the network and, for --steps, of the training.")
    private Path configFile;

    @Option(names = "--weights", paramLabel = "W.safetensors", required = true,
            description = "The weights to start from.")
    private Path weightsFile;

    @Option(names = "--batch", paramLabel = "B.safetensors", required = true,
            description = "Images, targets, text features.")
    private Path batchFile;

    @Option(names = "--out", paramLabel = "T.safetensors", required = true, description = "The file to write.")
    private Path out;

    @Option(names = "--train-mode",
            description = "Batch statistics and dropout, as in training; else as in evaluation.")
    private boolean trainMode;

    @Option(names = "--grads", description = "Write the gradient of the loss of the first batch for every weight.")
    private boolean grads;

    @Option(names = "--steps", paramLabel = "N", defaultValue = "0",
            description = "Take N optimizer steps. The schedule is training.totalSteps long, N if that is auto.")
    private int steps;

    @Option(names = "--names", paramLabel = "WHOSE", defaultValue = "own",
            description = "Names of the weights written: own (the default) or official, those of the authors' model.")
    private Names names;

    private final Map<String, HostTensor> written = new LinkedHashMap<>();
    private final List<Double> stepLosses = new ArrayList<>();

    @Override
    public Integer call() {
        RunConfig config = RunConfig.load(null, configFile, common.seedSetting());
        Map<String, HostTensor> weights = new LinkedHashMap<>(
                WeightNames.toOwn(WeightFile.open(weightsFile).tensors()));
        WeightFile file = WeightFile.open(batchFile);
        List<Batch> batches = batches(file);
        boolean backboneAlone = weights.keySet().stream().allMatch(name -> name.startsWith(BACKBONE));
        if (backboneAlone && (grads || steps > 0)) {
            throw new UserException(weightsFile + " holds only a backbone: --grads and --steps need a whole model");
        }
        try (Backend backend = common.openBackend()) {
            if (backboneAlone) {
                traceBackbone(config, weights, batches.getFirst(), backend);
            } else {
                if (weights.keySet().removeIf(name -> name.startsWith(TEXT_ENCODER))) {
                    common.remark("the text encoder's weights are not used: the batch file gives its output");
                }
                traceModel(config, weights, file, batches, backend);
            }
            Safetensors.write(out, written, Map.of("backend", backend.name() + ": " + backend.describe()));
        }
        HostTensor loss = written.get("loss");
        Result result = new Result(out.toString(), written.size(), loss == null ? null : loss.toDoubles()[0],
                stepLosses);
        common.print(result, written.size() + " tensors written to " + out
                + (loss == null ? "" : "\nloss " + result.loss)
                + (stepLosses.isEmpty() ? "" : "\nlosses of the steps " + stepLosses));
        return Main.DONE;
    }

    private void traceBackbone(RunConfig config, Map<String, HostTensor> weights, Batch batch, Backend backend) {
        ResNet backbone = new ResNet(config.resNet(), Initializer.unset(backend));
        Map<String, HostTensor> own = new LinkedHashMap<>();
        weights.forEach((name, weight) -> own.put(name.substring(BACKBONE.length()), weight));
        load(backbone, own);
        backbone.train(trainMode);
        putImages("backbone", backbone.forward(Variable.constant(images(batch, backend))));
    }

    private void traceModel(RunConfig config, Map<String, HostTensor> weights, WeightFile file, List<Batch> batches,
            Backend backend) {
        HostTensor text = file.tensors().getOrDefault(TEXT, weights.get(TEXT));
        if (text == null) {
            throw new UserException(batchFile + " holds no " + TEXT + " [c, m], nor do the weights");
        }
        weights.put(TEXT, text);
        Cprfl model = new Cprfl(config.network(), text.toTensor(backend), Initializer.unset(backend));
        load(model, weights);
        model.train(trainMode);
        model.seed(config.training().seed(), 0);
        Batch first = batches.getFirst();
        if (grads) {
            TracedStep step = TracedStep.run(model, images(first, backend), targets(first, model, backend),
                    config.lossFunction(null));
            put(step.output());
            put("loss", step.loss());
            putGradients(model, step);
        } else {
            CprflOutput output = model.forward(Variable.constant(images(first, backend)));
            put(output);
            if (first.targets != null) {
                put("loss", config.lossFunction(null).apply(output.logits(), targets(first, model, backend)));
            }
        }
        if (steps > 0) {
            load(model, weights); // the pass above moved the running statistics
            takeSteps(config, model, batches, backend);
        }
    }

    private void takeSteps(RunConfig config, Cprfl model, List<Batch> batches, Backend backend) {
        String total = config.training().totalSteps();
        Learner learner = new Learner(model, config.lossFunction(null), config.training(),
                total.equals("auto") ? steps : Integer.parseInt(total));
        if (steps > learner.schedule().totalSteps()) {
            throw new UserException("--steps " + steps + ": the schedule has only " + total + " steps"
                    + " (training.totalSteps in " + configFile + ")");
        }
        for (int k = 0; k < steps; k++) {
            Batch batch = batches.get(k % batches.size());
            double loss = learner.step(k, images(batch, backend), targets(batch, model, backend));
            stepLosses.add(loss);
            written.put("step." + k + ".loss", HostTensor.of(Shape.of(), loss));
            written.put("step." + k + ".lr", HostTensor.of(Shape.of(), learner.schedule().lr(k)));
        }
        putState("weight.", model);
        learner.average().swap();
        putState("ema.", model);
        learner.average().swap();
    }

    // ---- in -----------------------------------------------------------------------------------------------------------

    private List<Batch> batches(WeightFile file) {
        List<Batch> batches = new ArrayList<>();
        for (int i = 0; file.tensors().containsKey("images." + i); i++) {
            batches.add(batch(file, "." + i));
        }
        if (batches.isEmpty()) {
            batches.add(batch(file, ""));
        }
        return batches;
    }

    private Batch batch(WeightFile file, String suffix) {
        HostTensor images = file.get("images" + suffix);
        if (images.shape().rank() != 4 || images.shape().extent(1) != 3) {
            throw new UserException(batchFile + ": images" + suffix + " has shape " + images.shape()
                    + ", needed is [images, 3, height, width]");
        }
        return new Batch(images, file.tensors().get("targets" + suffix));
    }

    private void load(dev.cprfl.autograd.nn.Module module, Map<String, HostTensor> weights) {
        try {
            StateDict.load(module, weights);
        } catch (UserException e) {
            throw new UserException(weightsFile + ": " + e.getMessage(), e);
        }
    }

    /** Images turn from NCHW to NHWC as the weights of a convolution do at this border, from OIHW to OHWI. */
    private static Tensor images(Batch batch, Backend backend) {
        Shape shape = batch.images.shape();
        Tensor images = Tensor.allocate(backend, Shape.of(shape.extent(0), shape.extent(2), shape.extent(3), 3));
        StateDict.fromHost(batch.images, images, Layout.CONVOLUTION);
        return images;
    }

    private Tensor targets(Batch batch, Cprfl model, Backend backend) {
        Shape needed = Shape.of(batch.images.shape().extent(0), model.classes());
        if (batch.targets == null || !batch.targets.shape().equals(needed)) {
            throw new UserException(batchFile + ": the targets "
                    + (batch.targets == null ? "are missing" : "have shape " + batch.targets.shape())
                    + ", needed is " + needed + " (images, classes)");
        }
        return batch.targets.toTensor(backend);
    }

    // ---- out ----------------------------------------------------------------------------------------------------------

    private void put(CprflOutput output) {
        putImages("backbone", output.backbone());
        put("tokens", output.tokens());
        put("prompts", output.prompts());
        put("refined", output.refined());
        put("attention", Variable.constant(output.attention()));
        put("logits", output.logits());
    }

    private void put(String name, Variable variable) {
        put(name, variable.value());
    }

    private void put(String name, Tensor value) {
        written.put(name, StateDict.toHost(value, Layout.PLAIN));
    }

    private void putImages(String name, Variable map) {
        written.put(name, StateDict.toHost(map.value(), Layout.CONVOLUTION));
    }

    private void putGradients(Cprfl model, TracedStep step) {
        model.namedParameters().forEach((name, parameter) -> {
            Tensor gradient = step.gradients().get(parameter);
            if (gradient != null) {
                written.put("grad." + outside(name), StateDict.toHost(gradient, parameter.layout()));
            }
        });
        if (step.directPromptGradient() != null) {
            put("grad_direct.prompts", step.directPromptGradient());
        }
        if (step.indirectPromptGradient() != null) {
            put("grad_indirect.prompts", step.indirectPromptGradient());
        }
    }

    private void putState(String prefix, Cprfl model) {
        StateDict.export(model).forEach((name, value) -> {
            if (!name.equals(TEXT)) {
                written.put(prefix + outside(name), value);
            }
        });
    }

    private String outside(String name) {
        return names == Names.OFFICIAL ? WeightNames.toOfficial(name) : name;
    }
}
