package dev.cprfl.tensor.io;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a pickle may build, besides strings, {@code byte[]}, numbers and truth values. Those that hold others compare by identity:
 * hashing never descends into them, so a pickle of deep or crossed nesting cannot keep it busy.
 */
final class PickleObjects {

    /** Python's None. */
    static final Object NONE = new Object() {

        @Override
        public String toString() {
            return "None";
        }
    };

    private PickleObjects() {}

    /** A tuple. */
    static final class Tuple {

        final List<Object> items;

        Tuple(List<Object> items) {
            this.items = items;
        }
    }

    /** A list or a set. */
    static final class Sequence {

        final List<Object> items = new ArrayList<>();
    }

    /** A dict of any kind, in the order of insertion. */
    static final class Dict {

        final Map<Object, Object> items = new LinkedHashMap<>();
    }

    /** A class or function that is on the list; it is a name and nothing more. */
    record Global(String name, Kind kind, DType dtype) {}

    /** What becomes of a call of a {@link Global}. */
    enum Kind {
        DICT, SEQUENCE, TUPLE, TENSOR, TENSOR_V2, TENSOR_V3, WRAPPED_TENSOR, TYPED_TENSOR, STORAGE, INERT, FIRST_ARGUMENT
    }

    /** An object without behaviour: the name of its class and the state that the pickle gave it. */
    static final class Instance {

        final String type;
        Object state = NONE;

        Instance(String type) {
            this.type = type;
        }
    }

    /**
     * A storage that the pickle speaks of; its bytes lie outside.
     *
     * @param type PyTorch's name of its type
     * @param dtype the numbers, U8 if they are untyped; null if the type is none of ours
     * @param key its name
     * @param length how many numbers it has
     * @param viewBegin where the view on it that is meant begins, in numbers
     * @param viewLength how many numbers the view has
     */
    record Storage(String type, DType dtype, String key, long length, long viewBegin, long viewLength) {}

    /** A tensor as the pickle describes it; nothing of it is checked yet. */
    static final class View {

        final Storage storage;
        /** PyTorch's name of its type. */
        final String type;
        /** The numbers; null if the type is none of ours. */
        final DType dtype;
        /** First number of the storage. */
        final long offset;
        /** Extents. */
        final long[] sizes;
        /** How many numbers one step along each axis is. */
        final long[] strides;

        View(Storage storage, String type, DType dtype, long offset, long[] sizes, long[] strides) {
            this.storage = storage;
            this.type = type;
            this.dtype = dtype;
            this.offset = offset;
            this.sizes = sizes;
            this.strides = strides;
        }
    }
}
