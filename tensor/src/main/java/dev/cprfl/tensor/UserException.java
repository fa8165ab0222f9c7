package dev.cprfl.tensor;

/**
 * Something the user gave is wrong: a file, a setting, a shape. The message is one line that says what is wrong, where, and
 * what to do; the command line prints it alone and exits with code 1.
 */
public final class UserException extends RuntimeException {

    public UserException(String message) {
        super(message);
    }

    public UserException(String message, Throwable cause) {
        super(message, cause);
    }
}
