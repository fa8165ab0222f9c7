package dev.cprfl.model;

import dev.cprfl.model.resnet.ResNetConfig;
import dev.cprfl.tensor.UserException;

/**
 * The sizes and switches of the network; letters as in the paper.
 *
 * @param backbone size of the ResNet
 * @param jointDim d, width of tokens and prompts
 * @param textDim m, width of the text embeddings
 * @param promptHiddenRatio tau; the prompt initialiser's hidden width is t = tau d, rounded down
 * @param heads H
 * @param headDim e, width of a head
 * @param mlpDim hidden width of the encoder's MLP
 * @param depth encoder layers
 * @param dropout probability, in the encoder
 * @param promptInit where the prompts come from
 * @param cutPath which path of E10 is closed
 */
public record CprflConfig(ResNetConfig backbone, int jointDim, int textDim, double promptHiddenRatio, int heads,
        int headDim, int mlpDim, int depth, double dropout, PromptInit promptInit, CutPath cutPath) {

    public CprflConfig {
        positive(jointDim, "jointDim");
        positive(textDim, "textDim");
        positive(heads, "heads");
        positive(headDim, "headDim");
        positive(mlpDim, "mlpDim");
        positive(depth, "depth");
        positive((int) (jointDim * promptHiddenRatio), "promptHiddenRatio times jointDim");
        if (!(dropout >= 0 && dropout < 1)) {
            throw new UserException("dropout must lie in [0, 1), is " + dropout);
        }
    }

    private static void positive(int value, String name) {
        if (value < 1) {
            throw new UserException(name + " must be at least 1, is " + value);
        }
    }

    /** t. */
    public int promptHiddenDim() {
        return (int) (jointDim * promptHiddenRatio);
    }
}
