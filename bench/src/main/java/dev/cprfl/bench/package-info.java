/**
 * Benchmarks. This builds them, runs all of them and writes {@code bench/RESULTS.md} and {@code bench/roofline.svg}:
 *
 * <pre>{@code
 * mvn -pl bench -am package -DskipTests
 * java -jar bench/target/benchmarks.jar
 * }</pre>
 *
 * <p>It takes JDK 25, some 20 minutes and an idle machine. JMH's own options follow: {@code -f 1 -wi 1 -i 1 -r 200ms} for a
 * quick look, a regular expression such as {@code Gemms|Roofline} for some of the benchmarks, {@code -p threads=1} for one
 * thread, {@code -h} for the rest.
 *
 * <p>Profile {@code peers} adds PyTorch and ONNX Runtime on the same shapes and, for whole networks, on the same weights (Linux
 * on x86-64, a download of 180 MB). This runs whole networks, ours and theirs, each in a process of its own, and prints one table
 * with the ratios of times and the peak memory:
 *
 * <pre>{@code
 * mvn -Ppeers -pl bench -am package -DskipTests && java -jar bench/target/benchmarks.jar 'Networks|Roofline'
 * }</pre>
 *
 * <p>{@code mvn -Ppeers -pl bench -am test} checks that the peers compute what we compute.
 */
package dev.cprfl.bench;
