package dev.cprfl.tensor.io;

import dev.cprfl.tensor.UserException;
import dev.cprfl.tensor.io.PickleObjects.Dict;
import dev.cprfl.tensor.io.PickleObjects.Sequence;
import dev.cprfl.tensor.io.PickleObjects.Tuple;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigInteger;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A machine for Python's pickles, protocols 0 to 5, that builds containers, numbers, strings and descriptions of tensors. A class or
 * function is looked up by name in {@link TorchGlobals} and never leaves it: no code is run or loaded. The machine has no recursion,
 * reads within the pickle only and pays for whatever it builds from a {@link Budget}. Opcodes are those of Python's pickletools.
 */
final class Pickle {

    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE_UNALIGNED
            .withOrder(ByteOrder.BIG_ENDIAN);
    private static final int MAX_PROTOCOL = 5;
    /** Longer integers appear in no weights, and their decimal form takes long to read. */
    private static final int MAX_INTEGER = 64;
    private static final int MAX_DIGITS = 100;

    /** Rough sizes of what the machine allocates, in bytes. */
    private static final long OBJECT = 24;
    private static final long TEXT = 96;
    private static final long CONTAINER = 160;
    private static final long TABLE_ENTRY = 64;

    private final String file;
    private final String format;
    private final long start;
    private final MemorySegment code;
    private final TorchGlobals globals;
    private final Budget budget;
    private final List<Object> stack = new ArrayList<>();
    private final List<Integer> marks = new ArrayList<>();
    private final Map<Integer, Object> memo = new HashMap<>();
    private long position;
    private long opcodeAt;

    /**
     * A machine for one pickle.
     *
     * @param start where the code begins in the file, for messages
     * @param code begins with the pickle; what follows its end is left alone
     */
    Pickle(String file, String format, long start, MemorySegment code, TorchGlobals globals, Budget budget) {
        this.file = file;
        this.format = format;
        this.start = start;
        this.code = code;
        this.globals = globals;
        this.budget = budget;
    }

    /**
     * Runs to the end of the pickle and returns what it built.
     *
     * @throws UserException if it is malformed, too large, or names what is not on the list
     */
    Object run() {
        try {
            while (true) {
                opcodeAt = position;
                int opcode = unsignedByte();
                if (opcode == '.') {
                    return pop();
                }
                execute(opcode);
            }
        } catch (IllegalArgumentException e) {
            throw bad(e.getMessage());
        }
    }

    /** How many bytes the pickle has; known after {@link #run}. */
    long length() {
        return position;
    }

