package dev.cprfl.cli;

import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.Backends;
import dev.cprfl.model.example.WorkedExample;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Shows the method on numbers that can be followed by hand. */
@Command(name = "example", mixinStandardHelpOptions = true,
        description = {
            "Print every number of a CPRFL with 2 classes, 4 visual tokens and d = 3, equation by equation: weights,"
                    + " intermediates, loss, and the gradients of both paths to the prompts.",
            "docs/method.md tells what they mean. Computed in double unless --backend says otherwise."},
        footer = {"", "Examples:",
            "  cprfl example",
            "  cprfl example --backend vector --json"})
final class ExampleCommand implements Callable<Integer> {

    private record Result(String backend, List<WorkedExample.Part> parts) {}

    @Mixin
    private Common common;

    @Override
    public Integer call() {
        boolean chosen = !common.backendName().equals("auto");
        try (Backend backend = chosen ? common.openBackend() : Backends.open("reference", common.threads())) {
            List<WorkedExample.Part> parts = WorkedExample.run(backend);
            common.print(new Result(backend.name(), parts), text(parts));
        }
        return Main.DONE;
    }

    private static String text(List<WorkedExample.Part> parts) {
        StringBuilder text = new StringBuilder();
        for (WorkedExample.Part part : parts) {
            text.append("%-3s  %s%n".formatted(part.equation(), part.formula()));
            for (WorkedExample.Value value : part.values()) {
                append(value, text);
            }
        }
        return text.toString();
    }

    /** A line for each row of a matrix; the name stands before the first. */
    private static void append(WorkedExample.Value value, StringBuilder text) {
        int columns = value.shape().getLast();
        for (int i = 0; i < value.numbers().size(); i++) {
            if (i % columns == 0) {
                text.append("     %-15s %-7s".formatted(i == 0 ? value.name() : "", i == 0 ? value.shape() : ""));
            }
            text.append(String.format(Locale.ROOT, " %8.4f", value.numbers().get(i)));
            if (i % columns == columns - 1) {
                text.append('\n');
            }
        }
    }
}
