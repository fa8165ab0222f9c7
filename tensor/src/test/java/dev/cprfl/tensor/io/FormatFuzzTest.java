package dev.cprfl.tensor.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cprfl.tensor.UserException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Changes good files at random and reads them: each is read or refused with one line, nothing else is ever thrown, and no more
 * memory is taken than the file's size warrants. {@code -Dcprfl.fuzz=100000} sets how many changed files each format gets.
 */
class FormatFuzzTest {

    private static final Path FORMATS = Path.of("src/test/resources/formats");
    private static final int RUNS = Integer.getInteger("cprfl.fuzz", 2000);
    private static final long FREE = 4 << 20;
    private static final long FACTOR = 32;
    private static final long[] LENGTHS = {0, 1, -1, 2, 127, 128, 255, 256, 65535, 65536, Integer.MAX_VALUE,
        Integer.MIN_VALUE, 0xFFFFFFFFL, 1L << 32, 1L << 40, Long.MAX_VALUE, Long.MIN_VALUE};
    private static final String OPCODES = "().012FIJKLMNPQRSTUVXabcd}eghij]lopqrstu"
            + "B\200\201\202\205\206\207\210\211\212\213C\214\215\216\217\220\221\222\223\224\225\226\227\230";

    /** What is read. */
    enum Kind {
        SAFETENSORS, NPY, NPZ, PYTORCH, PYTORCH_LEGACY, TORCHSCRIPT
    }

    /** Good files to begin from. */
    private static List<byte[]> seeds(Kind kind) throws IOException {
        List<byte[]> seeds = new ArrayList<>();
        List<String> files = switch (kind) {
            case SAFETENSORS -> List.of("all.safetensors");
            case NPY -> List.of("v1_f4.npy", "v1_f8_fortran.npy", "v1_f4_bigendian.npy", "v2_f4.npy");
            case NPZ -> List.of();
            case PYTORCH -> List.of("sd_zip.pth", "official_layout.ckpt", "with_optimizer.pth", "handmade_ok.pth",
                    "sd_zip_proto4.pth");
            case PYTORCH_LEGACY -> List.of("sd_legacy.pth");
            case TORCHSCRIPT -> List.of("clip_like_jit.pt");
        };
        for (String file : files) {
            seeds.add(Files.readAllBytes(FORMATS.resolve(file)));
        }
        if (kind == Kind.NPZ) {
            byte[] stored = Files.readAllBytes(FORMATS.resolve("v1_f4.npy"));
            byte[] deflated = Files.readAllBytes(FORMATS.resolve("v1_f8_fortran.npy"));
            seeds.add(new TestZip().store("a.npy", stored).deflated("b.npy", deflated).finish());
        }
        return seeds;
    }

    @ParameterizedTest
    @EnumSource
    void readsOrRefuses(Kind kind) throws IOException {
        List<byte[]> seeds = seeds(kind);
        // Classes are loaded by then: what they take is no file's fault.
        for (byte[] seed : seeds) {
            WeightFile.parse(Path.of("x.pth"), MemorySegment.ofArray(seed));
        }
        SplittableRandom random = new SplittableRandom(kind.name().hashCode());
        int read = 0;
        for (int run = 0; run < RUNS; run++) {
            byte[] seed = seeds.get(random.nextInt(seeds.size()));
            byte[] content = isZip(seed) && random.nextBoolean() ? changeEntry(seed, random) : change(seed, random);
            boolean[] accepted = new boolean[1];
            Throwable[] thrown = new Throwable[1];
            long allocated = Allocation.of(() -> {
                try {
                    WeightFile.parse(Path.of("x.pth"), MemorySegment.ofArray(content));
                    accepted[0] = true;
                } catch (UserException refused) {
                    accepted[0] = false;
                } catch (Throwable other) {
                    thrown[0] = other;
                }
            });
            assertThat(thrown[0]).as("run %d of %s", run, kind).isNull();
            assertThat(allocated).as("bytes allocated in run %d of %s, a file of %d", run, kind, content.length)
                    .isLessThan(FREE + FACTOR * content.length);
            if (accepted[0]) {
                read++;
                WeightFile.parse(Path.of("x.pth"), MemorySegment.ofArray(content)).tensors().values()
                        .forEach(HostTensor::toFloats);
            }
        }
        // Changes that go no further than the first check would test nothing.
        assertThat(read).as("files still read").isBetween(RUNS / 1000, RUNS - RUNS / 10);
    }

