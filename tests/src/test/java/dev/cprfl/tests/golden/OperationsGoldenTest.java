package dev.cprfl.tests.golden;

import dev.cprfl.audit.golden.BackendLosses;
import dev.cprfl.audit.golden.BackendOperations;
import dev.cprfl.audit.golden.BackendTraining;
import dev.cprfl.audit.golden.GoldenCase;
import dev.cprfl.audit.golden.LossFunctions;
import dev.cprfl.audit.golden.TapeOperations;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;

/** Single operations, losses and optimizer steps with their gradients against PyTorch. */
class OperationsGoldenTest {

    @TestFactory
    Stream<DynamicNode> onTheBackend() {
        return EveryBackend.runs(GoldenCase.ofPart("ops"), BackendOperations::compute);
    }

    @TestFactory
    Stream<DynamicNode> onTheTape() {
        return EveryBackend.runs(GoldenCase.ofPart("ops"), TapeOperations::compute);
    }

    @TestFactory
    Stream<DynamicNode> asymmetricLossOnTheBackend() {
        return EveryBackend.runs(GoldenCase.ofPart("asl"), BackendLosses::asymmetricLoss);
    }

    @TestFactory
    Stream<DynamicNode> crossEntropyOnTheBackend() {
        List<GoldenCase> cases = GoldenCase.ofPart("losses").stream()
                .filter(golden -> golden.op().equals("bce") || golden.op().equals("mls")).toList();
        return EveryBackend.runs(cases, BackendLosses::crossEntropy);
    }

    @TestFactory
    Stream<DynamicNode> asymmetricLoss() {
        return EveryBackend.runs(GoldenCase.ofPart("asl"), LossFunctions::compute);
    }

    @TestFactory
    Stream<DynamicNode> otherLosses() {
        return EveryBackend.runs(GoldenCase.ofPart("losses"), LossFunctions::compute);
    }

    @TestFactory
    Stream<DynamicNode> trainingOnTheBackend() {
        return EveryBackend.runs(GoldenCase.ofPart("optim"), BackendTraining::compute);
    }
}
