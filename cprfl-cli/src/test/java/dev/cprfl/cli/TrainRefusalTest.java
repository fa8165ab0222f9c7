package dev.cprfl.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cprfl.model.data.Image;
import dev.cprfl.model.data.ImageWriter;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.io.HostTensor;
import dev.cprfl.tensor.io.Npy;
import dev.cprfl.tensor.io.Safetensors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Proves that train answers what it cannot use with one line that says what and where, with exit code 1 and without a stack
 * trace, and that odd input which makes sense is used.
 */
class TrainRefusalTest {

    @TempDir
    private Path folder;

    private TinyData data;
    private Path run;

    @BeforeEach
    void sixImages() throws IOException {
        data = TinyData.write(folder.resolve("data"), 6);
        run = folder.resolve("run");
    }

    /** One step on the reference backend, which starts the fastest. */
    private CommandRun train(String... settings) {
        return run(data.train(run, settings));
    }

    private static CommandRun run(List<String> line, Object... more) {
        line.addAll(List.of("--set", "training.epochs=1", "--backend", "reference"));
        Arrays.stream(more).map(Object::toString).forEach(line::add);
        return CommandRun.of(line.toArray());
    }

    private CommandRun resume() {
        List<String> line = data.resume(run);
        line.addAll(List.of("--backend", "reference"));
        return CommandRun.of(line.toArray());
    }

    private CommandRun trainWithText(Path embeddings) {
        List<String> line = data.train(run);
        line.set(line.indexOf("--text-embeddings") + 1, embeddings.toString());
        return run(line);
    }

    private void replace(String file, String old, String by) throws IOException {
        Path path = data.folder().resolve(file);
        assertThat(Files.readString(path)).contains(old);
        Files.writeString(path, Files.readString(path).replace(old, by));
    }

    private static void assertTrained(CommandRun done) {
        assertThat(done.exitCode()).as(done.err()).isZero();
    }

    @Test
    void anImageThatIsMissingOrDamagedIsNamedAndCanBeMended() throws IOException {
        Path image = data.folder().resolve("3.jpg");
        byte[] whole = Files.readAllBytes(image);
        Files.delete(image);
        train("selection=last", "training.batchSize=6").failedWith("3.jpg", "no such image file");
        Files.writeString(image, "no image");
        resume().failedWith("3.jpg", "not a JPEG, PNG, GIF, BMP or TIFF image");
        Files.write(image, Arrays.copyOf(whole, whole.length / 2));
        resume().failedWith("3.jpg", "truncated");
        Files.write(image, new byte[0]);
        resume().failedWith("3.jpg", "empty");
        Files.write(image, whole);
        assertTrained(resume());
    }

    @Test
    void damagedImagesCanBeLeftOut() throws IOException {
        Files.writeString(data.folder().resolve("3.jpg"), "no image");
        CommandRun done = run(data.train(run, "selection=last"), "--skip-bad");
        assertTrained(done);
        assertThat(done.err()).contains("3.jpg", "1 of 6 images of train left out");
        assertTrained(resume());
        for (int i = 0; i < 6; i++) {
            Files.writeString(data.folder().resolve(i + (i % 2 == 0 ? ".png" : ".jpg")), "no image");
        }
        run = folder.resolve("other");
        assertThat(run(data.train(run), "--skip-bad").err()).endsWith("the split train has no images\n");
    }

    @Test
    void anImageOfOnePixelIsAnImage() throws IOException {
        Files.write(data.folder().resolve("2.png"), ImageWriter.png(Image.blank(1, 1)));
        assertTrained(train());
    }

    @Test
    void filesOfTheDataSetAreNamed() throws IOException {
        replace("data.yaml", "train: train.txt", "train: none.txt");
        train().failedWith("none.txt", "no such file");
        replace("data.yaml", "train: none.txt", "train: train.txt");
        replace("data.yaml", "labels: labels.txt", "labels: names.txt");
        train().failedWith("names.txt", "no such file");
        replace("data.yaml", "labels: names.txt\n", "");
        train().failedWith("data.yaml", "needs 'labels'");
        replace("data.yaml", "train:", "trian:");
        train().failedWith("data.yaml", "trian", "did you mean train?");
        Files.delete(data.yaml());
        train().failedWith("data.yaml", "no such file");
        assertThat(run).doesNotExist();
    }

    @Test
    void aDataSetThatTeachesNothingIsRefused() throws IOException {
        Files.writeString(data.folder().resolve("train.txt"), "");
        train().failedWith("data.yaml", "the split train has no images");
        Files.writeString(data.folder().resolve("train.txt"), "0.png\n1.jpg\n");
        train().failedWith("data.yaml", "none of the 2 images", "label");
        Files.writeString(data.folder().resolve("train.txt"), "0.png 1\n");
        train().failedWith("validationFraction", "1 images");
        train("selection=test").failedWith("no split 'test'");
        replace("data.yaml", "train:", "test:");
        train().failedWith("no split 'train'");
        assertThat(run).doesNotExist();
    }

