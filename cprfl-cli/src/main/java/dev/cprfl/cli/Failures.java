package dev.cprfl.cli;

import dev.cprfl.kernels.DeviceMemoryException;
import dev.cprfl.tensor.UserException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;

/** Says in one line what went wrong. */
final class Failures {

    private Failures() {}

    /** Prints the line and returns the exit code. */
    static int report(Throwable failure, PrintWriter err) {
        err.println("cprfl: " + switch (failure) {
            case UserException e -> oneLine(e.getMessage());
            case UncheckedIOException e -> oneLine(explain(e.getCause()));
            case IOException e -> oneLine(explain(e));
            case DeviceMemoryException e -> oneLine(e.getMessage());
            case OutOfMemoryError e -> "not enough memory: use smaller batches or images, or give Java more with "
                    + "CPRFL_JAVA_OPTS=-Xmx... (now at most " + Runtime.getRuntime().maxMemory() / (1 << 20) + " MiB)";
            default -> "internal error: " + oneLine(failure.toString()) + "; please report it with "
                    + savedTrace(failure);
        });
        if (Boolean.getBoolean("cprfl.stacktrace")) {
            failure.printStackTrace(err);
        }
        return Main.FAILED;
    }

    /** A message about a file for people; the messages of java.nio.file are often only the path. */
    private static String explain(IOException e) {
        return switch (e) {
            case NoSuchFileException f -> f.getFile() + ": no such file or folder";
            case AccessDeniedException f -> f.getFile() + ": permission denied";
            case FileAlreadyExistsException f -> f.getFile() + ": already exists";
            case NotDirectoryException f -> f.getFile() + ": not a folder";
            case DirectoryNotEmptyException f -> f.getFile() + ": the folder is not empty";
            case FileSystemException f -> f.getMessage();
            default -> "input or output failed: " + e.getMessage();
        };
    }

    private static String savedTrace(Throwable failure) {
        StringWriter trace = new StringWriter();
        failure.printStackTrace(new PrintWriter(trace));
        try {
            Path file = Files.createTempFile("cprfl-error-", ".txt");
            Files.writeString(file, trace.toString());
            return "the stack trace in " + file;
        } catch (IOException e) {
            return "the stack trace that CPRFL_JAVA_OPTS=-Dcprfl.stacktrace=true shows";
        }
    }

    private static String oneLine(String text) {
        return String.join(" ", text.strip().split("\\s*\\R\\s*"));
    }
}
