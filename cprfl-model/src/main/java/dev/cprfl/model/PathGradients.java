package dev.cprfl.model;

import dev.cprfl.tensor.Tensor;

/**
 * How the two paths of E10 pull at the prompts in one step. A path that is cut has norm zero.
 *
 * @param direct norm of the gradient on the direct path, over all prompts
 * @param indirect norm of the gradient on the indirect path
 * @param cosine of the angle between the two; null where one of them is zero
 */
public record PathGradients(double direct, double indirect, Double cosine) {

    /**
     * @param direct dL/dP on the direct path, [c, d], or null where it is cut
     * @param indirect dL/dP on the indirect path, [c, d], or null where it is cut
     */
    public static PathGradients of(Tensor direct, Tensor indirect) {
        double[] a = direct == null ? new double[0] : direct.toDoubles();
        double[] b = indirect == null ? new double[0] : indirect.toDoubles();
        double normA = Math.sqrt(dot(a, a));
        double normB = Math.sqrt(dot(b, b));
        double product = normA * normB;
        return new PathGradients(normA, normB, product > 0 ? dot(a, b) / product : null);
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < Math.min(a.length, b.length); i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }
}
