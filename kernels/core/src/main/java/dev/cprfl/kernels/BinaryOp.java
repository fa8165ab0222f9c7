package dev.cprfl.kernels;

/** Elementwise functions of two arguments. */
public enum BinaryOp {
    ADD, SUBTRACT, MULTIPLY, DIVIDE
}
