package dev.cprfl.model.data.scenes;

import static dev.cprfl.model.data.scenes.Colour.BLUE;
import static dev.cprfl.model.data.scenes.Colour.GREEN;
import static dev.cprfl.model.data.scenes.Colour.PURPLE;
import static dev.cprfl.model.data.scenes.Colour.RED;
import static dev.cprfl.model.data.scenes.Colour.YELLOW;
import static dev.cprfl.model.data.scenes.Figure.CIRCLE;
import static dev.cprfl.model.data.scenes.Figure.CROSS;
import static dev.cprfl.model.data.scenes.Figure.STAR;
import static dev.cprfl.model.data.scenes.Figure.TRIANGLE;

import java.util.List;
import java.util.Locale;

/** A colour and a figure, named like "purple star". */
record Category(Colour colour, Figure figure) {

    /**
     * The 20 categories, from the most to the least frequent in training: 6 head, 6 medium and 8 tail classes. The head
     * classes show every word, so that each tail class shares both of its words with frequent ones.
     */
    static final List<Category> ALL = List.of( //
            new Category(RED, CIRCLE), new Category(BLUE, CROSS), new Category(GREEN, TRIANGLE),
            new Category(YELLOW, STAR), new Category(PURPLE, CIRCLE), new Category(BLUE, TRIANGLE), //
            new Category(RED, STAR), new Category(GREEN, CROSS), new Category(YELLOW, CIRCLE),
            new Category(PURPLE, CROSS), new Category(BLUE, CIRCLE), new Category(RED, TRIANGLE), //
            new Category(RED, CROSS), new Category(BLUE, STAR), new Category(GREEN, CIRCLE),
            new Category(YELLOW, CROSS),
            new Category(GREEN, STAR), new Category(PURPLE, TRIANGLE), new Category(YELLOW, TRIANGLE),
            new Category(PURPLE, STAR));

    String words() {
        return (colour + " " + figure).toLowerCase(Locale.ROOT);
    }
}
