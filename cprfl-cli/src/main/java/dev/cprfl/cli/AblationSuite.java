package dev.cprfl.cli;

import dev.cprfl.model.NearestName;
import dev.cprfl.model.StrictYaml;
import dev.cprfl.model.training.RunConfig;
import dev.cprfl.tensor.UserException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The variants of an ablation.
 *
 * @param preset that all variants start from, or null
 * @param seeds how many trainings of each variant
 * @param set settings {@code key=value} of all variants
 * @param variants the first is the one that the others are compared with
 */
record AblationSuite(String preset, Integer seeds, List<String> set, List<Variant> variants) {

    private static final String BUILT_IN = "ablation.yaml";

    /**
     * One variant.
     *
     * @param name names its folder too
     * @param about what it is, in a few words, or null
     * @param set its settings, after those of all
     */
    record Variant(String name, String about, List<String> set) {

        Variant {
            set = set == null ? List.of() : List.copyOf(set);
        }
    }

    AblationSuite {
        set = set == null ? List.of() : List.copyOf(set);
        variants = variants == null ? List.of() : List.copyOf(variants);
        if (variants.isEmpty()) {
            throw new UserException("there are no variants");
        }
        Set<String> names = new HashSet<>();
        for (Variant variant : variants) {
            if (variant.name == null || !variant.name.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,60}")) {
                throw new UserException("the name of a variant is made of letters, digits, '.', '_' and '-', is "
                        + variant.name);
            }
            if (!names.add(variant.name)) {
                throw new UserException("two variants are called " + variant.name);
            }
        }
        if (seeds != null && seeds < 1) {
            throw new UserException("seeds must be at least 1, is " + seeds);
        }
    }

    /** @param file a YAML file; null for the built-in suite */
    static AblationSuite read(Path file) {
        if (file != null) {
            return StrictYaml.read(file, AblationSuite.class);
        }
        try (InputStream in = AblationSuite.class.getResourceAsStream(BUILT_IN)) {
            String yaml = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return StrictYaml.bind(StrictYaml.parse(yaml, BUILT_IN), AblationSuite.class, BUILT_IN);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The variants of these names, in the suite's order; all where there are none. */
    List<Variant> only(List<String> names) {
        List<String> known = variants.stream().map(Variant::name).toList();
        for (String name : names) {
            if (!known.contains(name)) {
                throw new UserException("--only " + name + ": no such variant" + NearestName.hint(name, known));
            }
        }
        return variants.stream().filter(variant -> names.isEmpty() || names.contains(variant.name)).toList();
    }

    /** The configuration of one training; the settings {@code more} come last. */
    RunConfig config(Variant variant, List<String> more) {
        List<String> all = new ArrayList<>(set);
        all.addAll(variant.set);
        all.addAll(more);
        try {
            return RunConfig.load(preset, null, all);
        } catch (UserException e) {
            throw new UserException("variant " + variant.name + ": " + e.getMessage(), e);
        }
    }
}
