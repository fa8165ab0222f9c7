package dev.cprfl.cli.report;

import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.SingularOps_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.SingularValueDecomposition_F64;

/** Where prompts lie: a plane to look at them, and how alike they are. */
final class PromptGeometry {

    /**
     * Points in the plane.
     *
     * @param points [n][2], in the order of the rows
     * @param explained part of the variance that the plane shows, in [0, 1]
     */
    @SuppressWarnings("ArrayRecordComponent") // compared by nobody
    record Plane(double[][] points, double explained) {}

    private PromptGeometry() {}

    /** The two principal components of rows, by the singular value decomposition of what is left without their mean. */
    static Plane principalPlane(double[][] rows) {
        int columns = rows[0].length;
        DMatrixRMaj centred = new DMatrixRMaj(rows);
        for (int j = 0; j < columns; j++) {
            double mean = 0;
            for (double[] row : rows) {
                mean += row[j] / rows.length;
            }
            for (int i = 0; i < rows.length; i++) {
                centred.add(i, j, -mean);
            }
        }
        SingularValueDecomposition_F64<DMatrixRMaj> svd = DecompositionFactory_DDRM.svd(rows.length, columns, true,
                false,
                true);
        if (!svd.decompose(centred)) {
            throw new IllegalArgumentException("the prompts have no singular value decomposition; are they finite?");
        }
        DMatrixRMaj u = svd.getU(null, false);
        DMatrixRMaj w = svd.getW(null);
        SingularOps_DDRM.descendingOrder(u, false, w, null, false);
        int rank = Math.min(w.numRows, w.numCols);
        double total = 0;
        for (int k = 0; k < rank; k++) {
            total += w.get(k, k) * w.get(k, k);
        }
        double[][] points = new double[rows.length][2];
        double shown = 0;
        for (int k = 0; k < Math.min(2, rank); k++) {
            shown += w.get(k, k) * w.get(k, k);
            for (int i = 0; i < rows.length; i++) {
                points[i][k] = u.get(i, k) * w.get(k, k);
            }
        }
        return new Plane(points, total > 0 ? shown / total : 1);
    }

    /** Cosines between rows, [n][n]; 0 where a row is zero. */
    static double[][] cosines(double[][] rows) {
        double[][] cosines = new double[rows.length][rows.length];
        for (int i = 0; i < rows.length; i++) {
            for (int j = 0; j < rows.length; j++) {
                double norms = Math.sqrt(dot(rows[i], rows[i]) * dot(rows[j], rows[j]));
                cosines[i][j] = norms > 0 ? dot(rows[i], rows[j]) / norms : 0;
            }
        }
        return cosines;
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }
}
