package dev.cprfl.cli;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.cprfl.model.data.DataCheck;
import dev.cprfl.model.data.Dataset;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Looks through a data set before a training meets its faults. */
@Command(name = "check-data", mixinStandardHelpOptions = true,
        description = {
            "Read a whole data set and report what is in it: images per class and split, head, medium and tail,"
                    + " images without labels, and what is wrong: missing or unreadable images, and pictures in two"
                    + " splits.",
            "The exit code is 1 if anything is wrong."},
        footer = {"", "Examples:",
            "  cprfl check-data voc.yaml",
            "  cprfl check-data voc.yaml --json | jq .duplicates",
            "", "A DATASET.yaml for lists of lines \"path id id ...\":",
            "  format: list          # or voc, coco, csv",
            "  root: .               # image paths are relative to it, as it is to this file",
            "  labels: labels.txt    # lines \"name id\"",
            "  train: train.txt",
            "  test: test.txt"})
final class CheckDataCommand implements Callable<Integer> {

    /** Of a long list of faults, a terminal shows so many. */
    private static final int SHOWN = 10;

    private record Result(boolean passed, @JsonUnwrapped DataCheck found) {}

    @Mixin
    private Common common;

    @Parameters(paramLabel = "DATASET.yaml", description = "The description of the data set.")
    private Path yaml;

    @Override
    public Integer call() {
        DataCheck check = DataCheck.of(Dataset.read(yaml), common.threads());
        common.print(new Result(check.passed(), check), describe(check));
        return check.passed() ? Main.DONE : Main.FAILED;
    }

    private static String describe(DataCheck check) {
        TextTable splits = new TextTable("split", ">images", ">without labels", ">missing", ">unreadable");
        check.splits().forEach((name, split) -> splits.row(name, split.images(), split.withoutLabels(),
                split.missing().size(), split.unreadable().size()));
        List<String> headers = new ArrayList<>(List.of(">id", "class"));
        check.splits().keySet().forEach(name -> headers.add(">" + name));
        headers.add("group");
        TextTable classes = new TextTable(headers.toArray(String[]::new));
        for (int id = 0; id < check.classNames().size(); id++) {
            List<Object> cells = new ArrayList<>(List.of(id, check.classNames().get(id)));
            for (DataCheck.Split split : check.splits().values()) {
                cells.add(split.classCounts().get(id));
            }
            cells.add(check.groups().isEmpty() ? "-" : check.groups().get(id).name().toLowerCase(Locale.ROOT));
            classes.row(cells.toArray());
        }
        StringBuilder text = new StringBuilder().append(splits).append('\n').append(classes);
        check.splits().forEach((name, split) -> {
            list(text, name + ": missing images", split.missing());
            list(text, name + ": unreadable images", split.unreadable());
        });
        list(text, "the same picture twice", check.duplicates().stream().map(CheckDataCommand::describe).toList());
        return text.append(check.passed() ? "\nnothing is wrong" : "\nthe data set has faults").toString();
    }

    private static String describe(DataCheck.Duplicate duplicate) {
        return duplicate.firstSplit() + " " + duplicate.first() + (duplicate.sameFile() ? " is also in " : " equals ")
                + duplicate.secondSplit() + (duplicate.sameFile() ? "" : " " + duplicate.second());
    }

    private static void list(StringBuilder text, String title, List<?> items) {
        if (!items.isEmpty()) {
            text.append('\n').append(title).append(": ").append(items.size()).append('\n');
            items.stream().limit(SHOWN).forEach(item -> text.append("  ").append(item).append('\n'));
            if (items.size() > SHOWN) {
                text.append("  ... and ").append(items.size() - SHOWN).append(" more; --json lists all\n");
            }
        }
    }
}
