package dev.cprfl.model.export;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.cprfl.autograd.Parameter.Layout;
import dev.cprfl.autograd.nn.StateDict;
import dev.cprfl.tensor.Shape;
import dev.cprfl.tensor.Tensor;
import dev.cprfl.tensor.UserException;
import dev.cprfl.tensor.io.AtomicFile;
import dev.cprfl.tensor.io.DType;
import dev.cprfl.tensor.io.HostTensor;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * An ONNX graph as it grows. Values are named by texts; each node comes after those that it reads, as the format demands. What
 * a node computes is defined by the <a href="https://onnx.ai/onnx/operators/">operators</a> of opset 17.
 */
final class OnnxGraph {

    /** The first with LayerNormalization; ONNX Runtime reads it from version 1.12 on. */
    private static final int OPSET = 17;
    private static final int IR_VERSION = 8;

    /** Protobuf counts the bytes of a message in an int; 16 MiB are for the nodes. */
    private static final long MOST_BYTES = Integer.MAX_VALUE - (1L << 24);

    private final GraphProto.Builder graph = GraphProto.newBuilder();
    private long bytes;

    OnnxGraph(String name) {
        graph.setName(name);
    }

    /** Adds a node of one output, whose name is also the node's. */
    String add(String operator, String name, List<AttributeProto> attributes, String... inputs) {
        graph.addNode(NodeProto.newBuilder().setOpType(operator).setName(name).addAllInput(Arrays.asList(inputs))
                .addAllAttribute(attributes).addOutput(name));
        return name;
    }

    String add(String operator, String name, String... inputs) {
        return add(operator, name, List.of(), inputs);
    }

    static AttributeProto integer(String name, long value) {
        return AttributeProto.newBuilder().setName(name).setType(AttributeProto.AttributeType.INT).setI(value).build();
    }

    static AttributeProto integers(String name, long... values) {
        return AttributeProto.newBuilder().setName(name).setType(AttributeProto.AttributeType.INTS)
                .addAllInts(Arrays.stream(values).boxed().toList()).build();
    }

    static AttributeProto real(String name, double value) {
        return AttributeProto.newBuilder().setName(name).setType(AttributeProto.AttributeType.FLOAT)
                .setF((float) value).build();
    }

    /** A constant of float numbers; a tensor of doubles is rounded. */
    String constant(String name, Tensor value, Layout layout) {
        HostTensor host = StateDict.toHost(value, layout);
        return constant(name, host.dtype() == DType.F32 ? host : HostTensor.of(host.shape(), host.toFloats()));
    }

    String constant(String name, Shape shape, float... values) {
        return constant(name, HostTensor.of(shape, values));
    }

    /** A constant of whole numbers, [count], such as a shape. */
    String constant(String name, long... values) {
        return constant(name, HostTensor.of(Shape.of(values.length), values));
    }

    /** @throws UserException if the graph's constants no longer fit into one file */
    String constant(String name, HostTensor value) {
        bytes += value.data().byteSize();
        if (bytes > MOST_BYTES) {
            throw new UserException(
                    "the network's weights have more than the 2 GiB that an ONNX file holds; export them as"
                            + " .safetensors, or train a smaller network");
        }
        // The bytes are not copied; HostTensor never changes.
        ByteString raw = UnsafeByteOperations.unsafeWrap(value.data().asByteBuffer());
        TensorProto.DataType type = value.dtype() == DType.I64
                ? TensorProto.DataType.INT64
                : TensorProto.DataType.FLOAT;
        graph.addInitializer(TensorProto.newBuilder().setName(name).setDataType(type.getNumber())
                .addAllDims(Arrays.stream(value.shape().toArray()).asLongStream().boxed().toList()).setRawData(raw));
        return name;
    }

    /** @param extents numbers, or names of extents that may differ from call to call */
    void input(String name, String description, Object... extents) {
        graph.addInput(floats(name, description, extents));
    }

    void output(String name, String description, Object... extents) {
        graph.addOutput(floats(name, description, extents));
    }

    private static ValueInfoProto floats(String name, String description, Object... extents) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (Object extent : extents) {
            TensorShapeProto.Dimension.Builder dimension = shape.addDimBuilder();
            if (extent instanceof Integer number) {
                dimension.setDimValue(number);
            } else {
                dimension.setDimParam(extent.toString());
            }
        }
        TypeProto.Tensor.Builder tensor = TypeProto.Tensor.newBuilder()
                .setElemType(TensorProto.DataType.FLOAT.getNumber()).setShape(shape);
        return ValueInfoProto.newBuilder().setName(name).setDocString(description)
                .setType(TypeProto.newBuilder().setTensorType(tensor)).build();
    }

    /**
     * Writes the file as a whole or not at all.
     *
     * @throws UserException if it cannot be written
     */
    void write(Path file, Map<String, String> metadata) {
        ModelProto.Builder model = ModelProto.newBuilder().setIrVersion(IR_VERSION).setProducerName("cprfl")
                .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(OPSET))
                .setGraph(graph);
        String version = OnnxGraph.class.getPackage().getImplementationVersion();
        if (version != null) {
            model.setProducerVersion(version);
        }
        metadata.forEach((key, value) -> model
                .addMetadataProps(StringStringEntryProto.newBuilder().setKey(key).setValue(value)));
        ModelProto done = model.build();
        AtomicFile.write(file, done.getSerializedSize(), done::writeTo);
    }
}
