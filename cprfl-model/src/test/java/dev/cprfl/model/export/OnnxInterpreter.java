package dev.cprfl.model.export;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;

/** Runs an ONNX graph in double, by plain loops after the text of the standard (opset 17); only the operators that we write. */
final class OnnxInterpreter {

    /** A tensor, row-major. */
    static final class Value {

        final int[] shape;
        final double[] data;

        private Value(int[] shape, double[] data) {
            this.shape = shape;
            this.data = data;
        }

        static Value of(int[] shape, double... data) {
            if (product(shape, 0, shape.length) != data.length) {
                throw new IllegalArgumentException(Arrays.toString(shape) + " is not the shape of " + data.length);
            }
            return new Value(shape, data);
        }

        Value map(DoubleUnaryOperator f) {
            return of(shape, Arrays.stream(data).map(f).toArray());
        }

        int extent(int axis) {
            return shape[axis];
        }

        int[] integers() {
            return Arrays.stream(data).mapToInt(x -> (int) x).toArray();
        }
    }

    private final Map<String, Value> values = new HashMap<>();
    private NodeProto node;

    private OnnxInterpreter() {}

    static Value run(GraphProto graph, Value images) {
        OnnxInterpreter run = new OnnxInterpreter();
        graph.getInitializerList().forEach(tensor -> run.values.put(tensor.getName(), read(tensor)));
        run.values.put(graph.getInput(0).getName(), images);
        for (NodeProto node : graph.getNodeList()) {
            run.node = node;
            run.values.put(node.getOutput(0), run.compute());
        }
        return run.values.get(graph.getOutput(0).getName());
    }

    private static Value read(TensorProto tensor) {
        int[] shape = tensor.getDimsList().stream().mapToInt(Long::intValue).toArray();
        ByteBuffer raw = tensor.getRawData().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        boolean whole = tensor.getDataType() == TensorProto.DataType.INT64.getNumber();
        double[] data = new double[product(shape, 0, shape.length)];
        for (int i = 0; i < data.length; i++) {
            data[i] = whole ? raw.getLong() : raw.getFloat();
        }
        if (raw.hasRemaining()) {
            throw new IllegalArgumentException(tensor.getName() + " has too many bytes");
        }
        return Value.of(shape, data);
    }

    private Value in(int index) {
        Value value = values.get(node.getInput(index));
        if (value == null) {
            throw new IllegalStateException(node.getName() + " reads " + node.getInput(index) + " before it is there");
        }
        return value;
    }

    private AttributeProto attribute(String name) {
        return node.getAttributeList().stream().filter(a -> a.getName().equals(name)).findFirst().orElseThrow();
    }

    private int integer(String name) {
        return (int) attribute(name).getI();
    }

    private int[] integers(String name) {
        return attribute(name).getIntsList().stream().mapToInt(Long::intValue).toArray();
    }

    private Value compute() {
        return switch (node.getOpType()) {
            case "Add" -> broadcast(Double::sum);
            case "Sub" -> broadcast((a, b) -> a - b);
            case "Mul" -> broadcast((a, b) -> a * b);
            case "Div" -> broadcast((a, b) -> a / b);
            case "Relu" -> in(0).map(x -> Math.max(x, 0));
            case "Sigmoid" -> in(0).map(x -> 1 / (1 + Math.exp(-x)));
            case "Erf" -> in(0).map(OnnxInterpreter::erf);
            case "Conv" -> conv();
            case "MaxPool" -> maxPool();
            case "AveragePool" -> averagePool();
            case "GlobalAveragePool" -> globalAveragePool();
            case "Flatten" -> Value.of(new int[]{in(0).extent(0), in(0).data.length / in(0).extent(0)}, in(0).data);
            case "Gemm" -> gemm();
            case "MatMul" -> matMul(in(0), in(1));
            case "Reshape" -> reshape();
            case "Transpose" -> transpose(in(0), integers("perm"));
            case "Shape" -> shape();
            case "Concat" -> concat();
            case "Expand" -> broadcast(in(0), Value.of(in(1).integers(), ones(in(1).integers())), (a, _) -> a);
            case "Slice" -> slice();
            case "Softmax" -> softmax();
            case "LayerNormalization" -> layerNormalization();
            case "ReduceSum" -> reduceSum();
            default -> throw new IllegalArgumentException("no operator " + node.getOpType());
        };
    }

