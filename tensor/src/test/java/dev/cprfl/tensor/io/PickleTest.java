package dev.cprfl.tensor.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cprfl.tensor.UserException;
import dev.cprfl.tensor.io.PickleObjects.Dict;
import dev.cprfl.tensor.io.PickleObjects.Global;
import dev.cprfl.tensor.io.PickleObjects.Instance;
import dev.cprfl.tensor.io.PickleObjects.Sequence;
import dev.cprfl.tensor.io.PickleObjects.Tuple;
import dev.cprfl.tensor.io.PickleObjects.View;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pickles built by hand, one or more for each opcode; each character of the code is one byte. */
class PickleTest {

    static Object run(String code) {
        byte[] bytes = code.getBytes(StandardCharsets.ISO_8859_1);
        return new Pickle("x.pth", "PyTorch", 100, MemorySegment.ofArray(bytes), new TorchGlobals(false),
                Budget.ofFile(bytes.length)).run();
    }

    /** As Python prints it. */
    private static String show(Object value) {
        return switch (value) {
            case String text -> "'" + text + "'";
            case byte[] bytes -> "b" + Arrays.toString(bytes);
            case Boolean truth -> truth ? "True" : "False";
            case Tuple tuple -> tuple.items.stream().map(PickleTest::show).collect(Collectors.joining(", ", "(", ")"));
            case Sequence list -> list.items.stream().map(PickleTest::show).collect(Collectors.joining(", ", "[", "]"));
            case Dict dict -> dict.items.entrySet().stream()
                    .map(entry -> show(entry.getKey()) + ": " + show(entry.getValue()))
                    .collect(Collectors.joining(", ", "{", "}"));
            case Global global -> "<" + global.name() + ">";
            case Instance instance -> instance.type + show(instance.state);
            case View view ->
                view.type + Arrays.toString(view.sizes) + Arrays.toString(view.strides) + "+" + view.offset
                        + " of " + view.storage.key() + "[" + view.storage.viewBegin() + ":" + view.storage.viewLength()
                        + "/" + view.storage.length() + "]";
            default -> value.toString();
        };
    }

