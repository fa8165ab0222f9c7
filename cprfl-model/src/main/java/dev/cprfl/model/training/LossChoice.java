package dev.cprfl.model.training;

import dev.cprfl.model.loss.AsymmetricLoss;
import dev.cprfl.model.loss.BinaryCrossEntropy;
import dev.cprfl.model.loss.ClassBalancedWeights;
import dev.cprfl.model.loss.ClassFrequencies;
import dev.cprfl.model.loss.FocalLoss;
import dev.cprfl.model.loss.FocalLoss.Focus;
import dev.cprfl.model.loss.LabelWeights;
import dev.cprfl.model.loss.Loss;
import dev.cprfl.model.loss.MultiLabelSoftMargin;
import dev.cprfl.model.loss.NegativeTolerance;
import dev.cprfl.model.loss.RebalancedWeights;
import dev.cprfl.model.loss.Reduction;
import dev.cprfl.tensor.UserException;
import java.util.List;
import java.util.Locale;

/**
 * The losses by the names that a configuration gives them. A name without {@code -official} is the loss as its authors
 * published it; with it, as CPRFL's code computes it: the focusing factor is one number for the whole batch, and the focal
 * losses too have the negative tolerance of the distribution-balanced loss. Without focus the two do not differ.
 */
final class LossChoice {

    static final List<String> NAMES = List.of("asl", "bce", "mls", "focal", "focal-official", "cb-focal",
            "cb-focal-official", "db", "db-official", "db-nofocal");

    private LossChoice() {}

    static Loss of(RunConfig.Loss s, ClassFrequencies frequencies) {
        Reduction reduction = Reduction.valueOf(s.reduction().toUpperCase(Locale.ROOT));
        return switch (s.name()) {
            case "asl" -> new AsymmetricLoss(s.gammaPos(), s.gammaNeg(), s.clip(), s.eps(), s.detachFocus(), reduction);
            case "bce" -> new BinaryCrossEntropy(reduction);
            case "mls" -> new MultiLabelSoftMargin(reduction);
            case "focal" -> new FocalLoss(s.gamma(), s.balance(), Focus.ELEMENT, null, null, s.scale(), reduction);
            default -> counted(s, needed(s, frequencies), reduction);
        };
    }

    /** The losses that know how frequent each class is. */
    private static Loss counted(RunConfig.Loss s, ClassFrequencies frequencies, Reduction reduction) {
        NegativeTolerance tolerance = new NegativeTolerance(s.negScale(), s.initBias(), frequencies);
        LabelWeights balanced = new ClassBalancedWeights(s.cbBeta(), frequencies);
        LabelWeights rebalanced = new RebalancedWeights(s.mapAlpha(), s.mapBeta(), s.mapGamma(), frequencies);
        return switch (s.name()) {
            case "focal-official" -> focal(s, Focus.BATCH, null, tolerance, reduction);
            case "cb-focal" -> focal(s, Focus.ELEMENT, balanced, null, reduction);
            case "cb-focal-official" -> focal(s, Focus.BATCH, balanced, tolerance, reduction);
            case "db" -> focal(s, Focus.ELEMENT, rebalanced, tolerance, reduction);
            case "db-official" -> focal(s, Focus.BATCH, rebalanced, tolerance, reduction);
            case "db-nofocal" -> new FocalLoss(0, 1, Focus.ELEMENT, rebalanced, tolerance, s.scale(), reduction);
            default -> throw new IllegalArgumentException(s.name());
        };
    }

    private static Loss focal(RunConfig.Loss s, Focus focus, LabelWeights weights, NegativeTolerance tolerance,
            Reduction reduction) {
        return new FocalLoss(s.gamma(), s.balance(), focus, weights, tolerance, s.scale(), reduction);
    }

    private static ClassFrequencies needed(RunConfig.Loss s, ClassFrequencies frequencies) {
        if (frequencies == null) {
            throw new UserException("loss.name " + s.name() + " needs to know how often each class is in the training "
                    + "lists, and there are none here: use asl, bce, mls or focal");
        }
        return frequencies;
    }
}