    private void execute(int opcode) {
        switch (opcode) {
            case '(' -> {
                take(OBJECT);
                marks.add(stack.size());
            }
            case '0' -> pop0();
            case '1' -> popToMark();
            case '2' -> push(peek());
            case 'N' -> push(PickleObjects.NONE);
            case 0x88 -> push(true);
            case 0x89 -> push(false);
            case 'I' -> push(decimalOrBoolean(line()));
            case 'L' -> push(decimal(line()));
            case 'F' -> push(Double.parseDouble(shortLine()));
            case 'J' -> push((long) code.get(INT, skip(4)));
            case 'K' -> push((long) unsignedByte());
            case 'M' -> push((long) Short.toUnsignedInt(code.get(SHORT, skip(2))));
            case 'G' -> push(code.get(DOUBLE, skip(8)));
            case 0x8A -> push(integer(unsignedByte()));
            case 0x8B -> push(integer(length(4)));
            case 'S' -> push(PickleText.unescapeString(line()));
            case 'V' -> push(PickleText.unescapeUnicode(line()));
            case 'T' -> push(oldString(length(4)));
            case 'U' -> push(oldString(unsignedByte()));
            case 'X' -> push(text(length(4)));
            case 0x8C -> push(text(unsignedByte()));
            case 0x8D -> push(text(length(8)));
            case 'B' -> push(bytes(length(4)));
            case 'C' -> push(bytes(unsignedByte()));
            case 0x8E, 0x96 -> push(bytes(length(8)));
            case ')' -> push(new Tuple(List.of()));
            case 't' -> push(new Tuple(popToMark()));
            case 0x85, 0x86, 0x87 -> push(new Tuple(popLast(opcode - 0x84)));
            case ']', 0x8F -> pushContainer(new Sequence());
            case 'l', 0x91 -> {
                Sequence list = new Sequence();
                list.items.addAll(popToMark());
                pushContainer(list);
            }
            case 'a' -> append(popLast(1));
            case 'e', 0x90 -> append(popToMark());
            case '}' -> pushContainer(new Dict());
            case 'd' -> {
                List<Object> items = popToMark();
                pushContainer(new Dict());
                setItems(items);
            }
            case 's' -> setItems(popLast(2));
            case 'u' -> setItems(popToMark());
            case 'p' -> remember(Integer.parseInt(shortLine()));
            case 'q' -> remember(unsignedByte());
            case 'r' -> remember(code.get(INT, skip(4)));
            case 0x94 -> remember(memo.size());
            case 'g' -> recall(Integer.parseInt(shortLine()));
            case 'h' -> recall(unsignedByte());
            case 'j' -> recall(code.get(INT, skip(4)));
            case 'c' -> push(globals.find(line(), line()));
            case 0x93 -> {
                if (!(pop() instanceof String name) || !(pop() instanceof String module)) {
                    throw new IllegalArgumentException("a class must be named by two strings");
                }
                push(globals.find(module, name));
            }
            case 'Q' -> {
                take(CONTAINER);
                push(globals.persistent(pop()));
            }
            case 'R', 0x81 -> {
                Object arguments = pop();
                push(globals.call(pop(), arguments, budget));
            }
            case 0x92 -> {
                if (!(pop() instanceof Dict keywords) || !keywords.items.isEmpty()) {
                    throw new IllegalArgumentException("objects with keyword arguments are not read");
                }
                Object arguments = pop();
                push(globals.call(pop(), arguments, budget));
            }
            case 'i' -> {
                Object type = globals.find(line(), line());
                push(globals.call(type, new Tuple(popToMark()), budget));
            }
            case 'o' -> {
                List<Object> parts = popToMark();
                if (parts.isEmpty()) {
                    throw new IllegalArgumentException("an object without a class");
                }
                push(globals.call(parts.getFirst(), new Tuple(parts.subList(1, parts.size())), budget));
            }
            case 'b' -> {
                Object state = pop();
                globals.build(peek(), state);
            }
            case 0x80 -> {
                int protocol = unsignedByte();
                if (protocol > MAX_PROTOCOL) {
                    throw new IllegalArgumentException("pickle protocol " + protocol + " is unknown; 0 to "
                            + MAX_PROTOCOL + " are read");
                }
            }
            // A frame only announces how many bytes a reader may fetch at once.
            case 0x95 -> length(8);
            default -> throw new IllegalArgumentException(String.format("opcode 0x%02x is not read", opcode));
        }
    }

    private void take(long bytes) {
        if (!budget.take(bytes)) {
            throw new IllegalArgumentException("the pickle builds more than a file of this size warrants");
        }
    }

    private void push(Object value) {
        take(OBJECT);
        stack.add(value);
    }

    private void pushContainer(Object value) {
        take(CONTAINER);
        stack.add(value);
    }

    private Object pop() {
        Object top = peek();
        stack.removeLast();
        return top;
    }

    /** POP takes a mark away where one is on top, like Python's. */
    private void pop0() {
        if (!marks.isEmpty() && marks.getLast() == stack.size()) {
            marks.removeLast();
        } else {
            pop();
        }
    }

    private Object peek() {
        if (stack.size() <= (marks.isEmpty() ? 0 : marks.getLast())) {
            throw new IllegalArgumentException("the stack is empty");
        }
        return stack.getLast();
    }

    private List<Object> popLast(int count) {
        int size = stack.size();
        if (size - count < (marks.isEmpty() ? 0 : marks.getLast())) {
            throw new IllegalArgumentException("the stack is empty");
        }
        return cut(size - count);
    }

    private List<Object> popToMark() {
        if (marks.isEmpty()) {
            throw new IllegalArgumentException("there is no mark on the stack");
        }
        return cut(marks.removeLast());
    }

    private List<Object> cut(int from) {
        List<Object> top = stack.subList(from, stack.size());
        take(CONTAINER + 8L * top.size());
        List<Object> copy = List.copyOf(top);
        top.clear();
        return copy;
    }

    private void append(List<Object> items) {
        if (!(peek() instanceof Sequence list)) {
            throw new IllegalArgumentException("only a list or a set can be appended to");
        }
        take(16L * items.size());
        list.items.addAll(items);
    }

