import com.sun.source.tree.*;
import com.sun.source.util.*;
import java.nio.file.*;
import java.util.*;
import javax.lang.model.element.*;
import javax.lang.model.util.*;
import javax.tools.*;

// What javac makes of a folder of Java sources, one JSON row a definition, base, call, throw and override.
public class JavaOracle {
  static String quote(String s) { return "\"" + s.replace("\\", "\\\\").replace("\"", "\\\"") + "\""; }
  static void out(Object... fields) {
    StringJoiner row = new StringJoiner(",", "[", "]");
    for (Object f : fields) row.add(f instanceof Number ? f.toString() : quote(String.valueOf(f)));
    System.out.println(row);
  }
  static String owner(Element e) {
    while (e != null && !(e.getKind().isClass() || e.getKind().isInterface())) e = e.getEnclosingElement();
    return e == null ? "" : e.getSimpleName().toString();
  }
  public static void main(String[] a) throws Exception {
    Path root = Path.of(a[0]);
    List<Path> files = new ArrayList<>();
    try (var walk = Files.walk(root)) { walk.filter(p -> p.toString().endsWith(".java")).sorted().forEach(files::add); }
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    var manager = compiler.getStandardFileManager(null, null, null);
    var units = manager.getJavaFileObjectsFromPaths(files);
    JavacTask task = (JavacTask) compiler.getTask(null, manager, d -> {}, List.of("-proc:none", "-implicit:none"), null, units);
    Iterable<? extends CompilationUnitTree> parsed = task.parse();
    try { task.analyze(); } catch (Throwable t) { System.err.println(t); }
    Trees trees = Trees.instance(task);
    Elements elements = task.getElements();
    for (CompilationUnitTree unit : parsed) {
      String path = root.relativize(Path.of(unit.getSourceFile().toUri())).toString();
      LineMap lines = unit.getLineMap();
      new TreePathScanner<Void, String>() {
        long at(Tree t) { return lines.getLineNumber(trees.getSourcePositions().getStartPosition(unit, t)); }
        long named(Tree t, String name) {
          try {
            long start = trees.getSourcePositions().getStartPosition(unit, t);
            long end = trees.getSourcePositions().getEndPosition(unit, t);
            String text = unit.getSourceFile().getCharContent(true).toString().substring((int) start, (int) end);
            // the modifiers end before the name; annotations may hold it too
            long from = t instanceof ClassTree c ? trees.getSourcePositions().getEndPosition(unit, c.getModifiers())
                : t instanceof MethodTree m ? trees.getSourcePositions().getEndPosition(unit, m.getModifiers()) : start;
            int skip = (int) Math.max(0, from - start);
            var m = java.util.regex.Pattern.compile("\\b" + java.util.regex.Pattern.quote(name) + "\\b").matcher(text);
            return m.find(skip) ? lines.getLineNumber(start + m.start()) : lines.getLineNumber(start);
          } catch (Exception e) { return at(t); }
        }
        void called(Element e, Tree t, String inside) {
          if (!(e instanceof ExecutableElement method)) return;
          String name = method.getKind() == ElementKind.CONSTRUCTOR ? owner(method) : method.getSimpleName().toString();
          out("call", owner(method), name, path, at(t), inside);
          if (method.getKind() == ElementKind.METHOD && method.getEnclosingElement() instanceof TypeElement type)
            for (Element member : supers(type, new LinkedHashSet<>()))
              for (Element other : member.getEnclosedElements())
                if (other instanceof ExecutableElement o && o.getSimpleName().equals(method.getSimpleName())
                    && elements.overrides(method, o, type)) out("call", owner(o), name, path, at(t), inside);
        }
        Set<Element> supers(TypeElement type, Set<Element> seen) {
          for (var up : task.getTypes().directSupertypes(type.asType())) {
            Element e = task.getTypes().asElement(up);
            if (e instanceof TypeElement t && seen.add(t)) supers(t, seen);
          }
          return seen;
        }
        @Override public Void visitClass(ClassTree c, String inside) {
          String name = c.getSimpleName().toString();
          if (!name.isEmpty()) {
            long line = named(c, name);
            out("type", name, path, line, c.getKind().toString());
            Tree up = c.getExtendsClause();
            List<Tree> all = new ArrayList<>(c.getImplementsClause());
            if (up != null) all.add(up);
            for (Tree t : all) {
              Element e = trees.getElement(new TreePath(getCurrentPath(), t));
              String text = t.toString().replaceAll("<.*>", "").replaceAll("@\\w+\\s*", "");
              out("sub", e == null || e.asType().getKind().toString().equals("ERROR") ? text.substring(text.lastIndexOf('.') + 1) : e.getSimpleName(), path, line);
            }
          }
          return super.visitClass(c, inside);
        }
        @Override public Void visitMethod(MethodTree m, String inside) {
          Element e = trees.getElement(getCurrentPath());
          if (trees.getSourcePositions().getEndPosition(unit, m) < 0 || elements.getOrigin(e) != Elements.Origin.EXPLICIT) return null;
          boolean constructor = m.getName().contentEquals("<init>");
          String name = constructor ? owner(e) : m.getName().toString();
          long line = named(m, name);
          out("method", name, path, line, owner(e), constructor ? "constructor" : "method");
          out("scope", name, path, line, lines.getLineNumber(trees.getSourcePositions().getEndPosition(unit, m)));
          if (e.getEnclosingElement() instanceof TypeElement type && !constructor)
            for (Element up : supers(type, new LinkedHashSet<>()))
              for (Element other : up.getEnclosedElements())
                if (other instanceof ExecutableElement o && o.getSimpleName().contentEquals(name)
                    && elements.overrides((ExecutableElement) e, o, type)) out("override", owner(o), name, path, line);
          return super.visitMethod(m, name);
        }
        @Override public Void visitMethodInvocation(MethodInvocationTree c, String inside) {
          called(element(c.getMethodSelect()), c, inside);
          return super.visitMethodInvocation(c, inside);
        }
        Element element(Tree t) { return trees.getElement(new TreePath(getCurrentPath(), t)); }
        @Override public Void visitNewClass(NewClassTree c, String inside) {
          if (c.getClassBody() == null) called(trees.getElement(getCurrentPath()), c, inside);
          else {
            Element e = trees.getElement(new TreePath(getCurrentPath(), c.getIdentifier()));
            if (e != null) out("call", e.getSimpleName(), e.getSimpleName(), path, at(c), inside);
          }
          return super.visitNewClass(c, inside);
        }
        @Override public Void visitThrow(ThrowTree t, String inside) {
          if (t.getExpression() instanceof NewClassTree n) {
            String text = n.getIdentifier().toString().replaceAll("<.*>", "");
            out("raise", text.substring(text.lastIndexOf('.') + 1), path, at(t));
          }
          return super.visitThrow(t, inside);
        }
      }.scan(unit, "");
    }
  }
}
