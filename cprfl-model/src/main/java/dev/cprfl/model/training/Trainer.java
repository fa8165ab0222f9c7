package dev.cprfl.model.training;

import dev.cprfl.autograd.nn.StateDict;
import dev.cprfl.kernels.Backend;
import dev.cprfl.model.PathGradients;
import dev.cprfl.model.data.Augmentation;
import dev.cprfl.model.data.Batch;
import dev.cprfl.model.data.Loader;
import dev.cprfl.model.data.Samples;
import dev.cprfl.model.evaluation.Evaluator;
import dev.cprfl.model.evaluation.MultiLabelMetrics;
import dev.cprfl.model.evaluation.Prediction;
import dev.cprfl.tensor.Scope;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import dev.cprfl.tensor.UserException;
import dev.cprfl.tensor.io.Safetensors;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Trains a learner on images epoch by epoch, evaluates the averaged weights, keeps the best and writes checkpoints. A trainer
 * that is stopped, or whose process is killed, goes on from the last checkpoint as if nothing had happened.
 */
public final class Trainer {

    private final Run run;
    private final Learner learner;
    private final Backend backend;
    private final Samples train;
    private final Samples selection;
    private final Augmentation augmentation;
    private final TrainingListener listener;
    private final MetricsLog log;
    private Progress progress = Progress.START;
    private volatile boolean stopping;

    /**
     * @param selection images that the best weights are chosen on, or null to keep the last
     */
    public Trainer(Run run, Learner learner, Backend backend, Samples train, Samples selection,
            Augmentation augmentation,
            TrainingListener listener) {
        this.run = run;
        this.learner = learner;
        this.backend = backend;
        this.train = train;
        this.selection = selection;
        this.augmentation = augmentation;
        this.listener = listener;
        this.log = new MetricsLog(run.folder());
    }

    /**
     * Number of optimizer steps of a whole run, the length of the schedule where the configuration leaves it open.
     *
     * @throws UserException if these images do not give a single batch, or a batch that cannot be learnt from
     */
    public static int totalSteps(RunConfig config, int trainImages) {
        RunConfig.Training settings = config.training();
        int full = trainImages / settings.batchSize();
        int rest = settings.dropLast() ? 0 : trainImages % settings.batchSize();
        if (full + rest == 0) {
            throw new UserException("training.batchSize " + settings.batchSize() + " is more than the " + trainImages
                    + " training images, and training.dropLast leaves smaller batches out: use smaller batches");
        }
        int smallest = rest > 0 ? rest : settings.batchSize();
        if (smallest == 1 && config.imageSize() <= config.resNet().stride()) {
            throw new UserException("training.batchSize " + settings.batchSize() + " makes a batch of one of the "
                    + trainImages + " training images, which has no variance where its feature map is one pixel: use "
                    + "another batch size or training.dropLast=true, or a larger imageSize");
        }
        return settings.totalSteps().equals("auto")
                ? settings.epochs() * (full + (rest > 0 ? 1 : 0))
                : Integer.parseInt(settings.totalSteps());
    }

    /** Takes up the run's last checkpoint, if there is one. */
    public void resume() {
        if (Checkpoint.exists(run.folder())) {
            progress = Checkpoint.load(run.folder(), learner);
            run.recordResumption(backend);
        }
    }

    /** Asks the trainer to save and end after the current step; any thread may. */
    public void stop() {
        stopping = true;
    }

    /**
     * Trains until the configured number of epochs or of steps is done, or {@link #stop} is called.
     *
     * @return whether the training is complete
     */
    public boolean train() {
        boolean complete = trainOn();
        run.recordEnd();
        return complete;
    }

    private boolean trainOn() {
        log.cutTo(progress.metricsBytes());
        if (!Checkpoint.exists(run.folder())) {
            save(); // from here on the run can be resumed
        }
        try (Loader loader = new Loader(train, loaderSettings())) {
            while (!finished()) {
                if (!epoch(loader)) {
                    save();
                    return false;
                }
                endEpoch();
            }
        }
        return true;
    }

