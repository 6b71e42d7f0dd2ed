import java.io.*;
import java.nio.charset.StandardCharsets;
import java.util.*;
import org.yaml.snakeyaml.*;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.nodes.*;
import org.yaml.snakeyaml.reader.UnicodeReader;

/**
 * Reads requests one after another from the file that the first argument names, and prints a line for each. "R" prints the
 * values that SnakeYAML reads in a section, "key:value" in hexadecimal UTF-16, "key" for a value that is not a text, or "!" if
 * SnakeYAML refuses the file. "E" checks an edit of a setting, and prints "ok", "unread" if SnakeYAML refuses the file before the
 * edit, or the deviation.
 */
public final class Yaml {
    public static void main(String[] args) throws Exception {
        PrintStream out = new PrintStream(new BufferedOutputStream(new FileOutputStream(FileDescriptor.out)), false, "US-ASCII");
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(new FileInputStream(args[0])))) {
            for (int left = in.readInt(); left > 0; left--) {
                char what = (char) in.readByte();
                String section = text(in);
                out.println(what == 'R' ? read(section, bytes(in)) : edit(section, in));
            }
        }
        out.flush();
    }

    static byte[] bytes(DataInputStream in) throws IOException {
        byte[] bytes = new byte[in.readInt()];
        in.readFully(bytes);
        return bytes;
    }

    static String text(DataInputStream in) throws IOException {
        return new String(bytes(in), StandardCharsets.UTF_8);
    }

    static org.yaml.snakeyaml.Yaml yaml() throws Exception {
        // SnakeYAML 1 has no other constructor, SnakeYAML 2 only this one.
        try {
            return new org.yaml.snakeyaml.Yaml(SafeConstructor.class.getConstructor(LoaderOptions.class).newInstance(new LoaderOptions()));
        } catch (NoSuchMethodException e) {
            return new org.yaml.snakeyaml.Yaml(SafeConstructor.class.getConstructor().newInstance());
        }
    }

    static String read(String section, byte[] file) throws Exception {
        Node root;
        try {
            root = yaml().compose(new UnicodeReader(new ByteArrayInputStream(file)));
        } catch (Exception e) {
            return "! " + first(e);
        }
        Map<String, String> texts = new TreeMap<>();
        Node found = section.isEmpty() ? root : value(root, section);
        if (found instanceof MappingNode) {
            for (NodeTuple tuple : ((MappingNode) found).getValue()) {
                if (!(tuple.getKeyNode() instanceof ScalarNode)) continue;
                Node value = tuple.getValueNode();
                String shown = shown(value);
                texts.put(hex(((ScalarNode) tuple.getKeyNode()).getValue()), shown == null ? "" : ":" + hex(shown));
            }
        }
        StringBuilder answer = new StringBuilder();
        texts.forEach((key, text) -> answer.append(key).append(text).append(' '));
        return answer.toString();
    }

    /** A text, or the items of a list, joined by commas; null for other values. */
    static String shown(Node value) {
        if (value instanceof ScalarNode) return value.getTag().equals(Tag.NULL) ? null : ((ScalarNode) value).getValue();
        if (!(value instanceof SequenceNode)) return null;
        List<String> items = new ArrayList<>();
        for (Node item : ((SequenceNode) value).getValue()) {
            if (!(item instanceof ScalarNode)) return null;
            items.add(((ScalarNode) item).getValue());
        }
        return String.join(",", items);
    }

    static String first(Exception e) {
        return String.valueOf(e.getMessage()).replaceAll("[^ -~]+", " ");
    }

    static Node value(Node node, String key) {
        Node found = null;
        if (node instanceof MappingNode) {
            for (NodeTuple tuple : ((MappingNode) node).getValue()) {
                Node own = tuple.getKeyNode();
                if (own instanceof ScalarNode && ((ScalarNode) own).getValue().equals(key)) found = tuple.getValueNode();
            }
        }
        return found;
    }

    static String edit(String section, DataInputStream in) throws Exception {
        byte[] before = bytes(in), after = bytes(in);
        String name = text(in), kind = text(in), value = text(in);
        Object wanted = kind.equals("truth") ? Boolean.valueOf(value) : kind.equals("number") ? Integer.valueOf(value)
            : kind.equals("list") ? Arrays.asList(value.split(",")) : value;
        Map<Object, Object> old;
        try {
            old = map(yaml().load(new ByteArrayInputStream(before)));
        } catch (Exception e) {
            // The generic loader cannot create a value, such as an impossible date.
            return "unread";
        }
        try {
            Map<Object, Object> edited = map(yaml().load(new ByteArrayInputStream(after)));
            Map<Object, Object> oldSection = section.isEmpty() ? old : map(old.remove(section));
            Map<Object, Object> newSection = section.isEmpty() ? edited : map(edited.remove(section));
            oldSection.remove(name);
            Object read = newSection.remove(name);
            if (!Objects.equals(read, kind.equals("gone") ? null : wanted)) return "it is read as another value";
            if (!oldSection.equals(newSection)) return "the rest of the section differs";
            if (!section.isEmpty() && !old.equals(edited)) return "the rest of the file differs";
            return "ok";
        } catch (Exception e) {
            return "refused: " + first(e);
        }
    }

    @SuppressWarnings("unchecked")
    static Map<Object, Object> map(Object value) {
        Map<Object, Object> map = new LinkedHashMap<>();
        if (value != null) ((Map<Object, Object>) value).forEach((key, own) -> map.put(key, comparable(own)));
        return map;
    }

    /** The value with texts in place of byte arrays, which are equal only to themselves. */
    static Object comparable(Object value) {
        if (value instanceof byte[]) return Arrays.toString((byte[]) value);
        return value instanceof Map ? map(value) : value;
    }

    static String hex(String text) {
        StringBuilder out = new StringBuilder();
        for (char unit : text.toCharArray()) {
            for (int shift = 12; shift >= 0; shift -= 4) out.append(Character.forDigit(unit >> shift & 15, 16));
        }
        return out.toString();
    }
}
