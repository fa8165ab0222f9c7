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
 * @param cutDirectPath no gradient from the score straight to the prompts (E10; the authors' {@code no_cls_grad})
 * @param cutIndirectPath no gradient through the refined prompts, so only the prompt initialiser learns (E10; the authors'
 *     {@code no_feature_grad})
 */
public record CprflConfig(ResNetConfig backbone, int jointDim, int textDim, double promptHiddenRatio, int heads,
        int headDim, int mlpDim, int depth, double dropout, boolean cutDirectPath, boolean cutIndirectPath) {

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
        if (cutDirectPath && cutIndirectPath) {
            throw new UserException(
                    "cutDirectPath and cutIndirectPath together leave nothing to learn; set one of them");
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

    /** The same network with other switches of E10. */
    public CprflConfig withPaths(boolean cutDirect, boolean cutIndirect) {
        return new CprflConfig(backbone, jointDim, textDim, promptHiddenRatio, heads, headDim, mlpDim, depth, dropout,
                cutDirect, cutIndirect);
    }
}
