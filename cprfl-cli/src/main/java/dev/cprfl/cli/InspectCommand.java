package dev.cprfl.cli;

import dev.cprfl.model.training.Provenance;
import dev.cprfl.tensor.io.HostTensor;
import dev.cprfl.tensor.io.WeightFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Lists what a file of tensors holds. */
@Command(name = "inspect", mixinStandardHelpOptions = true,
        description = {
            "List the tensors of a weight file: name, type, shape, mean; what else it holds; and its SHA-256.",
            "Read are safetensors, PyTorch's .pth, .pt and .ckpt, TorchScript, .npz and .npy."},
        footer = {"", "Examples:",
            "  cprfl inspect resnet101-cd907fc2.pth",
            "  cprfl inspect --json run/best.safetensors | jq '.tensors[].name'"})
final class InspectCommand implements Callable<Integer> {

    /** @param mean null for a tensor without numbers */
    private record Entry(String name, String type, List<Integer> shape, Double mean) {

        static Entry of(String name, HostTensor tensor) {
            Double mean = tensor.length() == 0 ? null : Arrays.stream(tensor.toDoubles()).sum() / tensor.length();
            return new Entry(name, tensor.dtype().name(), Arrays.stream(tensor.shape().toArray()).boxed().toList(),
                    mean);
        }
    }

    private record Contents(String file, String format, long bytes, String sha256, Map<String, String> metadata,
            Map<String, String> leftOut, long numbers, List<Entry> tensors) {}

    @Mixin
    private Common common;

    @Parameters(paramLabel = "FILE", description = "A weight file of any format.")
    private Path file;

    @Override
    public Integer call() throws IOException {
        WeightFile weights = WeightFile.open(file);
        Map<String, HostTensor> tensors = weights.tensors();
        Contents contents = new Contents(file.toString(), weights.format().toString(), Files.size(file),
                Provenance.sha256(file), weights.metadata(), weights.leftOut(),
                tensors.values().stream().mapToLong(HostTensor::length).sum(),
                tensors.entrySet().stream().map(entry -> Entry.of(entry.getKey(), entry.getValue())).toList());
        common.print(contents, describe(contents));
        return Main.DONE;
    }

    private static String describe(Contents contents) {
        TextTable table = new TextTable("name", "type", "shape", ">mean");
        for (Entry entry : contents.tensors) {
            table.row(entry.name, entry.type, entry.shape,
                    entry.mean == null ? "-" : String.format("%.6g", entry.mean));
        }
        StringBuilder text = new StringBuilder();
        text.append(contents.file).append(": ").append(contents.format).append(", ").append(contents.bytes)
                .append(" bytes, ")
                .append(contents.tensors.size()).append(" tensors, ").append(contents.numbers).append(" numbers\n");
        text.append("SHA-256 ").append(contents.sha256).append('\n');
        contents.metadata.forEach((key, value) -> text.append(key).append(" = ").append(value).append('\n'));
        contents.leftOut.forEach((key, value) -> text.append("not a weight: ").append(key).append(" = ").append(value)
                .append('\n'));
        return text.append('\n').append(table).toString();
    }
}
