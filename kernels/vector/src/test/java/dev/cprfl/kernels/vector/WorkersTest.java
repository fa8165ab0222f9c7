package dev.cprfl.kernels.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WorkersTest {

    @Test
    void callsEveryTaskOnceManyTimes() {
        try (Workers workers = new Workers(4)) {
            for (int round = 0; round < 5000; round++) {
                int tasks = round % 17;
                AtomicIntegerArray calls = new AtomicIntegerArray(17);
                workers.run(tasks, calls::incrementAndGet);
                for (int i = 0; i < 17; i++) {
                    assertThat(calls.get(i)).isEqualTo(i < tasks ? 1 : 0);
                }
            }
        }
    }

    @Test
    void usesAllThreadsAtOnce() throws InterruptedException {
        try (Workers workers = new Workers(3)) {
            TimeUnit.MILLISECONDS.sleep(20); // lets them park
            CountDownLatch all = new CountDownLatch(3);
            workers.run(3, task -> {
                all.countDown();
                try {
                    assertThat(all.await(30, TimeUnit.SECONDS)).isTrue();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
        }
    }

    @Test
    void passesAnExceptionOnAndWorksAfterwards() {
        try (Workers workers = new Workers(3)) {
            for (int round = 0; round < 100; round++) {
                assertThatThrownBy(() -> workers.run(8, task -> {
                    if (task == 5) {
                        throw new ArithmeticException("task 5");
                    }
                })).isInstanceOf(ArithmeticException.class).hasMessage("task 5");
                AtomicInteger sum = new AtomicInteger();
                workers.run(8, sum::addAndGet);
                assertThat(sum).hasValue(28);
            }
        }
    }

    @Test
    void nestedAndConcurrentCallsComplete() {
        try (Workers workers = new Workers(3)) {
            AtomicInteger calls = new AtomicInteger();
            IntConsumer nested = outer -> workers.run(5, inner -> calls.incrementAndGet());
            IntStream.range(0, 200).parallel().forEach(i -> workers.run(4, nested));
            assertThat(calls).hasValue(200 * 4 * 5);
        }
    }

    @Test
    void anInterruptDoesNotCutAnOperationShort() {
        try (Workers workers = new Workers(2)) {
            AtomicInteger calls = new AtomicInteger();
            Thread.currentThread().interrupt();
            workers.run(2, task -> {
                long end = System.nanoTime() + 20_000_000;
                while (System.nanoTime() < end) {
                    Thread.onSpinWait();
                }
                calls.incrementAndGet();
            });
            assertThat(calls).hasValue(2);
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void closedWorkersRefuse() {
        Workers workers = new Workers(2);
        workers.close();
        assertThatThrownBy(() -> workers.run(2, task -> {})).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
    }
}
