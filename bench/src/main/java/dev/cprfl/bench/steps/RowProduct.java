package dev.cprfl.bench.steps;

import java.util.Arrays;

/** Step 2: the same sums in another order. The inner loop runs along rows of B and C, so the compiler makes vectors of it. */
public final class RowProduct {

    private RowProduct() {}

    /** C = A B. */
    public static void multiply(int m, int n, int k, float[] a, float[] b, float[] c) {
        rectangle(n, k, a, b, c, 0, m, 0, n);
    }

    /** Rows i0 to i1 - 1 and columns j0 to j1 - 1 of C; the later steps leave their edges to it. */
    static void rectangle(int n, int k, float[] a, float[] b, float[] c, int i0, int i1, int j0, int j1) {
        for (int i = i0; i < i1; i++) {
            Arrays.fill(c, i * n + j0, i * n + j1, 0);
            for (int p = 0; p < k; p++) {
                float x = a[i * k + p];
                for (int j = j0; j < j1; j++) {
                    c[i * n + j] += x * b[p * n + j];
                }
            }
        }
    }
}