    static Arguments[] pickles() {
        String view = "ctorch._utils\n_rebuild_tensor_v2\n((U\7storagectorch\nFloatStorage\nU\0010U\3cpuK\6";
        return new Arguments[]{
            // Numbers and truth values.
            Arguments.of("\200\2N.", "None"), Arguments.of("\200\5\210.", "True"), Arguments.of("\211.", "False"),
            Arguments.of("I01\n.", "True"), Arguments.of("I00\n.", "False"), Arguments.of("I-12\n.", "-12"),
            Arguments.of("L123456789012345678901L\n.", "123456789012345678901"), Arguments.of("L5\n.", "5"),
            Arguments.of("J\376\377\377\377.", "-2"), Arguments.of("K\377.", "255"), Arguments.of("M\1\2.", "513"),
            Arguments.of("\212\0.", "0"), Arguments.of("\212\1\377.", "-1"), Arguments.of("\212\2\377\0.", "255"),
            Arguments.of("\212\12l\374\234F\371 j\250P\31.", "119547037146038801333356"),
            Arguments.of("\213\1\0\0\0\200.", "-128"),
            Arguments.of("F-1.5e3\n.", "-1500.0"), Arguments.of("G\77\360\0\0\0\0\0\0.", "1.0"),
            // Text and bytes.
            Arguments.of("S'a\\'\\x41\\n\\\\'\n.", "'a'A\n\\'"), Arguments.of("S\"it's\"\n.", "'it's'"),
            Arguments.of("S'\\xc3\\xa9'\n.", "'\u00e9'"),
            Arguments.of("V\\u20acx\\U0001F600\351\n.", "'\u20acx\uD83D\uDE00\u00e9'"),
            Arguments.of("T\2\0\0\0\303\251.", "'\u00e9'"), Arguments.of("U\1\351.", "'\u00e9'"),
            Arguments.of("X\2\0\0\0\303\251.", "'\u00e9'"), Arguments.of("\214\2ab.", "'ab'"),
            Arguments.of("\214\3\357\277\275.", "'\uFFFD'"),
            Arguments.of("\215\1\0\0\0\0\0\0\0z.", "'z'"), Arguments.of("B\1\0\0\0\7.", "b[7]"),
            Arguments.of("C\2\1\2.", "b[1, 2]"), Arguments.of("\216\1\0\0\0\0\0\0\0\3.", "b[3]"),
            Arguments.of("\226\1\0\0\0\0\0\0\0\4.", "b[4]"),
            // Containers.
            Arguments.of(").", "()"), Arguments.of("(K\1K\2t.", "(1, 2)"), Arguments.of("K\1\205.", "(1)"),
            Arguments.of("K\1K\2\206.", "(1, 2)"), Arguments.of("K\1K\2K\3\207.", "(1, 2, 3)"),
            Arguments.of("].", "[]"), Arguments.of("(K\1K\2l.", "[1, 2]"), Arguments.of("]K\1a(K\2K\3e.", "[1, 2, 3]"),
            Arguments.of("\217(K\1K\2\220.", "[1, 2]"), Arguments.of("(K\1\221.", "[1]"),
            Arguments.of("}.", "{}"), Arguments.of("(K\1K\2d.", "{1: 2}"),
            Arguments.of("}U\1aK\1s(U\1bK\2K\3Nu.", "{'a': 1, 'b': 2, 3: None}"),
            Arguments.of("}(U\1aK\1U\1aK\2u.", "{'a': 2}"),
            // Stack and memo.
            Arguments.of("K\1K\0020.", "1"), Arguments.of("K\1(0.", "1"), Arguments.of("K\1(K\2K\0031.", "1"),
            Arguments.of("K\0012\206.", "(1, 1)"), Arguments.of("K\7p5\n0g5\n.", "7"),
            Arguments.of("K\7q\0110h\11.", "7"),
            Arguments.of("K\7r\1\2\3\3740j\1\2\3\374.", "7"), Arguments.of("K\7\224K\10\22400h\0h\1\206.", "(7, 8)"),
            Arguments.of("\200\4\225\2\0\0\0\0\0\0\0K\1.", "1"),
            // A list that holds itself is no danger.
            Arguments.of("]q\0h\0a0K\1.", "1"),
            // Classes and calls.
            Arguments.of("ccollections\nOrderedDict\n.", "<collections.OrderedDict>"),
            Arguments.of("U\5torchU\7float16\223.", "<torch.float16>"),
            Arguments.of("ccollections\nOrderedDict\n)R.", "{}"),
            Arguments.of("ccollections\nOrderedDict\n)\201.", "{}"),
            Arguments.of("ccollections\nOrderedDict\n)}\222.", "{}"),
            Arguments.of("(icollections\nOrderedDict\n.", "{}"),
            Arguments.of("(ccollections\nOrderedDict\no.", "{}"),
            Arguments.of("ccollections\nOrderedDict\n]](U\1aK\1eaK\2K\3\206a\205R.", "{'a': 1, 2: 3}"),
            Arguments.of("ccollections\nOrderedDict\n)R}U\11_metadataNsb.", "{}"),
            Arguments.of("ccollections\ndefaultdict\nc__builtin__\nlist\n\205R.", "{}"),
            Arguments.of("c__builtin__\nset\n](K\1e\205R.", "[1]"),
            Arguments.of("ctorch\nSize\nK\2K\3\206\205R.", "(2, 3)"),
            Arguments.of("cargparse\nNamespace\n)\201}U\2lrG\77\360\0\0\0\0\0\0sb.", "argparse.Namespace{'lr': 1.0}"),
            // Tensors.
            Arguments.of(view + "tQK\1K\2K\3\206K\3K\1\206\211ccollections\nOrderedDict\n)RtR.",
                    "torch.FloatStorage[2, 3][3, 1]+1 of 0[0:6/6]"),
            Arguments.of(view + "(U\1vK\2K\3ttQK\0K\3\205K\1\205\211NtR.",
                    "torch.FloatStorage[3][1]+0 of 0[2:3/6]"),
            Arguments.of("ctorch._utils\n_rebuild_parameter\n" + view + "tQK\0))\211NtR\210N\207R.",
                    "torch.FloatStorage[][]+0 of 0[0:6/6]"),
            // A parameter as PyTorch 0.1 wrote it.
            Arguments.of("ctorch.nn.parameter\nParameter\n" + view + "tQK\0))tR\205R(\210\211Ntb.",
                    "torch.FloatStorage[][]+0 of 0[0:6/6]"),
            Arguments.of("ctorch._tensor\n_rebuild_from_type_v2\n(" + view.replace("((", "ctorch\nTensor\n((")
                    + "tQK\0))\211Nt}tR.", "torch.FloatStorage[][]+0 of 0[0:6/6]"),
            Arguments.of(
                    "ctorch._utils\n_rebuild_tensor_v3\n((U\7storagectorch.storage\nUntypedStorage\nU\0010U\3cpuK\4tQ"
                            + "K\0K\2\205K\1\205\211Nctorch\nuint16\nNtR.",
                    "torch.uint16[2][1]+0 of 0[0:4/4]")};
    }

