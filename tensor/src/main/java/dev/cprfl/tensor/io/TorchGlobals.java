package dev.cprfl.tensor.io;

import dev.cprfl.tensor.io.PickleObjects.Dict;
import dev.cprfl.tensor.io.PickleObjects.Global;
import dev.cprfl.tensor.io.PickleObjects.Instance;
import dev.cprfl.tensor.io.PickleObjects.Kind;
import dev.cprfl.tensor.io.PickleObjects.Sequence;
import dev.cprfl.tensor.io.PickleObjects.Storage;
import dev.cprfl.tensor.io.PickleObjects.Tuple;
import dev.cprfl.tensor.io.PickleObjects.View;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The only classes and functions that a pickle of weights may name, and what each becomes here. Containers become containers,
 * PyTorch's functions that rebuild tensors become descriptions of tensors, and a few classes that accompany weights (numbers of
 * NumPy, devices, parsed arguments) become objects that are a name and nothing else. Every other name is refused.
 */
final class TorchGlobals {

    private static final Map<String, Kind> KINDS = new HashMap<>();
    private static final Map<String, DType> DTYPES = Map.ofEntries(
            Map.entry("float64", DType.F64), Map.entry("float32", DType.F32), Map.entry("float16", DType.F16),
            Map.entry("bfloat16", DType.BF16), Map.entry("int64", DType.I64), Map.entry("int32", DType.I32),
            Map.entry("int16", DType.I16), Map.entry("int8", DType.I8), Map.entry("uint64", DType.U64),
            Map.entry("uint32", DType.U32), Map.entry("uint16", DType.U16), Map.entry("uint8", DType.U8),
            Map.entry("bool", DType.BOOL));
    /** Types of PyTorch that exist and are not read: named where a tensor has one. */
    private static final List<String> OTHER_DTYPES = List.of("complex32", "complex64", "complex128", "float8_e4m3fn",
            "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz", "qint8", "quint8", "qint32");
    private static final Map<String, DType> STORAGES = Map.of(
            "DoubleStorage", DType.F64, "FloatStorage", DType.F32, "HalfStorage", DType.F16, "BFloat16Storage",
            DType.BF16, "LongStorage", DType.I64, "IntStorage", DType.I32, "ShortStorage", DType.I16, "CharStorage",
            DType.I8, "ByteStorage", DType.U8, "BoolStorage", DType.BOOL);
    private static final List<String> OTHER_STORAGES = List.of("ComplexFloatStorage", "ComplexDoubleStorage",
            "QInt8Storage", "QUInt8Storage", "QInt32Storage");
    private static final String SCRIPT_CLASSES = "__torch__";
    private static final int MAX_RANK = 64;

    static {
        allow(Kind.DICT, "collections.OrderedDict", "collections.defaultdict", "collections.Counter", "builtins.dict",
                "__builtin__.dict");
        allow(Kind.SEQUENCE, "builtins.set", "__builtin__.set", "builtins.frozenset", "__builtin__.frozenset",
                "builtins.list", "__builtin__.list");
        allow(Kind.TUPLE, "torch.Size");
        allow(Kind.TENSOR, "torch._utils._rebuild_tensor");
        allow(Kind.TENSOR_V2, "torch._utils._rebuild_tensor_v2");
        allow(Kind.TENSOR_V3, "torch._utils._rebuild_tensor_v3");
        allow(Kind.WRAPPED_TENSOR, "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state",
                "torch.nn.parameter.Parameter", "torch.nn.parameter.Buffer", "torch.autograd.variable.Variable");
        allow(Kind.TYPED_TENSOR, "torch._tensor._rebuild_from_type_v2");
        allow(Kind.INERT, "torch.Tensor", "torch.device", "argparse.Namespace", "_codecs.encode", "numpy.dtype",
                "numpy.ndarray", "builtins.bytearray", "__builtin__.bytearray");
        for (String numpy : List.of("numpy.core.multiarray", "numpy._core.multiarray")) {
            allow(Kind.INERT, numpy + ".scalar", numpy + "._reconstruct");
        }
    }

