package dev.cprfl.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

class LaunchTest {

    /** As C lays out {@code struct {int a; void *b; float c; int d; long long e;}}. */
    @Test
    void laysArgumentsOutAsC() {
        try (Arena arena = Arena.ofConfined()) {
            Launch launch = new Launch(null, arena);
            MemorySegment bytes = launch.of(null, "test").number(7).pointer(0x123456789AL).number(1.5f).number(-2)
                    .number(1L << 40).arguments();
            assertThat(bytes.byteSize()).isEqualTo(32);
            assertThat(bytes.get(ValueLayout.JAVA_INT, 0)).isEqualTo(7);
            assertThat(bytes.get(ValueLayout.JAVA_LONG, 8)).isEqualTo(0x123456789AL);
            assertThat(bytes.get(ValueLayout.JAVA_FLOAT, 16)).isEqualTo(1.5f);
            assertThat(bytes.get(ValueLayout.JAVA_INT, 20)).isEqualTo(-2);
            assertThat(bytes.get(ValueLayout.JAVA_LONG, 24)).isEqualTo(1L << 40);
        }
    }

    @Test
    void startsAnewForEachKernelAndSkipsEmptyGrids() {
        try (Arena arena = Arena.ofConfined()) {
            Launch launch = new Launch(null, arena);
            launch.of(null, "first").number(1).number(2).run(0, 256); // would fail if it were queued
            assertThat(launch.of(null, "second").number(3).arguments().byteSize()).isEqualTo(4);
        }
    }
}
