package dev.cprfl.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cprfl.kernels.DeviceMemoryException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The pool on a device that is only counted. */
class DeviceMemoryTest {

    private static final long MIB = 1 << 20;

    /** Hands out addresses while it has bytes. */
    private static final class CountedDevice implements DeviceMemory.Source {

        final Map<Long, Long> allocated = new TreeMap<>();
        final long capacity;
        private long next = 1 << 20;

        CountedDevice(long capacity) {
            this.capacity = capacity;
        }

        @Override
        public long allocate(long bytes) {
            if (bytes > freeBytes()) {
                return 0;
            }
            long address = next;
            next += bytes + 4096;
            allocated.put(address, bytes);
            return address;
        }

        @Override
        public void free(long address) {
            assertThat(allocated.remove(address)).isNotNull();
        }

        @Override
        public long freeBytes() {
            return capacity - allocated.values().stream().mapToLong(Long::longValue).sum();
        }
    }

    private final CountedDevice device = new CountedDevice(1024 * MIB);
    private final DeviceMemory memory = new DeviceMemory(device, null);

    private DeviceStorage allocate(int length) {
        return (DeviceStorage) memory.allocate(length);
    }

    @Test
    void takesNothingBeforeTheFirstUse() {
        DeviceStorage storage = allocate(1000);
        assertThat(memory.bytesHeld()).isZero();
        assertThat(storage.address()).isNotZero();
        assertThat(memory.bytesHeld()).isEqualTo(32 * MIB);
    }

    @Test
    void handsOutWhatWasReleased() {
        DeviceStorage first = allocate(1000);
        long address = first.address();
        memory.release(first);
        assertThat(allocate(500).address()).isEqualTo(address);
    }

    @Test
    void storagesNeverOverlap() {
        Random random = new Random(2);
        List<DeviceStorage> live = new ArrayList<>();
        for (int i = 0; i < 3000; i++) {
            if (live.size() < 40 || random.nextBoolean()) {
                DeviceStorage storage = allocate(1 + random.nextInt(100_000));
                storage.become(random.nextBoolean() ? Type.FLOAT : Type.BFLOAT16);
                live.add(storage);
            } else {
                memory.release(live.remove(random.nextInt(live.size())));
            }
        }
        live.sort((a, b) -> Long.compare(a.address(), b.address()));
        for (int i = 1; i < live.size(); i++) {
            DeviceStorage before = live.get(i - 1);
            assertThat(before.address() + (long) before.length * before.type().bytes).isLessThanOrEqualTo(
                    live.get(i).address());
        }
        live.forEach(memory::release);
        memory.trim();
        assertThat(memory.bytesHeld()).isZero();
        assertThat(device.allocated).isEmpty();
    }

    @Test
    void tenThousandStepsHoldNoMoreThanTheFirst() {
        step();
        long held = memory.bytesHeld();
        for (int i = 0; i < 10_000; i++) {
            step();
        }
        assertThat(memory.bytesHeld()).isEqualTo(held);
    }

    private void step() {
        List<DeviceStorage> activations = new ArrayList<>();
        for (int i = 1; i <= 20; i++) {
            DeviceStorage storage = allocate(i * 70_000 % 900_001);
            storage.become(i % 3 == 0 ? Type.FLOAT : Type.BFLOAT16);
            activations.add(storage);
        }
        activations.reversed().forEach(memory::release);
    }

    @Test
    void saysWhatWasAskedForHeldAndFreeWhenFull() {
        DeviceStorage kept = allocate((int) (600 * MIB / 4));
        long address = kept.address();
        DeviceStorage tooLarge = allocate((int) (500 * MIB / 4));
        assertThatThrownBy(tooLarge::address).isInstanceOf(DeviceMemoryException.class)
                .hasMessageContaining("500 MiB more were asked for, 600 MiB are held, 424 MiB free");
        assertThat(kept.address()).isEqualTo(address);
        DeviceStorage fits = allocate((int) (400 * MIB / 4));
        assertThat(fits.address()).isNotZero();
    }

    @Test
    void givesBackWhatLiesIdleBeforeItGivesUp() {
        DeviceStorage idle = allocate((int) (700 * MIB / 4));
        idle.address();
        memory.release(idle);
        assertThat(allocate((int) (900 * MIB / 4)).address()).isNotZero();
        assertThat(memory.bytesHeld()).isEqualTo(900 * MIB);
    }

    @Test
    void refusesASecondRelease() {
        DeviceStorage storage = allocate(10);
        DeviceStorage window = storage.slice(2, 3);
        memory.release(window); // ignored
        memory.release(storage);
        assertThatThrownBy(() -> memory.release(storage)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(window::address).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void anOverwrittenStorageTakesTheNewTypeUnlessSomethingElseShowsItsNumbers() {
        DeviceStorage storage = allocate(100);
        assertThat(storage.become(Type.BFLOAT16)).isTrue();
        assertThat(storage.type()).isEqualTo(Type.BFLOAT16);
        assertThat(storage.become(Type.FLOAT)).isTrue();
        DeviceStorage window = storage.slice(10, 5);
        assertThat(window.type()).isEqualTo(Type.FLOAT);
        assertThat(window.address()).isEqualTo(storage.address() + 40);
        assertThat(storage.become(Type.BFLOAT16)).isFalse();
        assertThat(storage.type()).isEqualTo(Type.FLOAT);
    }

    @Test
    void anEmptyStorageNeedsNoMemory() {
        DeviceStorage storage = allocate(0);
        assertThat(storage.address()).isZero();
        memory.release(storage);
        assertThat(memory.bytesHeld()).isZero();
        assertThatThrownBy(() -> memory.allocate(-1)).isInstanceOf(IllegalArgumentException.class);
    }
}