    private static void allow(Kind kind, String... names) {
        for (String name : names) {
            KINDS.put(name, kind);
        }
    }

    private final boolean script;
    private final Map<String, Storage> storages = new HashMap<>();

    /** @param script whether the pickle is TorchScript's, whose objects are of classes that the archive itself defines */
    TorchGlobals(boolean script) {
        this.script = script;
    }

    /** The storages that the pickle spoke of, by key; of several with one key the first. */
    Map<String, Storage> storages() {
        return Collections.unmodifiableMap(storages);
    }

    /** @throws IllegalArgumentException naming the class or function if it is not on the list */
    Global find(String module, String name) {
        String full = module + "." + name;
        Kind kind = KINDS.get(full);
        if (kind != null) {
            return new Global(full, kind, null);
        }
        if (module.equals("torch") && (DTYPES.containsKey(name) || OTHER_DTYPES.contains(name))) {
            return new Global(full, Kind.INERT, DTYPES.get(name));
        }
        if ((module.equals("torch") || module.equals("torch.cuda"))
                && (STORAGES.containsKey(name) || OTHER_STORAGES.contains(name))) {
            return new Global(full, Kind.STORAGE, STORAGES.get(name));
        }
        if (module.equals("torch.storage") && name.equals("UntypedStorage")) {
            return new Global(full, Kind.STORAGE, DType.U8);
        }
        if (script && (module.equals(SCRIPT_CLASSES) || module.startsWith(SCRIPT_CLASSES + "."))) {
            return new Global(full, Kind.INERT, null);
        }
        if (script && module.equals("torch.jit._pickle")) {
            return new Global(full, Kind.FIRST_ARGUMENT, null);
        }
        throw new IllegalArgumentException("the pickle names " + full
                + ", which is none of the few classes that weights need; nothing of it was run. A model is read when its"
                + " state_dict() was saved, not the model itself");
    }

    /** What a call of a class or function, or a new object of a class, becomes. */
    Object call(Object callable, Object arguments, Budget budget) {
        if (!(callable instanceof Global global) || !(arguments instanceof Tuple tuple)) {
            throw new IllegalArgumentException("a call needs a class or function, and a tuple of arguments");
        }
        List<Object> a = tuple.items;
        take(budget, 256);
        return switch (global.kind()) {
            case DICT -> dict(a, budget);
            case SEQUENCE -> a.isEmpty() ? new Sequence() : as(Sequence.class, a, 0, global);
            case TUPLE -> a.isEmpty() ? new Tuple(List.of()) : as(Tuple.class, a, 0, global);
            case TENSOR, TENSOR_V2 -> view(a, global);
            case TENSOR_V3 -> untypedView(a, global);
            case WRAPPED_TENSOR -> as(View.class, a, 0, global);
            case TYPED_TENSOR -> typedView(a, global, budget);
            case INERT -> new Instance(global.name());
            case FIRST_ARGUMENT -> as(Object.class, a, 0, global);
            case STORAGE -> throw new IllegalArgumentException("a storage must be named, not made: " + global.name());
        };
    }

    /** What setting an object's state does: nothing but for objects of TorchScript, whose attributes are their state. */
    void build(Object target, Object state) {
        switch (target) {
            case Instance instance -> instance.state = state;
            case Dict dict -> {
            }
            case View view -> {
            }
            case Sequence list -> {
            }
            default -> throw new IllegalArgumentException("the pickle sets the state of what has none");
        }
    }

