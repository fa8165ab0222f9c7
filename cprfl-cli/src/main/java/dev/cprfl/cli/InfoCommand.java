package dev.cprfl.cli;

import dev.cprfl.kernels.Backend;
import dev.cprfl.kernels.BackendProvider;
import dev.cprfl.kernels.Backends;
import dev.cprfl.model.training.Provenance;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Says what this machine offers and which backends can run on it. */
@Command(name = "info", mixinStandardHelpOptions = true,
        description = "Show the JDK, the processor, the memory and the backends, with the reason where one cannot run.",
        footer = {"", "Examples:",
            "  cprfl info",
            "  cprfl info --json"})
final class InfoCommand implements Callable<Integer> {

    /** A backend that can run has a description, one that cannot has an obstacle. */
    private record BackendInfo(String name, String description, String obstacle) {}

    private record Machine(String cprfl, String java, String vm, String system, String processor, int processors,
            long memoryMiB, long heapMiB, List<BackendInfo> backends) {}

    @Mixin
    private Common common;

    @Override
    public Integer call() {
        Machine info = new Machine(Main.Version.number(), System.getProperty("java.version"),
                System.getProperty("java.vm.name") + " (" + System.getProperty("java.vendor") + ")",
                System.getProperty("os.name") + " " + System.getProperty("os.arch"), Provenance.processorName(),
                Runtime.getRuntime().availableProcessors(), memory() >> 20, Runtime.getRuntime().maxMemory() >> 20,
                Backends.providers().stream().map(this::describe).toList());
        TextTable table = new TextTable("", "")
                .row("cprfl", info.cprfl)
                .row("Java", info.java + ", " + info.vm)
                .row("system", info.system)
                .row("processor", info.processor + ", " + info.processors + " threads usable")
                .row("memory", info.memoryMiB + " MiB, of which Java may use " + info.heapMiB + " MiB");
        for (BackendInfo backend : info.backends) {
            table.row("backend " + backend.name,
                    backend.obstacle == null ? backend.description : "unavailable: " + backend.obstacle);
        }
        common.print(info, table.toString());
        return Main.DONE;
    }

    private BackendInfo describe(BackendProvider provider) {
        String obstacle = provider.obstacle();
        if (obstacle != null) {
            return new BackendInfo(provider.name(), null, obstacle);
        }
        try (Backend backend = provider.open(common.threads())) {
            return new BackendInfo(provider.name(), backend.describe(), null);
        }
    }

    private static long memory() {
        return ManagementFactory
                .getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean system
                        ? system.getTotalMemorySize()
                        : 0;
    }
}
