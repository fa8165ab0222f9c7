package dev.cprfl.tests;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The rules of the design that a machine can check. Tests are free: they name backends and print. */
class ArchitectureTest {

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .withImportOption(
                    location -> !location.contains("dev/cprfl/tests/") && !location.contains("dev/cprfl/bench/")
                            && !location.contains("Test"))
            .importPackages("dev.cprfl");

    @Test
    void arrowsPointOneWay() {
        layeredArchitecture().consideringOnlyDependenciesInLayers()
                .layer("kernels").definedBy("dev.cprfl.kernels..")
                .layer("tensor").definedBy("dev.cprfl.tensor..")
                .layer("autograd").definedBy("dev.cprfl.autograd..")
                .layer("model").definedBy("dev.cprfl.model..")
                .layer("audit").definedBy("dev.cprfl.audit..")
                .layer("cli").definedBy("dev.cprfl.cli..")
                .whereLayer("cli").mayNotBeAccessedByAnyLayer()
                .whereLayer("audit").mayOnlyBeAccessedByLayers("cli")
                .whereLayer("model").mayOnlyBeAccessedByLayers("audit", "cli")
                .whereLayer("autograd").mayOnlyBeAccessedByLayers("model", "audit", "cli")
                .whereLayer("tensor").mayOnlyBeAccessedByLayers("autograd", "model", "audit", "cli")
                .check(CLASSES);
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching("dev.cprfl.(**)").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void backendsAreFoundByServiceLoader() {
        noClasses()
                .that().resideOutsideOfPackages("dev.cprfl.kernels.(reference|vector|cuda)..")
                .should().dependOnClassesThat().resideInAPackage("dev.cprfl.kernels.(reference|vector|cuda)..")
                .because("code that names a backend does not run on the others")
                .check(CLASSES);
    }

    @Test
    void theVectorApiStaysInItsBackendButForMeasuringThePeak() {
        noClasses()
                .that().resideOutsideOfPackage("dev.cprfl.kernels.vector..").and().doNotHaveSimpleName("FmaPeak")
                .should().dependOnClassesThat().resideInAPackage("jdk.incubator..")
                .check(CLASSES);
    }

    @Test
    void imagesAreReadAndWrittenInOnePlace() {
        noClasses()
                .that().resideOutsideOfPackage("dev.cprfl.model.data..")
                .should().dependOnClassesThat().resideInAnyPackage("java.awt..", "javax.imageio..")
                .check(CLASSES);
    }

    @Test
    void librariesDoNotPrint() {
        noClasses()
                .that().resideOutsideOfPackage("dev.cprfl.cli..")
                .should(ACCESS_STANDARD_STREAMS)
                .check(CLASSES);
    }
}
