package dev.cprfl.model.data;

import java.util.List;

/** The images of a split, decoded from their files in the size they have. */
public record FileSamples(List<Sample> samples, int classes, ImageReader reader) implements Samples {

    @Override
    public int size() {
        return samples.size();
    }

    @Override
    public List<Integer> labels(int index) {
        return samples.get(index).labels();
    }

    @Override
    public Image image(int index) {
        return reader.read(samples.get(index).image());
    }

    @Override
    public String name(int index) {
        return samples.get(index).image().toString();
    }
}
