package dev.cprfl.kernels.cuda;

/** How exactly products and convolutions compute. Everything else is float; sums are float in all three. */
enum Precision {
    /** Floats as they are. */
    FP32,
    /** Factors are rounded to 10 bits of fraction inside the tensor cores; memory holds floats. */
    TF32,
    /** Activations and factors are bfloat16, 7 bits of fraction; weights are kept as floats and rounded for each product. */
    BF16
}
