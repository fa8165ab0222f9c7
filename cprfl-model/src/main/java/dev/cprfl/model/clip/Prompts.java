package dev.cprfl.model.clip;

import dev.cprfl.tensor.Tensor;
import dev.cprfl.tensor.UserException;
import java.util.List;

/**
 * The sentences about each class, and their mean embedding.
 *
 * @param templates sentences with {@code {}} in the place of the class name
 * @param truncate whether sentences that CLIP is too short for are cut
 */
public record Prompts(List<String> templates, boolean truncate) {

    /** The authors' only sentence. */
    public static final String DEFAULT_TEMPLATE = "a photo of a {}.";

    private static final String NAME = "{}";

    public Prompts {
        templates = templates.isEmpty() ? List.of(DEFAULT_TEMPLATE) : List.copyOf(templates);
        for (String template : templates) {
            if (!template.contains(NAME)) {
                throw new UserException("the template '" + template + "' has no {} for the class name, such as '"
                        + DEFAULT_TEMPLATE + "'");
            }
        }
    }

    /**
     * The sentences of one template as tokens. An underscore in a name is a blank, as in the authors' code.
     *
     * @throws UserException if a sentence is too long and shall not be cut
     */
    public List<int[]> tokens(String template, List<String> names, Tokenizer tokenizer, int context) {
        return names.stream()
                .map(name -> tokenizer.encode(template.replace(NAME, name.replace('_', ' ')), context, truncate))
                .toList();
    }

    /**
     * W: the mean over the templates of E2, without any normalisation.
     *
     * @return [names, m]
     */
    public Tensor embed(List<String> names, Tokenizer tokenizer, TextEncoder encoder) {
        Tensor sum = null;
        for (String template : templates) {
            Tensor one = encoder.embed(tokens(template, names, tokenizer, encoder.config().context()));
            if (sum == null) {
                sum = one;
            } else {
                sum.backend().accumulate(1, one.storage(), sum.storage());
                one.release();
            }
        }
        sum.backend().scale(1.0 / templates.size(), sum.storage(), sum.storage());
        return sum;
    }
}
