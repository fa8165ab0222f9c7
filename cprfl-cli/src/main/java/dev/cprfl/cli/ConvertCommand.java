package dev.cprfl.cli;

import dev.cprfl.tensor.UserException;
import dev.cprfl.tensor.io.HostTensor;
import dev.cprfl.tensor.io.Safetensors;
import dev.cprfl.tensor.io.WeightFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Writes the tensors of any weight file as safetensors. */
@Command(name = "convert", mixinStandardHelpOptions = true,
        description = {"Write the tensors of a weight file as safetensors, under the same names.",
            "Read are safetensors, PyTorch's .pth, .pt and .ckpt, TorchScript, .npz and .npy. No code of a file is run."},
        footer = {"", "Examples:",
            "  cprfl convert resnet101-cd907fc2.pth resnet101.safetensors",
            "  cprfl convert RN50.pt clip-rn50.safetensors"})
final class ConvertCommand implements Callable<Integer> {

    private static final String EXTENSION = ".safetensors";

    private record Result(String in, String format, String out, long bytes, int tensors, long numbers,
            Map<String, String> metadata, Map<String, String> leftOut) {}

    @Mixin
    private Common common;

    @Parameters(index = "0", paramLabel = "IN", description = "A weight file of any format.")
    private Path in;

    @Parameters(index = "1", paramLabel = "OUT.safetensors", description = "The file to write, whole or not at all.")
    private Path out;

    @Override
    public Integer call() throws IOException {
        if (!out.toString().endsWith(EXTENSION)) {
            throw new UserException(out + ": convert writes safetensors; give a name that ends in " + EXTENSION);
        }
        WeightFile weights = WeightFile.open(in);
        if (Files.exists(out) && Files.isSameFile(in, out)) {
            throw new UserException(out + " is the file to read; give another name to write to");
        }
        Safetensors.write(out, weights.tensors(), weights.metadata());
        Result result = new Result(in.toString(), weights.format().toString(), out.toString(), Files.size(out),
                weights.tensors().size(), weights.tensors().values().stream().mapToLong(HostTensor::length).sum(),
                weights.metadata(), weights.leftOut());
        common.print(result, describe(result));
        return Main.DONE;
    }

    private static String describe(Result result) {
        StringBuilder text = new StringBuilder();
        text.append(result.in).append(": ").append(result.format).append('\n');
        text.append(result.tensors).append(" tensors, ").append(result.numbers).append(" numbers, ")
                .append(result.bytes).append(" bytes written to ").append(result.out).append('\n');
        result.leftOut.forEach((key, value) -> text.append("left out: ").append(key).append(" = ").append(value)
                .append('\n'));
        return text.toString();
    }
}