    /** The storage that an identifier outside the pickle means: ("storage", type, key, device, length[, view]). */
    Storage persistent(Object id) {
        if (!(id instanceof Tuple tuple) || tuple.items.size() < 5 || !tuple.items.getFirst().equals("storage")
                || !(tuple.items.get(1) instanceof Global type) || type.kind() != Kind.STORAGE
                || !(tuple.items.get(2) instanceof String key)) {
            throw new IllegalArgumentException("the pickle refers to something outside that is no storage");
        }
        long length = number(tuple.items.get(4));
        long begin = 0;
        long count = length;
        if (tuple.items.size() > 5 && tuple.items.get(5) instanceof Tuple view && view.items.size() == 3) {
            begin = number(view.items.get(1));
            count = number(view.items.get(2));
        }
        if (begin < 0 || count < 0 || begin > length - count) {
            throw new IllegalArgumentException("storage " + key + " of " + length + " numbers has a view of " + count
                    + " from " + begin);
        }
        Storage storage = new Storage(type.name(), type.dtype(), key, length, begin, count);
        storages.putIfAbsent(key, storage);
        return storage;
    }

    /** A dict from the arguments of its class: nothing, another dict, a sequence of pairs; a default's factory is skipped. */
    private static Dict dict(List<Object> arguments, Budget budget) {
        Dict dict = new Dict();
        for (Object argument : arguments) {
            if (argument instanceof Dict other) {
                take(budget, 64L * other.items.size());
                dict.items.putAll(other.items);
            } else if (argument instanceof Sequence pairs) {
                take(budget, 64L * pairs.items.size());
                for (Object pair : pairs.items) {
                    List<Object> two = pair instanceof Tuple tuple
                            ? tuple.items
                            : pair instanceof Sequence list ? list.items : List.of();
                    if (two.size() != 2) {
                        throw new IllegalArgumentException("a dict is made from what are no pairs");
                    }
                    dict.items.put(two.get(0), two.get(1));
                }
            } else if (!(argument instanceof Global) && !argument.equals(PickleObjects.NONE)) {
                throw new IllegalArgumentException("a dict is made from what is none");
            }
        }
        return dict;
    }

    private static View view(List<Object> a, Global by) {
        Storage storage = as(Storage.class, a, 0, by);
        return new View(storage, storage.type(), storage.dtype(), number(as(Object.class, a, 1, by)),
                numbers(as(Tuple.class, a, 2, by)), numbers(as(Tuple.class, a, 3, by)));
    }

    private static View untypedView(List<Object> a, Global by) {
        View view = view(a, by);
        Global dtype = as(Global.class, a, 6, by);
        return new View(view.storage, dtype.name(), dtype.dtype(), view.offset, view.sizes, view.strides);
    }

    /** A tensor with attributes of its own, or of a class on the list: function, class, arguments, state. */
    private View typedView(List<Object> a, Global by, Budget budget) {
        Global function = as(Global.class, a, 0, by);
        return switch (function.kind()) {
            case TENSOR, TENSOR_V2, TENSOR_V3, WRAPPED_TENSOR -> (View) call(function, as(Tuple.class, a, 2, by),
                    budget);
            default -> throw new IllegalArgumentException(function.name() + " rebuilds no tensor");
        };
    }

    private static <T> T as(Class<T> type, List<Object> arguments, int index, Global by) {
        if (index >= arguments.size() || !type.isInstance(arguments.get(index))) {
            throw new IllegalArgumentException(
                    "argument " + (index + 1) + " of " + by.name() + " is not what it needs");
        }
        return type.cast(arguments.get(index));
    }

    private static long number(Object value) {
        if (!(value instanceof Long number)) {
            throw new IllegalArgumentException("an integer is expected");
        }
        return number;
    }

    private static long[] numbers(Tuple tuple) {
        if (tuple.items.size() > MAX_RANK) {
            throw new IllegalArgumentException("a tensor of " + tuple.items.size() + " axes; " + MAX_RANK
                    + " are the limit");
        }
        return tuple.items.stream().mapToLong(TorchGlobals::number).toArray();
    }

    private static void take(Budget budget, long bytes) {
        if (!budget.take(bytes)) {
            throw new IllegalArgumentException("the pickle builds more than a file of this size warrants");
        }
    }
}
