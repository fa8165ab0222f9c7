package dev.cprfl.kernels.reference;

import dev.cprfl.kernels.GemmShape;

/** Matrix products: C[i, j] = bias[j] + sum over p of op(A)[i, p] op(B)[p, j]. */
final class ReferenceGemm {

    private ReferenceGemm() {}

    static void gemm(GemmShape shape, ReferenceStorage a, ReferenceStorage b, ReferenceStorage bias,
            ReferenceStorage c) {
        for (int batch = 0; batch < shape.batch(); batch++) {
            int baseA = batch * shape.strideA();
            int baseB = batch * shape.strideB();
            int baseC = batch * shape.strideC();
            for (int i = 0; i < shape.m(); i++) {
                for (int j = 0; j < shape.n(); j++) {
                    double sum = bias == null ? 0 : bias.get(j);
                    for (int p = 0; p < shape.k(); p++) {
                        int ip = shape.transposeA() ? p * shape.lda() + i : i * shape.lda() + p;
                        int pj = shape.transposeB() ? j * shape.ldb() + p : p * shape.ldb() + j;
                        sum += a.get(baseA + ip) * b.get(baseB + pj);
                    }
                    c.set(baseC + i * shape.ldc() + j, sum);
                }
            }
        }
    }
}
