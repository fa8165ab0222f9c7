package dev.cprfl.kernels;

/**
 * The settings of one AdamW step (Loshchilov and Hutter 2019; PyTorch's {@code optim.AdamW}).
 *
 * @param step number of this step for the parameter, from 1 on
 */
public record AdamWStep(double lr, double beta1, double beta2, double eps, double weightDecay, int step) {

    /** 1 - beta1^step with this step's beta1, which the schedule may change. */
    public double biasCorrection1() {
        return 1 - Math.pow(beta1, step);
    }

    public double biasCorrection2() {
        return 1 - Math.pow(beta2, step);
    }
}
