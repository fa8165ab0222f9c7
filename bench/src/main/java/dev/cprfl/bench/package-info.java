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
 * thread, {@code -h} for the rest. With {@code -Ppeers} the build adds PyTorch on the same shapes (Linux on x86-64).
 */
package dev.cprfl.bench;