    @Test
    void textEmbeddingsHaveToFit() {
        trainWithText(data.embeddings("five.npy", 5, 6)).failedWith("five.npy", "[5, 6]", "3 classes");
        trainWithText(data.embeddings("wide.npy", 3, 7)).failedWith("[3, 7]", "[classes, 6]");
        trainWithText(folder.resolve("none.npy")).failedWith("none.npy", "no such file");
        trainWithText(data.folder().resolve("0.png")).failedWith("0.png", "not a valid weight file");
        double[] numbers = IntStream.range(0, 18).mapToDouble(i -> i == 8 ? Double.NaN : i).toArray();
        Path broken = folder.resolve("broken.npy");
        Npy.write(broken, HostTensor.of(Shape.of(3, 6), numbers));
        trainWithText(broken).failedWith("broken.npy", "row 1", "NaN");
        List<String> without = data.train(run);
        int option = without.indexOf("--text-embeddings");
        without.subList(option, option + 2).clear();
        run(without).failedWith("--text-embeddings", "--clip", "3 classes");
        assertThat(run).doesNotExist();
    }

    @Test
    void backboneWeightsHaveToFit() throws IOException {
        Path weights = folder.resolve("weights.safetensors");
        Safetensors.write(weights, Map.of("conv1.weight", HostTensor.of(Shape.of(4, 3, 5, 5), new float[300])),
                Map.of());
        run(data.train(run), "--backbone-weights", weights).failedWith("weights.safetensors", "backbone.conv1.weight",
                "[4, 3, 5, 5]", "[4, 3, 7, 7]");
        Path torch = Path.of("../tensor/src/test/resources/formats/official_layout.ckpt");
        run(data.train(run), "--backbone-weights", torch).failedWith("official_layout.ckpt", "backbone.conv1.weight",
                "[4, 3, 3, 3]", "[4, 3, 7, 7]");
        byte[] header = "{\"w\":{\"dtype\":\"F32\",\"shape\":[1000000],\"data_offsets\":[0,4000000]}}"
                .getBytes(StandardCharsets.UTF_8);
        Files.write(weights, ByteBuffer.allocate(8 + header.length + 4).order(ByteOrder.LITTLE_ENDIAN)
                .putLong(header.length).put(header).array());
        run(data.train(run), "--backbone-weights", weights).failedWith("weights.safetensors", "tensor w", "4000000");
        run(data.train(run), "--backbone-weights", folder.resolve("none.safetensors")).failedWith("none.safetensors");
        assertThat(run).doesNotExist();
    }

    @Test
    void settingsHaveToBeKnownAndToFit() throws IOException {
        train("training.epoch=3").failedWith("training.epoch", "did you mean epochs?");
        train("training.lr=fast").failedWith("training.lr");
        train("backbone=resnet19").failedWith("resnet19", "resnet18");
        train("imageSize=16").failedWith("imageSize", "32", "16");
        Path file = Files.writeString(folder.resolve("mine.yaml"), "jointDin: 8\n");
        run(data.train(run), "--config", file).failedWith("mine.yaml", "jointDin", "did you mean jointDim?");
        run(data.train(run), "--preset", "smal").failedWith("smal", "small");
        run(data.train(run), "--threads", -1).failedWith("--threads -1");
        assertThat(run).doesNotExist();
    }

    @Test
    void batchesHaveToHaveSomethingToLearnFrom() {
        String fourStages = "backbone={block: basic, layers: [1, 1, 1, 1], width: 2}";
        train(fourStages, "selection=last", "training.batchSize=5").failedWith("training.batchSize 5", "batch of one",
                "training.dropLast");
        train("selection=last", "training.batchSize=7", "training.dropLast=true").failedWith("training.batchSize 7",
                "6 training images");
        assertThat(run).doesNotExist();
        assertTrained(train("selection=last", "training.batchSize=1000"));
        run = folder.resolve("dropped");
        assertTrained(train(fourStages, "selection=last", "training.batchSize=5", "training.dropLast=true"));
    }

    @Test
    void aResumedRunKeepsItsSettings() throws IOException {
        assertTrained(train());
        List<String> same = data.train(run);
        same.add("--resume");
        assertTrained(run(same));
        List<String> other = data.train(run, "training.lr=0.123");
        other.add("--resume");
        run(other).failedWith(run.toString(), "begun with other settings", "lr: 0.123", "leave out");
    }

    @Test
    void aFolderThatHoldsAnotherRunIsLeftAlone() throws IOException {
        assertTrained(train());
        byte[] before = Files.readAllBytes(run.resolve("last.safetensors"));
        train("training.lr=0.1").failedWith(run.toString(), "already holds a run", "--resume");
        assertThat(run.resolve("last.safetensors")).hasBinaryContent(before);
        run = Files.createDirectory(folder.resolve("mine"));
        Files.writeString(run.resolve("config.yaml"), "# by hand");
        train().failedWith("config.yaml", "not that of a run");
        assertThat(run.resolve("config.yaml")).hasContent("# by hand");
    }

