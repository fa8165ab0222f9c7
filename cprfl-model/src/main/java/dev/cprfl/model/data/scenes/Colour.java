package dev.cprfl.model.data.scenes;

/** The first word of a category's name. Red, green and blue are in [0, 1]. */
enum Colour {
    RED(0.86, 0.14, 0.16), BLUE(0.16, 0.34, 0.86), GREEN(0.16, 0.62, 0.24), YELLOW(0.95, 0.86, 0.18), PURPLE(0.60, 0.20,
            0.74);

    final double red;
    final double green;
    final double blue;

    Colour(double red, double green, double blue) {
        this.red = red;
        this.green = green;
        this.blue = blue;
    }
}
