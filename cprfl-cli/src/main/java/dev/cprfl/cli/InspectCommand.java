package dev.cprfl.cli;

import dev.cprfl.model.training.Provenance;
import dev.cprfl.tensor.UserException;
import dev.cprfl.tensor.io.HostTensor;
import dev.cprfl.tensor.io.Npy;
import dev.cprfl.tensor.io.Safetensors;
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
        description = "List the tensors of a .safetensors or .npy file: name, type, shape, mean; and the file's SHA-256.",
        footer = {"", "Examples:",
            "  cprfl inspect resnet101.safetensors",
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

    private record Contents(String file, long bytes, String sha256, Map<String, String> metadata, long numbers,
            List<Entry> tensors) {}

    @Mixin
    private Common common;

    @Parameters(paramLabel = "FILE", description = "A .safetensors or .npy file.")
    private Path file;

    @Override
    public Integer call() throws IOException {
        Map<String, HostTensor> tensors;
        Map<String, String> metadata = Map.of();
        if (file.toString().endsWith(".npy")) {
            tensors = Map.of("", Npy.read(file));
        } else if (file.toString().endsWith(".safetensors")) {
            Safetensors contents = Safetensors.read(file);
            tensors = contents.tensors();
            metadata = contents.metadata();
        } else {
            throw new UserException(file + ": inspect reads .safetensors and .npy files");
        }
        Contents contents = new Contents(file.toString(), Files.size(file), Provenance.sha256(file), metadata,
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
        text.append(contents.file).append(": ").append(contents.bytes).append(" bytes, ")
                .append(contents.tensors.size()).append(" tensors, ").append(contents.numbers).append(" numbers\n");
        text.append("SHA-256 ").append(contents.sha256).append('\n');
        contents.metadata.forEach((key, value) -> text.append(key).append(" = ").append(value).append('\n'));
        return text.append('\n').append(table).toString();
    }
}
