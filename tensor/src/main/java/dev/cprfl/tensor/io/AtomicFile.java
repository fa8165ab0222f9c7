package dev.cprfl.tensor.io;

import dev.cprfl.tensor.UserException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * Replaces a file as a whole or not at all: the content goes to a temporary file in the same folder, is forced to the disk
 * and then takes the name. A crash, a full disk or a failing writer leaves the old file as it was.
 */
public final class AtomicFile {

    /** Writes a file's content. */
    @FunctionalInterface
    public interface Content {

        /** @param out buffered; closed by the caller */
        void writeTo(OutputStream out) throws IOException;
    }

    private static final int BUFFER = 1 << 16;

    private AtomicFile() {}

    /** @throws UserException if the file cannot be written; it then still has its old content */
    public static void write(Path file, byte[] content) {
        write(file, content.length, out -> out.write(content));
    }

    /**
     * Writes a file piece by piece.
     *
     * @param bytes how long the file will be, for the message where it does not fit
     * @throws UserException if the file cannot be written; it then still has its old content
     */
    public static void write(Path file, long bytes, Content content) {
        try {
            replace(file, content);
        } catch (IOException e) {
            String kept = Files.exists(file) ? "; what was there is unchanged" : "";
            throw new UserException(
                    "cannot write " + file + " (" + bytes + " bytes" + free(file) + "): " + FileErrors.reason(e) + kept,
                    e);
        }
    }

    private static void replace(Path file, Content content) throws IOException {
        Path target = Files.exists(file) ? file.toRealPath() : file.toAbsolutePath();
        if (Files.exists(target) && !Files.isRegularFile(target)) {
            throw new IOException("not a regular file");
        }
        Path folder = target.getParent();
        Path temporary = folder.resolve("." + target.getFileName() + "." + UUID.randomUUID() + ".tmp");
        try {
            try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.CREATE_NEW,
                    StandardOpenOption.WRITE)) {
                OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER);
                content.writeTo(out);
                out.flush();
                channel.force(true);
            }
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(temporary);
        }
        forceFolder(folder);
    }

    /** Makes the new name itself survive a power cut. Only POSIX systems let a folder be opened for this. */
    private static void forceFolder(Path folder) throws IOException {
        if (folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }

    private static String free(Path file) {
        try {
            return ", " + Files.getFileStore(file.toAbsolutePath().getParent()).getUsableSpace() + " free there";
        } catch (IOException unknown) {
            return "";
        }
    }
}
