package dev.cprfl.model.data;

/** The interpolation filters of PIL's {@code Image.resize}. */
public enum Resample {

    /** Triangle of radius 1. */
    BILINEAR(1) {
        @Override
        double weight(double x) {
            return Math.max(0, 1 - Math.abs(x));
        }
    },

    /** Keys' cubic of radius 2 with a = -0.5. */
    BICUBIC(2) {
        @Override
        double weight(double x) {
            double a = -0.5;
            double d = Math.abs(x);
            if (d < 1) {
                return ((a + 2) * d - (a + 3)) * d * d + 1;
            }
            return d < 2 ? (((d - 5) * d + 8) * d - 4) * a : 0;
        }
    };

    /** Half the filter's width in output pixels. */
    final double radius;

    Resample(double radius) {
        this.radius = radius;
    }

    abstract double weight(double x);
}
