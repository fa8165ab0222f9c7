package dev.cprfl.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The command {@code cprfl}: finds the subcommand, runs it, and turns whatever happens into an exit code. */
@Command(name = "cprfl", mixinStandardHelpOptions = true, versionProvider = Main.Version.class,
        subcommands = {DemoCommand.class, TrainCommand.class, InfoCommand.class, InspectCommand.class,
            ConvertCommand.class, PreprocessCommand.class,
            MetricsCommand.class, CheckDataCommand.class,
            TraceCommand.class, EvaluateCommand.class, ReportCommand.class, AblateCommand.class,
            PredictCommand.class, TokenizeCommand.class, EmbedCommand.class, ExportCommand.class,
            BenchCommand.class, AuditCommand.class, ExampleCommand.class},
        description = "Long-tailed multi-label image classification (CPRFL) on the JVM.",
        footer = {"", "Each command explains itself with examples: cprfl COMMAND --help",
            "Java's shell with the engine imported: ./cprfl jshell",
            "Exit codes: 0 done, 1 failed on what it was given, 2 wrong usage, 130 interrupted."})
public final class Main {

    /** Exit code: the command did what it was asked. */
    static final int DONE = 0;
    /** Exit code: something that was given does not work. */
    static final int FAILED = 1;
    /** Exit code: the command line cannot be understood. */
    static final int USAGE = 2;

    /** Tells the version in the jar's manifest. */
    static final class Version implements IVersionProvider {

        @Override
        public String[] getVersion() {
            return new String[]{"cprfl " + number()};
        }

        static String number() {
            String version = Main.class.getPackage().getImplementationVersion();
            return version == null ? "(from class files)" : version;
        }
    }

    Main() {}

    public static void main(String[] args) {
        StandardError.restore();
        System.setProperty("java.util.logging.SimpleFormatter.format", "%4$s: %5$s%n");
        PrintWriter out = new PrintWriter(System.out, false, StandardCharsets.UTF_8);
        PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
        System.exit(run(out, err, args));
    }

    /** Runs a command line and returns its exit code. */
    public static int run(PrintWriter out, PrintWriter err, String... args) {
        CommandLine commandLine = new CommandLine(new Main())
                .setOut(out)
                .setErr(err)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler(Main::explainUsage)
                .setExecutionExceptionHandler((failure, command, parsed) -> Failures.report(failure, command.getErr()));
        try {
            return commandLine.execute(args);
        } catch (OutOfMemoryError e) {
            return Failures.report(e, err);
        } finally {
            out.flush();
            err.flush();
        }
    }

    private static int explainUsage(ParameterException failure, String[] args) {
        CommandLine command = failure.getCommandLine();
        PrintWriter err = command.getErr();
        if (args.length == 0) {
            command.usage(err);
            return USAGE;
        }
        err.println("cprfl: " + failure.getMessage().lines().findFirst().orElse("wrong usage"));
        UnmatchedArgumentException.printSuggestions(failure, err);
        err.println("see: " + command.getCommandSpec().qualifiedName() + " --help");
        return USAGE;
    }
}