    private static boolean isZip(byte[] content) {
        return content[0] == 'P' && content[1] == 'K';
    }

    /** Changes one entry, most often the pickle, and writes the archive anew, so that its CRC-32 is right. */
    private static byte[] changeEntry(byte[] archive, SplittableRandom random) {
        ZipArchive zip = new ZipArchive("seed", MemorySegment.ofArray(archive));
        Map<String, byte[]> entries = new LinkedHashMap<>();
        for (String name : zip.names()) {
            entries.put(name, zip.read(name).toArray(ValueLayout.JAVA_BYTE));
        }
        List<String> names = new ArrayList<>(entries.keySet());
        String pickle = TorchReader.folder(zip) + "data.pkl";
        String changed = entries.containsKey(pickle) && random.nextInt(5) > 0
                ? pickle
                : names.get(random.nextInt(names.size()));
        entries.put(changed, change(entries.get(changed), random));
        return TestZip.stored(entries);
    }

    private static byte[] change(byte[] original, SplittableRandom random) {
        byte[] content = original;
        int changes = 1 + (random.nextInt(3) == 0 ? random.nextInt(6) : 0);
        for (int i = 0; i < changes && content.length > 0; i++) {
            content = changeOnce(content, random);
        }
        return content;
    }

    private static byte[] changeOnce(byte[] content, SplittableRandom random) {
        int at = random.nextInt(content.length);
        return switch (random.nextInt(7)) {
            case 0 -> {
                byte[] flipped = content.clone();
                flipped[at] ^= (byte) (1 << random.nextInt(8));
                yield flipped;
            }
            case 1 -> {
                byte[] replaced = content.clone();
                replaced[at] = (byte) random.nextInt(256);
                yield replaced;
            }
            case 2 -> Arrays.copyOf(content, at);
            case 3 -> {
                byte[] copied = content.clone();
                int from = random.nextInt(content.length);
                int count = random.nextInt(1 + Math.min(64, content.length - Math.max(at, from)));
                System.arraycopy(content, from, copied, at, count);
                yield copied;
            }
            case 4 -> {
                int from = random.nextInt(content.length);
                int count = random.nextInt(1 + Math.min(200, content.length - from));
                yield splice(content, at, 0, Arrays.copyOfRange(content, from, from + count));
            }
            case 5 -> splice(content, at, random.nextInt(1 + Math.min(16, content.length - at)), opcodes(random));
            default -> {
                long length = LENGTHS[random.nextInt(LENGTHS.length)] + random.nextInt(3) - 1;
                byte[] field = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(length).array();
                int width = Math.min(1 << random.nextInt(4), content.length - at);
                yield splice(content, at, width, Arrays.copyOf(field, width));
            }
        };
    }

    private static byte[] opcodes(SplittableRandom random) {
        byte[] opcodes = new byte[1 + random.nextInt(8)];
        for (int i = 0; i < opcodes.length; i++) {
            opcodes[i] = (byte) OPCODES.charAt(random.nextInt(OPCODES.length()));
        }
        return opcodes;
    }

    private static byte[] splice(byte[] content, int at, int remove, byte[] insert) {
        byte[] spliced = new byte[content.length - remove + insert.length];
        System.arraycopy(content, 0, spliced, 0, at);
        System.arraycopy(insert, 0, spliced, at, insert.length);
        System.arraycopy(content, at + remove, spliced, at + insert.length, content.length - at - remove);
        return spliced;
    }
}
