package dev.cprfl.tensor.io;

import dev.cprfl.tensor.UserException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A file's bytes without reading them: pages come from the disk when touched, and go when nobody refers to them. */
final class MappedFile {

    private MappedFile() {}

    /** @throws UserException if the file cannot be opened */
    static MemorySegment open(Path file) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            if (!Files.isRegularFile(file)) {
                throw new IOException("not a regular file");
            }
            return channel.map(MapMode.READ_ONLY, 0, channel.size(), Arena.ofAuto());
        } catch (IOException e) {
            throw FileErrors.unreadable(file, e);
        }
    }
}
