package dev.cprfl.model.data;

/**
 * A file's bytes, reduced to what decides its pixels, and what the dropped parts said about showing them.
 *
 * @param orientation EXIF orientation, 1 to 8; 1 is upright
 */
@SuppressWarnings("ArrayRecordComponent") // carries the bytes from the cleaner to the decoder, nothing else
record EncodedImage(byte[] bytes, int orientation, Inks inks) {

    /** What the decoded channels mean; four-channel JPEG files are the only ones the JDK does not turn into grey or RGB. */
    enum Inks {
        NONE, CMYK, YCCK
    }
}