    @ParameterizedTest
    @MethodSource("pickles")
    void builds(String code, String expected) {
        assertThat(show(run(code))).isEqualTo(expected);
    }

    static Arguments[] refused() {
        String storage = "(U\7storagectorch\nFloatStorage\n";
        return new Arguments[]{
            Arguments.of("", 0, "goes on for 1 bytes"), Arguments.of("K\1", 2, "goes on"),
            Arguments.of("X\377\377\377\377a.", 0, "a length of 4294967295 bytes, 2 are left"),
            Arguments.of("\215\377\377\377\377\377\377\377\377a.", 0, "a length of 18446744073709551615"),
            Arguments.of("\225\377\0\0\0\0\0\0\0.", 0, "a length of 255"), Arguments.of("U\5a.", 0, "goes on for 5"),
            Arguments.of("\200\6N.", 0, "pickle protocol 6 is unknown"),
            Arguments.of("\202\1.", 0, "opcode 0x82"), Arguments.of("\203\1\0.", 0, "opcode 0x83"),
            Arguments.of("\204\1\0\0\0.", 0, "opcode 0x84"), Arguments.of("\227.", 0, "opcode 0x97"),
            Arguments.of("\230.", 0, "opcode 0x98"), Arguments.of("PU\n.", 0, "opcode 0x50"),
            Arguments.of(".", 0, "stack is empty"), Arguments.of("(.", 1, "stack is empty"),
            Arguments.of("K\1(K\2\206.", 5, "stack is empty"), Arguments.of("t.", 0, "no mark"),
            Arguments.of("h\1.", 0, "memo entry 1"), Arguments.of("(q\0.", 1, "stack is empty"),
            Arguments.of("gx\n.", 0, "For input string"), Arguments.of("K\1K\2a.", 4, "only a list"),
            Arguments.of("K\1K\2K\3s.", 6, "into a dict only"), Arguments.of("}(K\1u.", 4, "into a dict only"),
            Arguments.of("L" + "9".repeat(101) + "\n.", 0, "101 digits"),
            Arguments.of("\212\377" + "a".repeat(255) + ".", 0,
                    "an integer of 255 bytes"),
            Arguments.of("F" + "1".repeat(101) + "\n.", 0, "101 characters"), Arguments.of("Fx\n.", 0, "x"),
            Arguments.of("S'a\n.", 0, "without quotes"), Arguments.of("S'\\q'\n.", 0, "unknown escape"),
            Arguments.of("S'\\x4'\n.", 0, "within an escape"), Arguments.of("V\\u12\n.", 0, "within an escape"),
            Arguments.of("S'\\xff'\n.", 0, "not UTF-8"), Arguments.of("V\\U00200000\n.", 0, "0x200000"),
            Arguments.of("X\1\0\0\0\377.", 0, "not UTF-8"),
            Arguments.of("I1", 0, "a line does not end"),
            Arguments.of("cposix\nsystem\n(U\2lstR.", 0, "names posix.system, which is none of the few"),
            Arguments.of("c__builtin__\neval\n.", 0, "__builtin__.eval"),
            Arguments.of("U\2osU\6system\223.", 12, "os.system"), Arguments.of("K\1K\2\223.", 4, "two strings"),
            Arguments.of("(ios\nsystem\n.", 1, "os.system"),
            Arguments.of("c__torch__\nNet\n.", 0, "__torch__.Net"),
            Arguments.of("K\1)R.", 3, "a call needs"), Arguments.of("ctorch\nSize\nK\1R.", 14, "a call needs"),
            Arguments.of("(o.", 1, "without a class"), Arguments.of("ctorch\nFloatStorage\n)R.", 21, "not made"),
            Arguments.of("ccollections\nOrderedDict\n)}K\1K\2s\222.", 32, "keyword arguments"),
            Arguments.of("ccollections\nOrderedDict\n](K\1e\205R.", 31, "no pairs"),
            Arguments.of("ccollections\nOrderedDict\nK\1\205R.", 28, "from what is none"),
            Arguments.of("K\1}b.", 3, "sets the state"), Arguments.of("U\1xQ.", 3, "no storage"),
            Arguments.of("(U\6modulectorch\nTensor\nU\1xU\1yK\1tQ.", 32, "no storage"),
            Arguments.of(storage + "U\0010U\3cpuU\1xtQ.", 42, "an integer"),
            Arguments.of(storage + "U\0010U\3cpuK\6(U\1vK\2K\5ttQ.", 50, "has a view of 5 from 2"),
            Arguments.of("ctorch._utils\n_rebuild_tensor_v2\n)R.", 34, "argument 1 of torch._utils._rebuild_tensor_v2"),
            Arguments.of("ctorch._tensor\n_rebuild_from_type_v2\n(ctorch\nSize\nN)tR.", 53, "rebuilds no tensor")};
    }

