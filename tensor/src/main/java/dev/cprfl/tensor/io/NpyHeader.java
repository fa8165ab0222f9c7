package dev.cprfl.tensor.io;

import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.UserException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/** What an npy file says of its array: a Python dictionary of exactly these three. */
record NpyHeader(DType dtype, boolean bigEndian, boolean fortranOrder, Shape shape) {

    /** The type's name in NumPy, little-endian. */
    static String descr(DType dtype) {
        return switch (dtype) {
            case F64 -> "<f8";
            case F32 -> "<f4";
            case F16 -> "<f2";
            case I64 -> "<i8";
            case I32 -> "<i4";
            case I16 -> "<i2";
            case I8 -> "|i1";
            case U64 -> "<u8";
            case U32 -> "<u4";
            case U16 -> "<u2";
            case U8 -> "|u1";
            case BOOL -> "|b1";
            case BF16 -> throw new IllegalArgumentException("npy knows no BF16; write F32 instead");
        };
    }

    /**
     * Parses the dictionary. Accepts what NumPy writes, a literal of strings, truth values and a tuple of integers, and
     * nothing else of Python.
     */
    static final class Parser {

        private static final char END = '\uFFFF';

        private final String file;
        private final long start;
        private final MemorySegment text;
        private long position;

        /** @param start byte of the file at which the header begins, for messages */
        Parser(String file, long start, MemorySegment text) {
            this.file = file;
            this.start = start;
            this.text = text;
        }

        NpyHeader parse() {
            String descr = null;
            Boolean fortranOrder = null;
            Shape shape = null;
            require('{');
            while (!accept('}')) {
                String key = string();
                require(':');
                if (key.equals("descr") && descr == null) {
                    descr = string();
                } else if (key.equals("fortran_order") && fortranOrder == null) {
                    fortranOrder = truth();
                } else if (key.equals("shape") && shape == null) {
                    shape = tuple();
                } else {
                    throw bad("unknown or repeated key " + key);
                }
                if (!accept(',')) {
                    require('}');
                    break;
                }
            }
            if (descr == null || fortranOrder == null || shape == null) {
                throw bad("the header needs descr, fortran_order and shape");
            }
            if (peek() != END) {
                throw bad("only spaces may follow the header's dictionary");
            }
            return new NpyHeader(dtype(descr), descr.startsWith(">"), fortranOrder, shape);
        }

        private DType dtype(String descr) {
            for (DType dtype : DType.values()) {
                if (dtype != DType.BF16) {
                    String known = descr(dtype);
                    boolean order = dtype.bytes() == 1 ? descr.matches("[|<>=].*") : descr.matches("[<>].*");
                    if (order && descr.substring(1).equals(known.substring(1))) {
                        return dtype;
                    }
                }
            }
            throw bad("the type " + descr + " is not supported; only plain numbers and truth values are read");
        }

        private String string() {
            char quote = peek();
            if (quote != '\'' && quote != '"') {
                throw bad("expected a string, found " + found(quote));
            }
            StringBuilder string = new StringBuilder();
            while (true) {
                position++;
                char c = at(position);
                if (c == quote) {
                    position++;
                    return string.toString();
                }
                if (c < ' ' || c > '~' || c == '\\') {
                    throw bad("a string holds " + found(c));
                }
                string.append(c);
            }
        }

        private boolean truth() {
            peek();
            for (String literal : new String[]{"True", "False"}) {
                boolean matches = true;
                for (int i = 0; i < literal.length(); i++) {
                    matches &= at(position + i) == literal.charAt(i);
                }
                if (matches) {
                    position += literal.length();
                    return literal.equals("True");
                }
            }
            throw bad("fortran_order must be True or False");
        }

        private Shape tuple() {
            List<Integer> extents = new ArrayList<>();
            boolean comma = true;
            require('(');
            while (!accept(')')) {
                if (!comma) {
                    throw bad("expected a comma, found " + found(peek()));
                }
                extents.add(integer());
                comma = accept(',');
            }
            if (extents.size() == 1 && !comma) {
                throw bad("the shape must be a tuple");
            }
            try {
                return Shape.of(extents.stream().mapToInt(Integer::intValue).toArray());
            } catch (IllegalArgumentException e) {
                throw bad(e.getMessage());
            }
        }

        private int integer() {
            if (peek() < '0' || peek() > '9') {
                throw bad("the shape must hold integers from zero on, found " + found(peek()));
            }
            long value = 0;
            for (char c = at(position); c >= '0' && c <= '9'; c = at(++position)) {
                value = value * 10 + (c - '0');
                if (value > Integer.MAX_VALUE) {
                    throw bad("an extent exceeds " + Integer.MAX_VALUE);
                }
            }
            return (int) value;
        }

        private void require(char wanted) {
            if (!accept(wanted)) {
                throw bad("expected " + wanted + ", found " + found(peek()));
            }
        }

        private boolean accept(char wanted) {
            if (peek() != wanted) {
                return false;
            }
            position++;
            return true;
        }

        /** The next character that is no space, or END. */
        private char peek() {
            while (at(position) == ' ' || at(position) == '\n') {
                position++;
            }
            return at(position);
        }

        /** A byte of the header as it is, or END. */
        private char at(long index) {
            return index < text.byteSize() ? (char) (text.get(ValueLayout.JAVA_BYTE, index) & 0xFF) : END;
        }

        private static String found(char c) {
            return c == END ? "the end of the header" : c > ' ' && c <= '~' ? "" + c : "byte " + (int) c;
        }

        private UserException bad(String reason) {
            return FileErrors.malformed(file, "npy", start + position, reason);
        }
    }
}
