package dev.cprfl.kernels.cuda;

import org.bytedeco.cuda.cudnn.cudnnBackendDescriptor_t;
import org.bytedeco.cuda.global.cudnn;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;

/** One of cuDNN's graph descriptors: an object with attributes that is first filled, then finalised, then read. */
final class Descriptor implements AutoCloseable {

    final cudnnBackendDescriptor_t handle = new cudnnBackendDescriptor_t();

    /** @param kind a CUDNN_BACKEND_..._DESCRIPTOR */
    Descriptor(int kind) {
        Status.dnn(cudnn.cudnnBackendCreateDescriptor(kind, handle), "cudnnBackendCreateDescriptor");
    }

    Descriptor set(int attribute, int type, int count, Pointer values) {
        Status.dnn(cudnn.cudnnBackendSetAttribute(handle, attribute, type, count, values), "attribute " + attribute);
        return this;
    }

    Descriptor longs(int attribute, long... values) {
        try (LongPointer pointer = new LongPointer(values)) {
            return set(attribute, cudnn.CUDNN_TYPE_INT64, values.length, pointer);
        }
    }

    /** An attribute of a type of cuDNN's whose values are C enumerations. */
    Descriptor number(int attribute, int type, int value) {
        try (IntPointer pointer = new IntPointer(new int[]{value})) {
            return set(attribute, type, 1, pointer);
        }
    }

    Descriptor real(int attribute, float value) {
        try (FloatPointer pointer = new FloatPointer(new float[]{value})) {
            return set(attribute, cudnn.CUDNN_TYPE_FLOAT, 1, pointer);
        }
    }

    Descriptor descriptor(int attribute, Descriptor value) {
        return pointers(attribute, cudnn.CUDNN_TYPE_BACKEND_DESCRIPTOR, value.handle);
    }

    /** Pointers, or what cuDNN takes as such. */
    Descriptor pointers(int attribute, int type, Pointer... values) {
        // The constructor that takes one pointer would be a cast of it.
        try (PointerPointer<Pointer> array = new PointerPointer<>(values.length)) {
            for (int i = 0; i < values.length; i++) {
                array.put(i, values[i]);
            }
            return set(attribute, type, values.length, array);
        }
    }

    /** @return cuDNN's status code; a graph or a plan may well be refused */
    int finish() {
        return cudnn.cudnnBackendFinalize(handle);
    }

    Descriptor finished() {
        Status.dnn(finish(), "cudnnBackendFinalize");
        return this;
    }

    long readLong(int attribute) {
        try (LongPointer value = new LongPointer(1); LongPointer count = new LongPointer(1)) {
            Status.dnn(cudnn.cudnnBackendGetAttribute(handle, attribute, cudnn.CUDNN_TYPE_INT64, 1, count, value),
                    "attribute " + attribute);
            return value.get();
        }
    }

    /** Fills descriptors, which have been created for the purpose; returns how many. */
    int read(int attribute, Descriptor... into) {
        try (PointerPointer<Pointer> array = new PointerPointer<>(into.length);
                LongPointer count = new LongPointer(1)) {
            for (int i = 0; i < into.length; i++) {
                array.put(i, into[i].handle);
            }
            Status.dnn(cudnn.cudnnBackendGetAttribute(handle, attribute, cudnn.CUDNN_TYPE_BACKEND_DESCRIPTOR,
                    into.length, count,
                    array), "attribute " + attribute);
            return (int) count.get();
        }
    }

    /** Whether a list of enumeration values holds one of these. */
    boolean lists(int attribute, int type, int most, int... wanted) {
        try (IntPointer values = new IntPointer(most); LongPointer count = new LongPointer(1)) {
            Status.dnn(cudnn.cudnnBackendGetAttribute(handle, attribute, type, most, count, values),
                    "attribute " + attribute);
            for (int i = 0; i < count.get(); i++) {
                for (int value : wanted) {
                    if (values.get(i) == value) {
                        return true;
                    }
                }
            }
            return false;
        }
    }

    @Override
    public void close() {
        cudnn.cudnnBackendDestroyDescriptor(handle);
    }
}
