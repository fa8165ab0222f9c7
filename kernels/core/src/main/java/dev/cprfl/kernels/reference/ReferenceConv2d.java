package dev.cprfl.kernels.reference;

import dev.cprfl.kernels.ConvShape;

/**
 * Two-dimensional convolution. All three passes walk the same products x[b, h, w, i] weight[o, r, s, i] of y[b, p, q, o] with
 * h = p stride + r - padding and w = q stride + s - padding inside the image; each sums them into a different operand.
 */
final class ReferenceConv2d {

    private ReferenceConv2d() {}

    static void conv2d(ConvShape shape, ReferenceStorage x, ReferenceStorage weight, ReferenceStorage bias,
            ReferenceStorage y) {
        for (int i = 0; i < shape.outputLength(); i++) {
            y.set(i, bias == null ? 0 : bias.get(i % shape.outChannels()));
        }
        forEachProduct(shape, (xi, wi, yi) -> y.add(yi, x.get(xi) * weight.get(wi)));
    }

    static void conv2dRelu(ConvShape shape, ReferenceStorage x, ReferenceStorage weight, ReferenceStorage bias,
            ReferenceStorage residual, ReferenceStorage y) {
        conv2d(shape, x, weight, bias, y);
        for (int i = 0; i < shape.outputLength(); i++) {
            double sum = y.get(i) + (residual == null ? 0 : residual.get(i));
            y.set(i, sum < 0 ? 0 : sum);
        }
    }

    static void conv2dBackwardInput(ConvShape shape, ReferenceStorage dy, ReferenceStorage weight,
            ReferenceStorage dx) {
        for (int i = 0; i < shape.inputLength(); i++) {
            dx.set(i, 0);
        }
        forEachProduct(shape, (xi, wi, yi) -> dx.add(xi, dy.get(yi) * weight.get(wi)));
    }

    static void conv2dBackwardWeight(ConvShape shape, ReferenceStorage x, ReferenceStorage dy, ReferenceStorage dw) {
        for (int i = 0; i < shape.weightLength(); i++) {
            dw.set(i, 0);
        }
        forEachProduct(shape, (xi, wi, yi) -> dw.add(wi, dy.get(yi) * x.get(xi)));
    }

    /** Takes the indices of one product: of x, of the weight and of y. */
    private interface Product {
        void at(int xi, int wi, int yi);
    }

    private static void forEachProduct(ConvShape shape, Product product) {
        for (int b = 0; b < shape.batch(); b++) {
            for (int p = 0; p < shape.outHeight(); p++) {
                for (int q = 0; q < shape.outWidth(); q++) {
                    for (int o = 0; o < shape.outChannels(); o++) {
                        int yi = ((b * shape.outHeight() + p) * shape.outWidth() + q) * shape.outChannels() + o;
                        forEachProduct(shape, b, p, q, o, yi, product);
                    }
                }
            }
        }
    }

    private static void forEachProduct(ConvShape shape, int b, int p, int q, int o, int yi, Product product) {
        for (int r = 0; r < shape.kernelHeight(); r++) {
            for (int s = 0; s < shape.kernelWidth(); s++) {
                int h = p * shape.stride() + r - shape.padding();
                int w = q * shape.stride() + s - shape.padding();
                if (h < 0 || h >= shape.height() || w < 0 || w >= shape.width()) {
                    continue;
                }
                for (int i = 0; i < shape.inChannels(); i++) {
                    int xi = ((b * shape.height() + h) * shape.width() + w) * shape.inChannels() + i;
                    int wi = ((o * shape.kernelHeight() + r) * shape.kernelWidth() + s) * shape.inChannels() + i;
                    product.at(xi, wi, yi);
                }
            }
        }
    }
}
