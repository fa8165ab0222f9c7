/** One operation built from nothing, outside the engine: {@code docs/autograd.md} tells it step by step. */
package dev.cprfl.bench.softplus;
