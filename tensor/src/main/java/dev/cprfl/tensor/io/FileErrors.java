package dev.cprfl.tensor.io;

import dev.cprfl.tensor.UserException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;

/** Turns trouble with files into one line for people. */
public final class FileErrors {

    private static final int MAX_REASON = 300;

    private FileErrors() {}

    /** A file that cannot be read, with the reason. */
    public static UserException unreadable(Path file, IOException cause) {
        return new UserException("cannot read " + file + ": " + reason(cause), cause);
    }

    /** A file whose content is not what it has to be. The reason may quote the file: it stays short and on one line. */
    static UserException malformed(String file, String format, long offset, String reason) {
        String line = reason.replaceAll("\\p{Cntrl}", "?");
        return new UserException(file + " is not a valid " + format + " file: byte " + offset + ": "
                + line.substring(0, Math.min(line.length(), MAX_REASON)));
    }

    /** What went wrong, without the file's name. */
    public static String reason(IOException cause) {
        return switch (cause) {
            case NoSuchFileException missing -> "no such file or folder";
            case AccessDeniedException denied -> "permission denied";
            case NotDirectoryException file -> "not a folder";
            case FileAlreadyExistsException file -> "there is a file of this name";
            case FileSystemException other when other.getReason() != null -> other.getReason();
            default -> cause.getMessage();
        };
    }
}
