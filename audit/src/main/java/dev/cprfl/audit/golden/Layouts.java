package dev.cprfl.audit.golden;

import dev.cprfl.kernels.Backend;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import dev.cprfl.tensor.io.HostTensor;
import java.util.Arrays;

/** Between PyTorch's order of numbers and ours, and the parts of large results that were stored. */
public final class Layouts {

    private Layouts() {}

    /** PyTorch's images [B, 3, H, W] as ours, [B, H, W, 3]. */
    public static Tensor nhwc(Backend backend, HostTensor images) {
        Shape shape = images.shape();
        Tensor nchw = images.toTensor(backend);
        Tensor nhwc = Tensor.allocate(backend,
                Shape.of(shape.extent(0), shape.extent(2), shape.extent(3), shape.extent(1)));
        backend.transpose(shape.extent(0), shape.extent(1), shape.length(2, 4), nchw.storage(), nhwc.storage());
        nchw.release();
        return nhwc;
    }

    /** Our feature maps [B, h, w, C] in PyTorch's order, [B, C, h, w]. */
    static double[] nchw(Tensor map) {
        Shape shape = map.shape();
        Tensor turned = Tensor.allocate(map.backend(), shape);
        map.backend().transpose(shape.extent(0), shape.length(1, 3), shape.extent(3), map.storage(), turned.storage());
        double[] values = turned.toDoubles();
        turned.release();
        return values;
    }

    /** The numbers at the flat places that a case stored. */
    static double[] sample(double[] values, HostTensor index) {
        return Arrays.stream(index.toLongs()).mapToDouble(i -> values[Math.toIntExact(i)]).toArray();
    }

    /** Of each image the last rows of [B, rows, width]: those of the prompts. */
    static double[] lastRows(double[] all, Shape rows) {
        int batch = rows.extent(0);
        int wanted = rows.length(1, 3);
        int size = all.length / batch;
        double[] picked = new double[batch * wanted];
        for (int b = 0; b < batch; b++) {
            System.arraycopy(all, (b + 1) * size - wanted, picked, b * wanted, wanted);
        }
        return picked;
    }
}