    private void setItems(List<Object> items) {
        if (!(peek() instanceof Dict dict) || items.size() % 2 != 0) {
            throw new IllegalArgumentException("pairs of key and value go into a dict only");
        }
        take(TABLE_ENTRY * items.size());
        for (int i = 0; i < items.size(); i += 2) {
            dict.items.put(items.get(i), items.get(i + 1));
        }
    }

    private void remember(int index) {
        take(TABLE_ENTRY);
        memo.put(index, peek());
    }

    private void recall(int index) {
        Object value = memo.get(index);
        if (value == null) {
            throw new IllegalArgumentException("memo entry " + Integer.toUnsignedString(index) + " was never stored");
        }
        push(value);
    }

    private long skip(long count) {
        long at = position;
        if (count > code.byteSize() - at) {
            throw new IllegalArgumentException(
                    "the pickle goes on for " + count + " bytes, " + (code.byteSize() - at) + " are left");
        }
        position += count;
        return at;
    }

    private int unsignedByte() {
        return Byte.toUnsignedInt(code.get(ValueLayout.JAVA_BYTE, skip(1)));
    }

    /** A length of 4 or 8 bytes that the pickle still has. */
    private long length(int width) {
        long at = skip(width);
        long length = width == 4 ? Integer.toUnsignedLong(code.get(INT, at)) : code.get(LONG, at);
        if (length < 0 || length > code.byteSize() - position) {
            throw new IllegalArgumentException("a length of " + Long.toUnsignedString(length) + " bytes, "
                    + (code.byteSize() - position) + " are left");
        }
        return length;
    }

    private byte[] bytes(long count) {
        take(TEXT + 4 * count);
        long at = skip(count);
        byte[] bytes = new byte[Math.toIntExact(count)];
        MemorySegment.copy(code, ValueLayout.JAVA_BYTE, at, bytes, 0, bytes.length);
        return bytes;
    }

    private String text(long count) {
        return PickleText.utf8(bytes(count));
    }

    /** A string of Python 2: bytes, which are UTF-8 wherever they mean text. */
    private String oldString(long count) {
        byte[] bytes = bytes(count);
        try {
            return PickleText.utf8(bytes);
        } catch (IllegalArgumentException notText) {
            return new String(bytes, StandardCharsets.ISO_8859_1);
        }
    }

    /** The bytes up to the next line feed, which is read too. */
    private String line() {
        long end = position;
        while (end < code.byteSize() && code.get(ValueLayout.JAVA_BYTE, end) != '\n') {
            end++;
        }
        if (end == code.byteSize()) {
            throw new IllegalArgumentException("a line does not end");
        }
        String line = new String(bytes(end - position), StandardCharsets.ISO_8859_1);
        skip(1);
        return line;
    }

    private String shortLine() {
        String line = line();
        if (line.length() > MAX_DIGITS) {
            throw new IllegalArgumentException("a number of " + line.length() + " characters");
        }
        return line;
    }

    private Object decimalOrBoolean(String text) {
        return switch (text) {
            case "00" -> false;
            case "01" -> true;
            default -> decimal(text);
        };
    }

    private Object decimal(String text) {
        String digits = text.endsWith("L") ? text.substring(0, text.length() - 1) : text;
        if (digits.length() > MAX_DIGITS) {
            throw new IllegalArgumentException("an integer of " + digits.length() + " digits");
        }
        take(TEXT);
        return shrink(new BigInteger(digits));
    }

    private Object integer(long count) {
        if (count > MAX_INTEGER) {
            throw new IllegalArgumentException("an integer of " + count + " bytes");
        }
        take(TEXT);
        byte[] bytes = new byte[(int) count + 1];
        long at = skip(count);
        for (int i = 0; i < count; i++) {
            bytes[(int) count - i] = code.get(ValueLayout.JAVA_BYTE, at + i);
        }
        bytes[0] = (byte) (count > 0 && bytes[1] < 0 ? -1 : 0);
        return shrink(new BigInteger(bytes));
    }

    private static Object shrink(BigInteger value) {
        return value.bitLength() < Long.SIZE ? (Object) value.longValue() : value;
    }

    private UserException bad(String reason) {
        return FileErrors.malformed(file, format, start + opcodeAt, reason);
    }
}
