package dev.cprfl.model.data;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;

/** Samples scaled to squares, of which as many are kept in memory as a given number of bytes holds. */
public final class ResizedSamples implements Samples {

    private final Samples source;
    private final int imageSize;
    private final Resample filter;
    private final AtomicLong bytesLeft;
    private final AtomicReferenceArray<Image> kept;

    /** @param cacheBytes memory for decoded and resized images; 0 keeps none */
    public ResizedSamples(Samples source, int imageSize, Resample filter, long cacheBytes) {
        this.source = source;
        this.imageSize = imageSize;
        this.filter = filter;
        this.bytesLeft = new AtomicLong(cacheBytes);
        this.kept = new AtomicReferenceArray<>(source.size());
    }

    @Override
    public Image image(int index) {
        Image image = kept.get(index);
        if (image == null) {
            image = Resize.to(source.image(index), imageSize, imageSize, filter);
            keepIfThereIsRoom(index, image);
        }
        return image;
    }

    private void keepIfThereIsRoom(int index, Image image) {
        long bytes = image.rgb().length;
        if (bytesLeft.addAndGet(-bytes) < 0 || !kept.compareAndSet(index, null, image)) {
            bytesLeft.addAndGet(bytes); // no room, or another thread was faster
        }
    }

    @Override
    public int size() {
        return source.size();
    }

    @Override
    public int classes() {
        return source.classes();
    }

    @Override
    public List<Integer> labels(int index) {
        return source.labels(index);
    }

    @Override
    public String name(int index) {
        return source.name(index);
    }
}
