package dev.cprfl.kernels.vector;

import dev.cprfl.kernels.Checks;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntConsumer;

/**
 * A fixed team of threads that computes the parts of one operation: {@link #run} hands out task numbers one by one, the
 * caller takes part, and a call allocates nothing. Between operations the threads spin for some microseconds, because the
 * next operation usually follows at once, and then park.
 */
final class Workers implements AutoCloseable {

    /** Looks at the ticket before a thread parks: roughly 20 microseconds. */
    private static final int SPINS = 500;
    private static final long COUNT = 0xFFFFFFFFL;

    private final Worker[] workers;
    private final ReentrantLock busy = new ReentrantLock();

    /**
     * The number of the operation (high half) and how many of its tasks nobody has taken yet (low half). Who lowers the low
     * half by one owns that task; the high half keeps a late thread from taking a task of the next operation by mistake.
     */
    private final AtomicLong ticket = new AtomicLong();
    /** Written before the ticket is. Who took a task may read them, because the operation cannot end before that task does. */
    private IntConsumer task;
    private int tasks;
    private final AtomicInteger unfinished = new AtomicInteger();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private volatile Thread caller;
    private volatile boolean closed;

    /** @param threads how many compute at a time, the caller included; 0 for one per processor */
    Workers(int threads) {
        Checks.atLeast(0, threads, "threads");
        int all = threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
        workers = new Worker[all - 1];
        for (int i = 0; i < workers.length; i++) {
            workers[i] = new Worker(i + 1);
            workers[i].start();
        }
    }

    /** How many threads compute at a time, the caller included. */
    int threads() {
        return workers.length + 1;
    }

    /**
     * Calls {@code work} with 0 to count - 1, each once, on any thread and in any order, and returns when all have returned.
     * A call from inside a task, or while another thread's call is under way, computes all its tasks itself.
     *
     * @throws RuntimeException or an Error, the first that a task threw; tasks not begun by then are left out
     */
    void run(int count, IntConsumer work) {
        if (count <= 1 || workers.length == 0 || Thread.currentThread() instanceof Worker
                || busy.isHeldByCurrentThread()
                || !busy.tryLock()) {
            for (int i = 0; i < count; i++) {
                work.accept(i);
            }
            return;
        }
        try {
            if (closed) {
                throw new IllegalStateException("the vector backend is closed");
            }
            runShared(count, work);
        } finally {
            busy.unlock();
        }
    }

    private void runShared(int count, IntConsumer work) {
        task = work;
        tasks = count;
        unfinished.set(count);
        long operation = (ticket.get() & ~COUNT) + COUNT + 1;
        ticket.set(operation | count);
        int helpers = Math.min(workers.length, count - 1);
        for (int i = 0; i < helpers; i++) {
            workers[i].wake();
        }
        takeTasks();
        awaitTasks();
        task = null;
        Throwable thrown = failure.getAndSet(null);
        if (thrown instanceof Error e) {
            throw e;
        } else if (thrown != null) {
            throw (RuntimeException) thrown;
        }
    }

    private void takeTasks() {
        long seen = ticket.get();
        while ((seen & COUNT) != 0) {
            long witness = ticket.compareAndExchange(seen, seen - 1);
            if (witness == seen) {
                perform(tasks - (int) (seen & COUNT));
                witness = ticket.get();
            }
            seen = witness;
        }
    }

    private void perform(int number) {
        try {
            if (failure.get() == null) {
                task.accept(number);
            }
        } catch (RuntimeException | Error e) {
            failure.compareAndSet(null, e);
        } finally {
            if (unfinished.decrementAndGet() == 0) {
                LockSupport.unpark(caller);
            }
        }
    }

    private void awaitTasks() {
        for (int spin = 0; spin < SPINS && unfinished.get() > 0; spin++) {
            Thread.onSpinWait();
        }
        if (unfinished.get() > 0) {
            boolean interrupted = false;
            caller = Thread.currentThread();
            while (unfinished.get() > 0) {
                LockSupport.park(this);
                interrupted |= Thread.interrupted(); // else park would return at once, again and again
            }
            caller = null;
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        for (Worker worker : workers) {
            LockSupport.unpark(worker);
        }
    }

    private final class Worker extends Thread {

        private volatile boolean parked;

        Worker(int number) {
            super("cprfl-worker-" + number);
            setDaemon(true);
        }

        @Override
        public void run() {
            while (!closed) {
                takeTasks();
                for (int spin = 0; spin < SPINS && idle(); spin++) {
                    Thread.onSpinWait();
                }
                parked = true;
                while (idle()) {
                    LockSupport.park(Workers.this);
                }
                parked = false;
            }
        }

        private boolean idle() {
            return (ticket.get() & COUNT) == 0 && !closed;
        }

        /** {@code parked} is set before the last look at the ticket, and read here after the ticket was written. */
        void wake() {
            if (parked) {
                LockSupport.unpark(this);
            }
        }
    }
}
