package dev.cprfl.bench;

/** Steps on the way from a JPEG file of COCO's usual size to what the network sees, in one thread. */
public enum Photo implements Work {
    /** Bytes: the file and three for each pixel. The operations of JPEG's transform are not counted. */
    DECODE(0, Photo.JPEG + Photo.RGB),
    /** Two passes, of three or four taps each. Bytes: both images. */
    RESIZE(2 * 3.5 * 3 * (Photo.SIZE * Photo.HEIGHT + Photo.SIZE * Photo.SIZE), Photo.RGB + Photo.RESIZED),
    /** Both, one after the other. */
    DECODE_RESIZE(RESIZE.flop, DECODE.bytes + RESIZE.bytes);

    static final int WIDTH = 640;
    static final int HEIGHT = 480;
    static final int SIZE = 448;

    private static final double RGB = 3.0 * WIDTH * HEIGHT;
    private static final double RESIZED = 3.0 * SIZE * SIZE;
    /** About what the benchmark's file has. */
    private static final double JPEG = 150e3;

    private final double flop;
    private final double bytes;

    Photo(double flop, double bytes) {
        this.flop = flop;
        this.bytes = bytes;
    }

    @Override
    public String title() {
        return name() + " " + WIDTH + " x " + HEIGHT + (this == DECODE ? "" : " to " + SIZE + " x " + SIZE)
                + ", one thread";
    }

    @Override
    public double flop() {
        return flop;
    }

    @Override
    public double bytes() {
        return bytes;
    }
}
