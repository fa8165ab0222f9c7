package dev.cprfl.tests.docs;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreeScanner;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** The names that a Java file declares. */
final class SourceNames {

    private SourceNames() {}

    /** Classes by their simple names, and methods, fields and parameters, as {@code Class.member}. */
    static Set<String> of(Path file) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        Set<String> names = new HashSet<>();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            JavacTask task = (JavacTask) compiler.getTask(null, files, null, List.of("-proc:none"), null,
                    files.getJavaFileObjects(file));
            for (CompilationUnitTree unit : task.parse()) {
                unit.accept(new Names(names), "");
            }
        }
        return names;
    }

    /** The parameter is the class around. */
    private static final class Names extends TreeScanner<Void, String> {

        private final Set<String> names;

        Names(Set<String> names) {
            this.names = names;
        }

        @Override
        public Void visitClass(ClassTree node, String outer) {
            names.add(node.getSimpleName().toString());
            names.add(outer + "." + node.getSimpleName());
            return super.visitClass(node, node.getSimpleName().toString());
        }

        @Override
        public Void visitMethod(MethodTree node, String outer) {
            names.add(outer + "." + node.getName());
            return super.visitMethod(node, outer);
        }

        @Override
        public Void visitVariable(VariableTree node, String outer) {
            names.add(outer + "." + node.getName());
            return super.visitVariable(node, outer);
        }
    }
}
