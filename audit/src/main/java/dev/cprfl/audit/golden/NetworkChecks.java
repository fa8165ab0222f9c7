package dev.cprfl.audit.golden;

import dev.cprfl.audit.Check;
import dev.cprfl.audit.Finding;
import dev.cprfl.audit.Result;
import dev.cprfl.kernels.Backend;
import dev.cprfl.tensor.Scope;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Whole networks on a backend against stored results: PyTorch's, torchvision's, OpenAI's and those of the authors' code. */
public final class NetworkChecks {

    /** In double, what is stored in double is met to nine digits: hundreds of operations lie behind each number. */
    private static final double SHARE = 1e-9;

    /** The only network of full size that plain loops compute in seconds. */
    private static final String SMALLEST = "resnet18_224";

    @FunctionalInterface
    private interface Comparer {
        void compare(GoldenCase golden, Backend backend, Comparison comparison);
    }

    private final Backend backend;
    private final boolean inDouble;
    private final List<Check> checks = new ArrayList<>();

    private NetworkChecks(Backend backend) {
        this.backend = backend;
        inDouble = backend.name().equals("reference");
    }

    /** One check a stored case; for the reference backend, in plain loops, those of small networks only. */
    public static List<Check> all(Backend backend) {
        NetworkChecks all = new NetworkChecks(backend);
        for (String part : List.of("vsi", "cprfl_tiny", "train_traj", "resnet_full", "clip_text", "cprfl_full")) {
            GoldenCase.ofPart(part).stream().filter(all::wanted).forEach(all::add);
        }
        return all.checks;
    }

    /** Two steps of training where the factors of products are rounded, within multiples of that rounding. */
    public static List<Check> rounded(Backend backend) {
        return List.of("tiny_train_dual", "tiny_eval_grad").stream().map(GoldenCase::named)
                .map(golden -> new Check("network " + label(golden), golden.name(), () -> {
                    try (Scope _ = Scope.open()) {
                        return List.of(Result.of("network " + label(golden), backend.name() + " against PyTorch",
                                RoundedNetwork.compare(golden, backend)));
                    }
                })).toList();
    }

    private boolean wanted(GoldenCase golden) {
        return !inDouble || isSmall(golden);
    }

    private static boolean isSmall(GoldenCase golden) {
        return golden.name().equals(SMALLEST) || golden.name().equals("clip_text_small")
                || Set.of("vsi", "cprfl_tiny", "train_traj").contains(golden.part());
    }

    private void add(GoldenCase golden) {
        String operation = "network " + label(golden);
        Comparer comparer = comparer(golden);
        checks.add(new Check(operation, golden.name(), () -> {
            Comparison comparison = new Comparison(golden, inDouble ? SHARE : Double.POSITIVE_INFINITY);
            try (Scope _ = Scope.open()) {
                comparer.compare(golden, backend, comparison);
            }
            return results(operation, comparison);
        }));
    }

    private static Comparer comparer(GoldenCase golden) {
        return switch (golden.op()) {
            case "vsi_transformer" -> Interaction::compare;
            case "cprfl_forward" -> TinyNetwork::forward;
            case "cprfl_train_step" -> TinyNetwork::step;
            case "train_trajectory" -> Trajectory::compare;
            case "resnet_features_eval" -> ResNets::features;
            case "resnet_train_grad" -> ResNets::gradients;
            case "clip_text" -> ClipText::compare;
            case "cprfl_full_eval" -> FullNetwork::compare;
            default -> throw new IllegalArgumentException("no check for " + golden.op());
        };
    }

    private static String label(GoldenCase golden) {
        return switch (golden.op()) {
            case "vsi_transformer" -> "VSI";
            case "cprfl_forward" -> "CPRFL forward, small";
            case "cprfl_train_step" -> "CPRFL gradients, small";
            case "train_trajectory" -> "CPRFL training, 12 steps";
            case "resnet_features_eval" -> golden.attribute("arch").asString() + " features";
            case "resnet_train_grad" -> golden.attribute("arch").asString() + " gradients";
            case "clip_text" -> "CLIP text encoder";
            default -> "CPRFL forward, full size";
        };
    }

    /** The prompts and their initialiser stand in a line of their own, and so do the two paths to them. */
    private List<Result> results(String operation, Comparison comparison) {
        Map<String, Finding> found = new LinkedHashMap<>();
        comparison.found().forEach((role, finding) -> found.merge(role.equals("paths")
                ? "network both paths of E10 add up"
                : role.matches("P(\\.values)?|.*label_emb.*") ? "network PI" : operation, finding, Finding::worse));
        if (found.isEmpty()) {
            found.put(operation, comparison.finding());
        }
        return found.entrySet().stream()
                .map(entry -> Result.of(entry.getKey(), backend.name() + " against PyTorch", entry.getValue()))
                .toList();
    }
}