    private Value broadcast(DoubleBinaryOperator f) {
        return broadcast(in(0), in(1), f);
    }

    private static Value broadcast(Value a, Value b, DoubleBinaryOperator f) {
        int rank = Math.max(a.shape.length, b.shape.length);
        int[] shape = new int[rank];
        for (int axis = 0; axis < rank; axis++) {
            int x = extent(a, axis - rank);
            int y = extent(b, axis - rank);
            if (x != y && x != 1 && y != 1) {
                throw new IllegalArgumentException(Arrays.toString(a.shape) + " against " + Arrays.toString(b.shape));
            }
            shape[axis] = Math.max(x, y);
        }
        double[] data = new double[product(shape, 0, rank)];
        for (int i = 0; i < data.length; i++) {
            data[i] = f.applyAsDouble(a.data[place(i, shape, a)], b.data[place(i, shape, b)]);
        }
        return Value.of(shape, data);
    }

    /** An extent counted from the last axis, -1; 1 where there is none. */
    private static int extent(Value x, int fromEnd) {
        return x.shape.length + fromEnd < 0 ? 1 : x.shape[x.shape.length + fromEnd];
    }

    private static int place(int index, int[] shape, Value x) {
        int place = 0;
        int step = 1;
        int rest = index;
        for (int axis = 1; axis <= shape.length; axis++) {
            int position = rest % shape[shape.length - axis];
            rest /= shape[shape.length - axis];
            int extent = extent(x, -axis);
            place += (extent == 1 ? 0 : position) * step;
            step *= extent;
        }
        return place;
    }

    private Value conv() {
        Value x = in(0);
        Value w = in(1);
        return window(x, w.extent(0), (image, out, rows, columns) -> {
            double sum = in(2).data[out];
            for (int channel = 0; channel < x.extent(1); channel++) {
                for (int i = 0; i < rows.length; i++) {
                    int row = rows[i];
                    int column = columns[i];
                    if (row >= 0 && row < x.extent(2) && column >= 0 && column < x.extent(3)) {
                        sum += x.data[((image * x.extent(1) + channel) * x.extent(2) + row) * x.extent(3) + column]
                                * w.data[(out * x.extent(1) + channel) * rows.length + i];
                    }
                }
            }
            return sum;
        });
    }

    private Value maxPool() {
        Value x = in(0);
        return window(x, x.extent(1), (image, out, rows, columns) -> {
            double largest = Double.NEGATIVE_INFINITY;
            for (int i = 0; i < rows.length; i++) {
                if (rows[i] >= 0 && rows[i] < x.extent(2) && columns[i] >= 0 && columns[i] < x.extent(3)) {
                    largest = Math.max(largest,
                            x.data[((image * x.extent(1) + out) * x.extent(2) + rows[i]) * x.extent(3) + columns[i]]);
                }
            }
            return largest;
        });
    }

    /** What becomes of one window; places outside the image are padding. */
    private interface Window {

        double apply(int image, int channel, int[] rows, int[] columns);
    }

    private Value window(Value x, int channels, Window window) {
        int[] kernel = integers("kernel_shape");
        int[] stride = integers("strides");
        int[] pads = integers("pads");
        int height = (x.extent(2) + pads[0] + pads[2] - kernel[0]) / stride[0] + 1;
        int width = (x.extent(3) + pads[1] + pads[3] - kernel[1]) / stride[1] + 1;
        int[] shape = {x.extent(0), channels, height, width};
        double[] data = new double[product(shape, 0, 4)];
        int[] rows = new int[kernel[0] * kernel[1]];
        int[] columns = new int[rows.length];
        for (int i = 0; i < data.length; i++) {
            for (int k = 0; k < rows.length; k++) {
                rows[k] = i / width % height * stride[0] - pads[0] + k / kernel[1];
                columns[k] = i % width * stride[1] - pads[1] + k % kernel[1];
            }
            data[i] = window.apply(i / (width * height * channels), i / (width * height) % channels, rows, columns);
        }
        return Value.of(shape, data);
    }

