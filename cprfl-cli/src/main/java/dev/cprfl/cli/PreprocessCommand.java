package dev.cprfl.cli;

import dev.cprfl.model.data.Image;
import dev.cprfl.model.data.ImageReader;
import dev.cprfl.model.data.Normalization;
import dev.cprfl.model.data.Resample;
import dev.cprfl.model.data.Resize;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.UserException;
import dev.cprfl.tensor.io.DType;
import dev.cprfl.tensor.io.HostTensor;
import dev.cprfl.tensor.io.Safetensors;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows what the network sees of a picture. */
@Command(name = "preprocess", mixinStandardHelpOptions = true,
        description = {"Write what the network sees of pictures, for comparing with another pipeline.",
            "Each gives two tensors: NAME.u8 [S,S,3], the bytes after decoding and resizing, and NAME.f32 [3,S,S],"
                    + " normalised."},
        footer = {"", "Examples:",
            "  cprfl preprocess photo.jpg --size 448 --out photo.safetensors",
            "  cprfl preprocess *.jpg --size 224 --resample bicubic --normalisation clip --out photos.safetensors"})
final class PreprocessCommand implements Callable<Integer> {

    private record Picture(String file, int width, int height, List<String> tensors) {}

    private record Result(String out, int size, Resample resample, Normalization normalisation,
            List<Picture> pictures) {}

    @Mixin
    private Common common;

    @Parameters(paramLabel = "IMAGE", arity = "1..*", description = "JPEG, PNG, GIF, BMP or TIFF files.")
    private List<Path> files;

    @Option(names = "--size", paramLabel = "S", required = true,
            description = "Width and height in pixels to resize to; the aspect ratio is not kept.")
    private int size;

    @Option(names = "--resample", paramLabel = "FILTER", defaultValue = "bilinear",
            description = "bilinear (the default) or bicubic.")
    private Resample resample;

    @Option(names = "--normalisation", paramLabel = "NAME", defaultValue = "imagenet",
            description = "imagenet (the default), clip, or none: only divided by 255.")
    private Normalization normalisation;

    @Option(names = "--no-exif-orientation",
            description = "Do not turn pictures upright as their EXIF tag says; PIL's open does not either.")
    private boolean asStored;

    @Option(names = "--out", paramLabel = "FILE", required = true, description = "The .safetensors file to write.")
    private Path out;

    @Override
    public Integer call() {
        if (size < 1 || size > 1 << 14) {
            throw new UserException("--size " + size + ": give a number of pixels between 1 and " + (1 << 14));
        }
        ImageReader reader = new ImageReader(!asStored);
        Map<String, HostTensor> tensors = new LinkedHashMap<>();
        List<Picture> pictures = files.stream().map(file -> add(file, reader.read(file), tensors)).toList();
        Safetensors.write(out, tensors, Map.of());
        TextTable table = new TextTable("image", ">pixels", "tensors");
        pictures.forEach(p -> table.row(p.file, p.width + " x " + p.height, String.join(", ", p.tensors)));
        common.print(new Result(out.toString(), size, resample, normalisation, pictures),
                table + "written to " + out);
        return Main.DONE;
    }

    private Picture add(Path file, Image image, Map<String, HostTensor> tensors) {
        String name = String.valueOf(file.getFileName());
        Image resized = Resize.to(image, size, size, resample);
        HostTensor bytes = HostTensor.of(DType.U8, Shape.of(size, size, 3), MemorySegment.ofArray(resized.rgb()));
        HostTensor floats = HostTensor.of(Shape.of(3, size, size), normalisation.toNchw(resized));
        if (tensors.put(name + ".u8", bytes) != null) {
            throw new UserException(file + ": another picture is also named " + name + "; write them to two files");
        }
        tensors.put(name + ".f32", floats);
        return new Picture(file.toString(), image.width(), image.height(), List.of(name + ".u8", name + ".f32"));
    }
}
