package dev.cprfl.kernels.cuda;

import org.bytedeco.javacpp.Pointer;

/** A JavaCPP pointer that can be set to any address: calls that take many pointers reuse a few of these. */
final class Address extends Pointer {

    Address() {
        super((Pointer) null);
    }

    /** Moves this pointer; returns it. */
    Address at(long to) {
        address = to;
        position = 0;
        return this;
    }
}