    private boolean finished() {
        return progress.epoch() >= run.config().training().epochs()
                || progress.step() >= learner.schedule().totalSteps();
    }

    private Loader.Settings loaderSettings() {
        RunConfig config = run.config();
        RunConfig.Training settings = config.training();
        return new Loader.Settings(settings.batchSize(), config.imageSize(), config.normalization(), augmentation, true,
                settings.dropLast(), settings.seed(), config.loaderThreads());
    }

    /** Trains the rest of the current epoch; false if it was stopped before its end. */
    private boolean epoch(Loader loader) {
        RunConfig.Training settings = run.config().training();
        Loader.Batches batches = loader.epoch(progress.epoch(), progress.batch());
        while (batches.hasNext() && progress.step() < learner.schedule().totalSteps()) {
            Batch batch = batches.next();
            AtomicReference<PathGradients> paths = new AtomicReference<>();
            double loss = step(batch, paths);
            double lr = learner.schedule().lr(progress.step());
            progress = progress.afterBatch(loss, batch.size());
            if (paths.get() != null) {
                log.add(progress.step(), paths.get());
            }
            listener.step(new TrainingListener.Step(progress.epoch() + 1, settings.epochs(), progress.step(),
                    learner.schedule().totalSteps(), batch.size(), loss, lr, paths.get()));
            if (stopping) {
                return false;
            }
            if (settings.checkpointSteps() > 0 && progress.step() % settings.checkpointSteps() == 0
                    && batches.hasNext()) {
                save();
            }
        }
        return true;
    }

    /** @param paths gets what the two paths of E10 did, in the steps in which that is looked at */
    private double step(Batch batch, AtomicReference<PathGradients> paths) {
        int every = run.config().training().pathsEvery();
        boolean look = every > 0 && progress.step() % every == 0;
        try (Scope _ = Scope.open()) {
            Tensor images = Evaluator.images(batch, backend, run.config().imageSize());
            Tensor targets = Tensor.allocate(backend, Shape.of(batch.size(), train.classes()));
            backend.memory().write(batch.targets(), 0, targets.storage());
            return learner.step(progress.step(), images, targets, look ? paths::set : null);
        }
    }

    private void endEpoch() {
        RunConfig.Training settings = run.config().training();
        int epoch = progress.epoch() + 1;
        boolean evaluate = selection != null
                && (epoch % settings.evaluateEvery() == 0 || epoch == settings.epochs());
        learner.requireFinite(progress.step());
        MultiLabelMetrics metrics = null;
        double map = -1;
        boolean better = false;
        learner.average().swap();
        try {
            if (evaluate) {
                metrics = evaluate();
                map = metrics.map().orElse(-1);
            }
            better = progress.bestMap() < 0 || map > progress.bestMap();
            if (better) {
                Safetensors.write(run.best(), StateDict.export(learner.model()),
                        Map.of("epoch", Integer.toString(epoch)));
            }
        } finally {
            learner.average().swap();
        }
        double loss = progress.meanLoss();
        log.add(epoch, progress.step(), loss, learner.schedule().lr(progress.step() - 1), metrics);
        progress = progress.afterEpoch(Math.max(map, progress.bestMap()));
        save();
        listener.epoch(new TrainingListener.Epoch(epoch, settings.epochs(), progress.step(), loss, metrics, better));
    }

    private MultiLabelMetrics evaluate() {
        try {
            return MultiLabelMetrics.of(Evaluator.score(learner.model(), backend, selection,
                    run.config().evaluationSettings(), _ -> {}), new Prediction(0.5, true), run.classes().counts());
        } catch (UserException e) {
            throw new UserException("evaluation after step " + progress.step() + ": " + e.getMessage(),
                    e);
        }
    }

    /** Nothing broken takes the place of the last checkpoint. */
    private void save() {
        learner.requireFinite(progress.step());
        progress = progress.withMetricsBytes(log.length());
        Checkpoint.save(run.folder(), learner, progress);
        listener.saved(progress.step());
    }
}
