package dev.cprfl.kernels;

/**
 * A device has not the memory that an operation needs. The message is for people: how much was asked for, is held and is free.
 * What was in memory stays there, and the backend can be used further.
 */
public final class DeviceMemoryException extends RuntimeException {

    public DeviceMemoryException(String message) {
        super(message);
    }
}
