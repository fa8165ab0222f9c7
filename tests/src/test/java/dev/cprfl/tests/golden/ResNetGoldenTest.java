package dev.cprfl.tests.golden;

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
import dev.cprfl.tensor.Scope;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import dev.cprfl.tensor.io.HostTensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** ResNets of full size against torchvision: feature maps of every stage, gradients, batch statistics. */
class ResNetGoldenTest {

    private static final Golden GOLDEN = Golden.part("resnet_full");
    private static final List<String> STAGES = List.of("stem", "layer1", "layer2", "layer3", "layer4");

    /** The reference backend, in plain loops, takes the smallest only. */
    static Stream<Arguments> networks() {
        return Stream.concat(Golden.onBackends(true, "resnet18_224"),
                Golden.onBackends(false, "resnet50_224", "resnet101_224", "resnet101_448"));
    }

    @ParameterizedTest
    @MethodSource("networks")
    void features(String name, String backendName) {
        JsonNode golden = GOLDEN.named(name);
        Golden.Comparison comparison = GOLDEN.new Comparison(golden, backendName.equals("reference"));
        try (Backend backend = Golden.open(backendName); Scope _ = Scope.open()) {
            ResNet network = network(golden, backend, false);
            network.train(false);
            Map<String, double[]> stages = new LinkedHashMap<>();
            network.forward(Variable.constant(images(golden, backend)),
                    stage -> stages.put(STAGES.get(stages.size()), Golden.nchw(stage.value())));
            stages.forEach((stage, values) -> {
                comparison.check(stage + ".values", sample(values, GOLDEN.tensor(golden, stage + ".index")));
                comparison.check(stage + ".mean_std", meanAndStd(values));
            });
        }
        comparison.verify();
    }

    static Stream<String> fast() {
        return Golden.backends(false);
    }

    @ParameterizedTest
    @MethodSource("fast")
    void gradients(String backendName) {
        JsonNode golden = GOLDEN.named("resnet101_224_train_b2");
        Golden.Comparison comparison = GOLDEN.new Comparison(golden, false);
        try (Backend backend = Golden.open(backendName); Scope _ = Scope.open()) {
            ResNet network = network(golden, backend, true);
            Map<String, Parameter> parameters = network.namedParameters();
            try (Tape tape = Tape.start()) {
                Variable features = network.forward(Variable.constant(images(golden, backend)));
                tape.retain(features);
                Variable loss = SumAll.apply(Multiply.apply(features, features));
                Gradients gradients = tape.backward(loss);
                comparison.check("loss", loss.value().toDoubles());
                comparison.check("features",
                        sample(Golden.nchw(features.value()), GOLDEN.tensor(golden, "features.index")));
                for (String name : Golden.strings(golden.get("attributes").get("sampled_params"))) {
                    comparison.check("grad/" + name, sample(outside(gradients, parameters.get(name)),
                            GOLDEN.tensor(golden, "grad/" + name + ".index")));
                }
                compareNorms(golden, gradients, parameters, comparison);
            }
            Map<String, HostTensor> state = StateDict.export(network);
            for (String buffer : GOLDEN.below(golden, "after/").keySet()) {
                comparison.check("after/" + buffer,
                        sample(state.get(buffer).toDoubles(), GOLDEN.tensor(golden, "after/" + buffer + ".index")));
            }
        }
        comparison.verify();
    }

    /** The length of every parameter's gradient, each under its own tolerance. */
    private static void compareNorms(JsonNode golden, Gradients gradients, Map<String, Parameter> parameters,
            Golden.Comparison comparison) {
        List<String> names = Golden.strings(golden.get("attributes").get("param_names"));
        double[] truth = GOLDEN.truth(golden, "grad_norms");
        double[] tolerance = GOLDEN.truth(golden, "grad_norms.rel_tol");
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

    private static ResNet network(JsonNode golden, Backend backend, boolean smallBlockNorms) {
        JsonNode a = golden.get("attributes");
        ResNet network = new ResNet(ResNetConfig.named(a.get("arch").asString()), Initializer.zeros(backend));
        FormulaWeights.fill(network, a.get("prefix").asString(), UnaryOperator.identity(), smallBlockNorms);
        return network;
    }

    private static Tensor images(JsonNode golden, Backend backend) {
        JsonNode a = golden.get("attributes");
        int[] extents = a.get("input_shape").valueStream().mapToInt(JsonNode::asInt).toArray();
        return Golden.nhwc(backend, FormulaWeights.image(a.get("input").asString(), Shape.of(extents)));
    }

    static double[] sample(double[] values, HostTensor index) {
        return Arrays.stream(index.toLongs()).mapToDouble(i -> values[Math.toIntExact(i)]).toArray();
    }

    static double[] meanAndStd(double[] values) {
        double mean = Arrays.stream(values).average().orElseThrow();
        double variance = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).average().orElseThrow();
        return new double[]{mean, Math.sqrt(variance)};
    }
}