    @Test
    void aFolderThatCannotBeWrittenIsNamed() throws IOException {
        run = Files.writeString(folder.resolve("file"), "");
        train().failedWith(run.toString(), "there is a file of this name");
        run = run.resolve("inside");
        train().failedWith(run.toString(), "cannot make the folder");
        if (Files.isDirectory(Path.of("/proc/self"))) {
            run = Path.of("/proc/run"); // not even root makes a folder there
            train().failedWith("cannot make the folder /proc/run");
        }
    }

    @Test
    void aFolderWithoutPermissionIsNamed() throws IOException {
        Files.createDirectory(run);
        assertThat(run.toFile().setWritable(false)).isTrue();
        assumeFalse(Files.isWritable(run), "skipped: this user may write everywhere");
        train().failedWith(run.toString(), "permission denied");
    }

    @Test
    void resumingNeedsTheRunsOwnDataAndFiles() throws IOException {
        resume().failedWith(run.toString(), "not the folder of a run");
        assertTrained(train());
        replace("labels.txt", "dog", "cow");
        resume().failedWith("data.yaml", "classes", run.toString());
        replace("labels.txt", "cow", "dog");
        replace("train.txt", "5.jpg 2", "5.jpg 1");
        resume().failedWith("data.yaml", "training images", run.toString());
        replace("train.txt", "5.jpg 1", "5.jpg 2");
        assertTrained(resume());
        Files.delete(run.resolve("optimizer-1.safetensors"));
        resume().failedWith("optimizer-1.safetensors is missing");
        Files.write(run.resolve("last.safetensors"), new byte[]{1, 2, 3});
        resume().failedWith("last.safetensors", "3 bytes");
        Files.delete(run.resolve("last.safetensors"));
        resume().failedWith(run.toString(), "no checkpoint");
    }

    /** Numbers that overflow in the update itself, and numbers that overflow in the step after it. */
    @Test
    void numbersThatAreNotFiniteAreNamedAndNotKept() throws IOException {
        List<String> line = data.train(run, "training.lr=1e300", "training.checkpointSteps=1", "selection=last");
        line.addAll(List.of("--backend", "vector"));
        CommandRun.of(line.toArray()).failedAtLastWith("step 1 ", "parameter backbone.conv1.weight");
        assertKeptAtStep(0);
        run = folder.resolve("later");
        line = data.train(run, "training.lr=1e30", "training.checkpointSteps=1", "selection=last");
        line.addAll(List.of("--backend", "vector"));
        CommandRun.of(line.toArray()).failedAtLastWith("step 2: the loss is NaN", "running_var");
        assertKeptAtStep(1);
        run = folder.resolve("evaluated");
        train("training.lr=1e100").failedAtLastWith("evaluation after step 1", "NaN");
        assertKeptAtStep(0);
    }

    private void assertKeptAtStep(int step) {
        Safetensors kept = Safetensors.read(run.resolve("last.safetensors"));
        assertThat(kept.metadata()).containsEntry("step", "" + step);
        kept.tensors().forEach((name, tensor) -> assertThat(Arrays.stream(tensor.toDoubles())).as(name)
                .allMatch(Double::isFinite));
        assertThat(new RunFolder(run).optimizerFiles()).containsExactly(
                run.resolve("optimizer-" + step + ".safetensors"));
    }

    @Test
    void aFullDiskIsNamedAndTheRunGoesOnLater() throws Exception {
        assumeTrue(Files.exists(Path.of("/dev/full")), "skipped: there is no device that is always full");
        RunFolder whole = new RunFolder(folder.resolve("whole"));
        assertTrained(run(data.train(whole.path())));
        Files.createDirectory(run);
        Path log = Files.createSymbolicLink(run.resolve("metrics.jsonl"), Path.of("/dev/full"));
        train().failedAtLastWith("cannot write " + log, "No space left on device");
        assertKeptAtStep(0);
        Files.delete(log);
        assertTrained(resume());
        whole.assertSameResults(new RunFolder(run));
    }

    /** No file may grow beyond 36 KiB, less than the optimizer's state needs: the write ends as on a full disk. */
    @Test
    void aCheckpointThatDoesNotFitLeavesTheOneBefore() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "skipped: the limit is set by bash");
        RunFolder whole = new RunFolder(folder.resolve("whole"));
        assertTrained(run(data.train(whole.path())));
        Path image = data.folder().resolve("3.jpg");
        Files.move(image, folder.resolve("aside"));
        train().failedWith("3.jpg");
        Files.move(folder.resolve("aside"), image);
        assertKeptAtStep(0);

        List<String> line = data.resume(run);
        line.addAll(List.of("--backend", "reference"));
        List<String> limit = List.of("/bin/bash", "-c", "ulimit -f 36; exec \"$@\"", "limited");
        JavaProcess.start(folder, limit, line).end().failedAtLastWith(
                "cannot write " + run.resolve("optimizer-1.safetensors"), "bytes", "File too large");
        assertKeptAtStep(0);
        assertThat(new RunFolder(run).files()).noneMatch(RunFolder::isTemporary);
        assertTrained(resume());
        whole.assertSameResults(new RunFolder(run));
    }
}