    /** Windows side by side and without padding; what does not fill one is left out. */
    private Value averagePool() {
        Value x = in(0);
        int[] kernel = integers("kernel_shape");
        assertThat(integers("strides")).isEqualTo(kernel);
        int[] shape = {x.extent(0), x.extent(1), x.extent(2) / kernel[0], x.extent(3) / kernel[1]};
        double[] data = new double[shape[0] * shape[1] * shape[2] * shape[3]];
        for (int i = 0; i < data.length; i++) {
            int column = i % shape[3] * kernel[1];
            int row = i / shape[3] % shape[2] * kernel[0];
            int plane = i / shape[3] / shape[2];
            for (int r = 0; r < kernel[0]; r++) {
                for (int c = 0; c < kernel[1]; c++) {
                    data[i] += x.data[(plane * x.extent(2) + row + r) * x.extent(3) + column + c]
                            / (kernel[0] * kernel[1]);
                }
            }
        }
        return Value.of(shape, data);
    }

    private Value globalAveragePool() {
        Value x = in(0);
        int pixels = x.extent(2) * x.extent(3);
        double[] data = new double[x.data.length / pixels];
        for (int i = 0; i < x.data.length; i++) {
            data[i / pixels] += x.data[i] / pixels;
        }
        return Value.of(new int[]{x.extent(0), x.extent(1), 1, 1}, data);
    }

    private Value gemm() {
        Value b = integer("transB") == 1 ? transpose(in(1), 1, 0) : in(1);
        return broadcast(matMul(in(0), b), in(2), Double::sum);
    }

    private static Value matMul(Value a, Value b) {
        int rank = Math.max(a.shape.length, b.shape.length);
        int m = extent(a, -2);
        int k = extent(a, -1);
        int n = extent(b, -1);
        if (extent(b, -2) != k) {
            throw new IllegalArgumentException(Arrays.toString(a.shape) + " times " + Arrays.toString(b.shape));
        }
        int[] shape = new int[rank];
        for (int axis = 0; axis < rank - 2; axis++) {
            shape[axis] = Math.max(extent(a, axis - rank), extent(b, axis - rank));
        }
        int[] batches = Arrays.copyOf(shape, rank - 2);
        shape[rank - 2] = m;
        shape[rank - 1] = n;
        double[] data = new double[product(shape, 0, rank)];
        Value matricesOfA = batches(a);
        Value matricesOfB = batches(b);
        for (int i = 0; i < data.length; i++) {
            int batch = i / (m * n);
            int ofA = place(batch, batches, matricesOfA) * m * k + i / n % m * k;
            int ofB = place(batch, batches, matricesOfB) * k * n + i % n;
            for (int j = 0; j < k; j++) {
                data[i] += a.data[ofA + j] * b.data[ofB + j * n];
            }
        }
        return Value.of(shape, data);
    }

    /** The shape without its last two axes. */
    private static Value batches(Value x) {
        int[] shape = Arrays.copyOf(x.shape, x.shape.length - 2);
        return Value.of(shape, ones(shape));
    }

    private static double[] ones(int[] shape) {
        double[] ones = new double[product(shape, 0, shape.length)];
        Arrays.fill(ones, 1);
        return ones;
    }

    private Value reshape() {
        int[] shape = in(1).integers();
        int rest = -1;
        for (int axis = 0; axis < shape.length; axis++) {
            shape[axis] = shape[axis] == 0 ? in(0).extent(axis) : shape[axis];
            rest = shape[axis] == -1 ? axis : rest;
        }
        if (rest >= 0) {
            shape[rest] = in(0).data.length / -product(shape, 0, shape.length);
        }
        return Value.of(shape, in(0).data);
    }

