package dev.cprfl.bench.steps;

/** Step 1: the formula. Every number of C is a row of A times a column of B. */
public final class NaiveProduct {

    private NaiveProduct() {}

    /** C = A B. */
    public static void multiply(int m, int n, int k, float[] a, float[] b, float[] c) {
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                float sum = 0;
                for (int p = 0; p < k; p++) {
                    sum += a[i * k + p] * b[p * n + j];
                }
                c[i * n + j] = sum;
            }
        }
    }
}
