/**
 * From the naive matrix product to the engine's, one class a step: {@code docs/kernels.md} tells why each is faster than the one
 * before. All compute C = A B for row-major A [m, k], B [k, n] and C [m, n], on one thread, for any sizes.
 */
package dev.cprfl.bench.steps;
