package dev.cprfl.tensor.io;

/** The types of numbers a tensor file may hold, by their names in safetensors. */
public enum DType {
    F64(8), F32(4), F16(2), BF16(2), I64(8), I32(4), I16(2), I8(1), U64(8), U32(4), U16(2), U8(1), BOOL(1);

    private final int bytes;

    DType(int bytes) {
        this.bytes = bytes;
    }

    /** Bytes of one number. */
    public int bytes() {
        return bytes;
    }

    /** Whether the numbers are integers or truth values, and so fit a {@code long}; U64 does not. */
    public boolean isIntegral() {
        return switch (this) {
            case I64, I32, I16, I8, U32, U16, U8, BOOL -> true;
            case F64, F32, F16, BF16, U64 -> false;
        };
    }
}
