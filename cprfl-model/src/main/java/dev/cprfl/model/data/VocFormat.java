package dev.cprfl.model.data;

import dev.cprfl.model.data.Dataset.Layout;
import dev.cprfl.tensor.UserException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * The PASCAL VOC layout: {@code ImageSets/Main/SPLIT.txt} names the images, {@code Annotations/ID.xml} the objects in them.
 * Objects marked difficult count as present. Without a labels file the classes are the sorted names found, which for the
 * twenty of VOC is the usual order.
 */
final class VocFormat {

    private static final XMLInputFactory XML = XMLInputFactory.newDefaultFactory();

    static {
        XML.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        XML.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    }

    private VocFormat() {}

    static Dataset read(Map<String, String> lists, Layout layout) {
        NamedSamples samples = new NamedSamples();
        lists.forEach((split, list) -> {
            Path file = layout.root().resolve("ImageSets/Main").resolve(list + ".txt");
            samples.startSplit(split);
            for (TextLine line : TextLine.read(file)) {
                String id = line.text().split("\\s+", 2)[0];
                Path annotation = layout.root().resolve("Annotations").resolve(id + ".xml");
                if (!Files.isRegularFile(annotation)) {
                    throw line.error("no annotation " + annotation);
                }
                Path image = layout.root().resolve("JPEGImages").resolve(id + ".jpg");
                samples.add(image, objectNames(annotation), annotation.toString());
            }
        });
        return samples.toDataset(layout.labels());
    }

    /** The names directly below the objects; parts of an object have names of their own. */
    private static Set<String> objectNames(Path annotation) {
        Set<String> names = new TreeSet<>();
        List<String> path = new ArrayList<>();
        try (InputStream in = Files.newInputStream(annotation)) {
            XMLStreamReader xml = XML.createXMLStreamReader(in);
            StringBuilder name = new StringBuilder();
            while (xml.hasNext()) {
                boolean inName = path.equals(List.of("annotation", "object", "name"));
                switch (xml.next()) {
                    case XMLStreamConstants.START_ELEMENT -> path.add(xml.getLocalName());
                    case XMLStreamConstants.CHARACTERS -> name.append(inName ? xml.getText() : "");
                    case XMLStreamConstants.END_ELEMENT -> {
                        path.removeLast();
                        if (inName) {
                            names.add(name.toString().strip());
                            name.setLength(0);
                        }
                    }
                    default -> {
                        // comments and the like
                    }
                }
            }
        } catch (XMLStreamException e) {
            throw new UserException(annotation + ":" + (e.getLocation() == null ? 1 : e.getLocation().getLineNumber())
                    + ": not well-formed XML", e);
        } catch (IOException e) {
            throw new UserException(annotation + ": cannot be read (" + e.getMessage() + ")", e);
        }
        return names;
    }
}
