package dev.cprfl.audit.golden;

import dev.cprfl.autograd.Gradients;
import dev.cprfl.autograd.Parameter;
import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.autograd.nn.Initializer;
import dev.cprfl.autograd.nn.StateDict;
import dev.cprfl.autograd.ops.Multiply;
import dev.cprfl.autograd.ops.SumAll;
import dev.cprfl.kernels.Backend;
import dev.cprfl.model.resnet.ResNet;
import dev.cprfl.model.resnet.ResNetConfig;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import dev.cprfl.tensor.io.HostTensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import tools.jackson.databind.JsonNode;

/** ResNets of full size against torchvision: feature maps of every stage, gradients, batch statistics. */
final class ResNets {

    private static final List<String> STAGES = List.of("stem", "layer1", "layer2", "layer3", "layer4");

    private ResNets() {}

    static void features(GoldenCase golden, Backend backend, Comparison comparison) {
        ResNet network = network(golden, backend, false);
        network.train(false);
        Map<String, double[]> stages = new LinkedHashMap<>();
        network.forward(Variable.constant(images(golden, backend)),
                stage -> stages.put(STAGES.get(stages.size()), Layouts.nchw(stage.value())));
        STAGES.forEach(stage -> {
            double[] values = stages.get(stage);
            comparison.check(stage + ".values", Layouts.sample(values, golden.stored(stage + ".index")));
            comparison.check(stage + ".mean_std", meanAndStd(values));
        });
    }

    /** The sum of the squared features is differentiated, with batch statistics. */
    static void gradients(GoldenCase golden, Backend backend, Comparison comparison) {
        ResNet network = network(golden, backend, true);
        Map<String, Parameter> parameters = network.namedParameters();
        try (Tape tape = Tape.start()) {
            Variable features = network.forward(Variable.constant(images(golden, backend)));
            tape.retain(features);
            Variable loss = SumAll.apply(Multiply.apply(features, features));
            Gradients gradients = tape.backward(loss);
            comparison.check("loss", loss.value().toDoubles());
            comparison.check("features",
                    Layouts.sample(Layouts.nchw(features.value()), golden.stored("features.index")));
            for (String name : golden.strings("sampled_params")) {
                comparison.check("grad/" + name, Layouts.sample(outside(gradients, parameters.get(name)),
                        golden.stored("grad/" + name + ".index")));
            }
            compareNorms(golden, gradients, parameters, comparison);
        }
        Map<String, HostTensor> state = StateDict.export(network);
        for (String buffer : golden.below("after/").keySet()) {
            comparison.check("after/" + buffer,
                    Layouts.sample(state.get(buffer).toDoubles(), golden.stored("after/" + buffer + ".index")));
        }
    }

    /** The length of every parameter's gradient, each under its own tolerance. */
    private static void compareNorms(GoldenCase golden, Gradients gradients, Map<String, Parameter> parameters,
            Comparison comparison) {
        List<String> names = golden.strings("param_names");
        double[] truth = golden.truth("grad_norms");
        double[] tolerance = golden.truth("grad_norms.rel_tol");
        for (int i = 0; i < truth.length; i++) {
            double[] gradient = outside(gradients, parameters.get(names.get(i)));
            double norm = Math.sqrt(Arrays.stream(gradient).map(g -> g * g).sum());
            comparison.check("norm of grad/" + names.get(i), new double[]{norm}, new double[]{truth[i]},
                    tolerance[i] * truth[i], Double.POSITIVE_INFINITY);
        }
    }

    private static double[] outside(Gradients gradients, Parameter parameter) {
        return StateDict.toHost(gradients.get(parameter), parameter.layout()).toDoubles();
    }

    private static ResNet network(GoldenCase golden, Backend backend, boolean smallBlockNorms) {
        ResNet network = new ResNet(ResNetConfig.named(golden.attribute("arch").asString()),
                Initializer.unset(backend));
        FormulaWeights.fill(network, golden.attribute("prefix").asString(), UnaryOperator.identity(), smallBlockNorms);
        return network;
    }

    private static Tensor images(GoldenCase golden, Backend backend) {
        int[] extents = golden.attribute("input_shape").valueStream().mapToInt(JsonNode::asInt).toArray();
        return Layouts.nhwc(backend, FormulaWeights.image(golden.attribute("input").asString(), Shape.of(extents)));
    }

    private static double[] meanAndStd(double[] values) {
        double mean = Arrays.stream(values).average().orElseThrow();
        double variance = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).average().orElseThrow();
        return new double[]{mean, Math.sqrt(variance)};
    }
}
