package dev.cprfl.bench;

import dev.cprfl.autograd.Tape;
import dev.cprfl.autograd.Variable;
import dev.cprfl.autograd.ops.MeanAll;
import dev.cprfl.model.training.Learner;
import dev.cprfl.tensor.Scope;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** Whole networks, prepared for inference where they only predict. Run these alone with the argument {@code \.Networks}. */
public class Networks extends OnBackend {

    @Param
    public Network shape;

    private Runnable run;

    @Override
    void prepare() {
        Subject subject = new Subject(shape, backend);
        if (!shape.training) {
            run = () -> {
                try (Scope _ = Scope.open()) {
                    subject.model.logits(Variable.constant(subject.images)).value();
                }
            };
        } else if (!shape.cprfl) {
            run = () -> {
                try (Scope _ = Scope.open(); Tape tape = Tape.start()) {
                    tape.backward(MeanAll.apply(subject.model.logits(Variable.constant(subject.images)))).release();
                }
            };
        } else {
            Learner learner = new Learner(subject.model, subject.config.lossFunction(null), subject.config.training(),
                    Integer.MAX_VALUE);
            int[] step = {0};
            run = () -> learner.step(step[0]++, subject.images, subject.targets);
        }
    }

    @Benchmark
    public void ours() {
        run.run();
    }
}
