package dev.cprfl.kernels.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.bytedeco.cuda.cudart.CUfunc_st;
import org.bytedeco.cuda.cudart.CUmod_st;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.cuda.global.nvrtc;
import org.bytedeco.cuda.nvrtc._nvrtcProgram;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.javacpp.SizeTPointer;

/**
 * Our own kernels: CUDA C++ sources beside this class, each compiled for this device and a {@link Type} when one of its kernels
 * is first called. In a source, {@code Number} is the type of activations and their gradients; weights, statistics and all
 * arithmetic are float ({@code prelude.cuh} has both).
 */
final class Kernels {

    private static final String PRELUDE = "prelude.cuh";

    private final String architecture;
    private final Launch launch;
    private final Map<String, Map<Type, Map<String, CUfunc_st>>> functions = new HashMap<>();
    private final Map<String, Map<Type, CUmod_st>> modules = new HashMap<>();

    /** @param capability the device's compute capability, 90 for 9.0 */
    Kernels(int capability, CUstream_st stream, Arena arena) {
        architecture = "sm_" + capability;
        launch = new Launch(stream, arena);
    }

    /**
     * Begins a call.
     *
     * @param source the source's name without ending
     * @param entry the kernel's name
     */
    Launch launch(String source, Type type, String entry) {
        Map<String, CUfunc_st> ofType = functions.computeIfAbsent(source, _ -> new EnumMap<>(Type.class))
                .computeIfAbsent(type, _ -> new HashMap<>());
        CUfunc_st function = ofType.get(entry);
        if (function == null) {
            function = new CUfunc_st();
            Status.cuda(cudart.cuModuleGetFunction(function, module(source, type), entry), "kernel " + entry);
            ofType.put(entry, function);
        }
        return launch.of(function, entry);
    }

    private CUmod_st module(String source, Type type) {
        return modules.computeIfAbsent(source, _ -> new EnumMap<>(Type.class)).computeIfAbsent(type, _ -> {
            CUmod_st module = new CUmod_st();
            BytePointer binary = compile(source, type);
            Status.cuda(cudart.cuModuleLoadData(module, binary), "loading " + source + ".cu");
            binary.deallocate();
            return module;
        });
    }

    private BytePointer compile(String source, Type type) {
        _nvrtcProgram program = new _nvrtcProgram();
        BytePointer text = new BytePointer(source(source, type));
        BytePointer name = new BytePointer(source + ".cu");
        Status.rtc(nvrtc.nvrtcCreateProgram(program, text, name, 0, (PointerPointer<?>) null, (PointerPointer<?>) null),
                source);
        BytePointer target = new BytePointer("--gpu-architecture=" + architecture);
        BytePointer standard = new BytePointer("--std=c++17");
        PointerPointer<BytePointer> options = new PointerPointer<>(2);
        options.put(0, target).put(1, standard);
        int code = nvrtc.nvrtcCompileProgram(program, 2, options);
        if (code != nvrtc.NVRTC_SUCCESS) {
            throw new IllegalStateException(source + ".cu does not compile for " + architecture + ": " + log(program));
        }
        SizeTPointer size = new SizeTPointer(1);
        Status.rtc(nvrtc.nvrtcGetCUBINSize(program, size), source);
        BytePointer binary = new BytePointer(size.get());
        Status.rtc(nvrtc.nvrtcGetCUBIN(program, binary), source);
        Status.rtc(nvrtc.nvrtcDestroyProgram(program), source);
        for (Pointer each : List.of(text, name, target, standard, options, size)) {
            each.deallocate();
        }
        return binary;
    }

    private static String log(_nvrtcProgram program) {
        SizeTPointer size = new SizeTPointer(1);
        nvrtc.nvrtcGetProgramLogSize(program, size);
        byte[] log = new byte[(int) size.get()];
        nvrtc.nvrtcGetProgramLog(program, log);
        return new String(log, StandardCharsets.UTF_8).strip();
    }

    /** The whole text that is compiled: the choice of the type, the prelude and the source. */
    static String source(String source, Type type) {
        return "#define NUMBER_IS_" + type.inSource.toUpperCase(Locale.ROOT) + "\n" + read(PRELUDE)
                + "#line 1 \"" + source
                + ".cu\"\n" + read(source + ".cu");
    }

    private static String read(String file) {
        try (InputStream in = Kernels.class.getResourceAsStream(file)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