    private static Value transpose(Value x, int... order) {
        int[] shape = Arrays.stream(order).map(axis -> x.shape[axis]).toArray();
        double[] data = new double[x.data.length];
        for (int i = 0; i < data.length; i++) {
            int rest = i;
            int from = 0;
            for (int axis = order.length - 1; axis >= 0; axis--) {
                from += rest % shape[axis] * product(x.shape, order[axis] + 1, x.shape.length);
                rest /= shape[axis];
            }
            data[i] = x.data[from];
        }
        return Value.of(shape, data);
    }

    private Value shape() {
        int[] part = Arrays.copyOfRange(in(0).shape, integer("start"), integer("end"));
        return Value.of(new int[]{part.length}, Arrays.stream(part).asDoubleStream().toArray());
    }

    private Value concat() {
        int axis = integer("axis");
        int[] shape = in(0).shape.clone();
        shape[axis] = 0;
        List<Value> parts = new ArrayList<>();
        for (int i = 0; i < node.getInputCount(); i++) {
            parts.add(in(i));
            shape[axis] += in(i).extent(axis);
        }
        int outer = product(shape, 0, axis);
        double[] data = new double[product(shape, 0, shape.length)];
        int to = 0;
        for (int i = 0; i < outer; i++) {
            for (Value part : parts) {
                int length = part.data.length / outer;
                System.arraycopy(part.data, i * length, data, to, length);
                to += length;
            }
        }
        return Value.of(shape, data);
    }

    /** Along axis 1, from a start counted from the end to the end. */
    private Value slice() {
        Value x = in(0);
        if (in(3).data[0] != 1 || in(1).data[0] >= 0 || in(2).data[0] < x.extent(1)) {
            throw new IllegalArgumentException("another slice than expected");
        }
        int rows = -(int) in(1).data[0];
        int length = x.extent(2);
        double[] data = new double[x.extent(0) * rows * length];
        for (int i = 0; i < x.extent(0); i++) {
            System.arraycopy(x.data, ((i + 1) * x.extent(1) - rows) * length, data, i * rows * length, rows * length);
        }
        return Value.of(new int[]{x.extent(0), rows, length}, data);
    }

    private Value softmax() {
        double[] data = in(0).map(Math::exp).data;
        int length = extent(in(0), -1);
        for (int from = 0; from < data.length; from += length) {
            double sum = Arrays.stream(data, from, from + length).sum();
            for (int i = from; i < from + length; i++) {
                data[i] /= sum;
            }
        }
        return Value.of(in(0).shape, data);
    }

    private Value layerNormalization() {
        double[] data = in(0).data.clone();
        int length = extent(in(0), -1);
        for (int from = 0; from < data.length; from += length) {
            double mean = Arrays.stream(data, from, from + length).sum() / length;
            double variance = Arrays.stream(data, from, from + length).map(x -> (x - mean) * (x - mean)).sum() / length;
            for (int i = 0; i < length; i++) {
                data[from + i] = (data[from + i] - mean) / Math.sqrt(variance + attribute("epsilon").getF())
                        * in(1).data[i] + in(2).data[i];
            }
        }
        return Value.of(in(0).shape, data);
    }

    private Value reduceSum() {
        if (in(1).data[0] != -1 || integer("keepdims") != 0) {
            throw new IllegalArgumentException("another sum than expected");
        }
        int length = extent(in(0), -1);
        double[] data = new double[in(0).data.length / length];
        for (int i = 0; i < in(0).data.length; i++) {
            data[i / length] += in(0).data[i];
        }
        return Value.of(Arrays.copyOf(in(0).shape, in(0).shape.length - 1), data);
    }

    /** The power series, which needs few terms for what occurs in a small network. */
    private static double erf(double x) {
        if (Math.abs(x) > 4) {
            return Math.signum(x);
        }
        double term = x;
        double sum = x;
        for (int n = 1; n < 120; n++) {
            term *= -x * x / n;
            sum += term / (2 * n + 1);
        }
        return 2 / Math.sqrt(Math.PI) * sum;
    }

    private static int product(int[] shape, int from, int to) {
        int product = 1;
        for (int axis = from; axis < to; axis++) {
            product *= shape[axis];
        }
        return product;
    }
}