    @ParameterizedTest
    @MethodSource("refused")
    void refuses(String code, int offset, String reason) {
        assertThatThrownBy(() -> run(code)).isInstanceOf(UserException.class)
                .hasMessageStartingWith("x.pth is not a valid PyTorch file: byte " + (100 + offset) + ": ")
                .hasMessageContaining(reason);
    }

    /** Files of one opcode again and again: each of them builds something for every byte. */
    @ParameterizedTest
    @ValueSource(strings = {"}", "]", "(", ")", "\217", "\210", "K\1", "}\224", "(t",
        "(d", "\205", "2", "U\0", "\212\0", "q\0", "h\0", "h\0)R0", "}(K\1K\2u"})
    void takesNoMoreThanItsBudget(String unit) {
        String code = "ccollections\nOrderedDict\nq\0" + unit.repeat(1_000_000 / unit.length());
        byte[] bytes = code.getBytes(StandardCharsets.ISO_8859_1);
        Budget budget = Budget.ofFile(bytes.length);
        Pickle pickle = new Pickle("x.pth", "PyTorch", 0, MemorySegment.ofArray(bytes), new TorchGlobals(false),
                budget);
        long allocated = Allocation.of(() -> assertThatThrownBy(pickle::run).isInstanceOf(UserException.class));
        assertThat(allocated).isLessThan(2 * (Budget.FREE + Budget.FACTOR * bytes.length));
    }

    @Test
    void nestingIsNoRecursion() {
        assertThat(run("(".repeat(20_000) + "K\1" + "t".repeat(20_000) + ".")).isInstanceOf(Tuple.class);
        assertThat(run("}K\1" + "\205".repeat(15_000) + "K\1s.")).isInstanceOf(Dict.class);
    }
}
