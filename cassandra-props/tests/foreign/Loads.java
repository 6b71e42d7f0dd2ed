import java.io.*;
import java.lang.reflect.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.util.*;
import org.apache.cassandra.config.Config;
import org.apache.cassandra.config.YamlConfigurationLoader;

/**
 * Loads each cassandra.yaml in the file that the first argument names as Cassandra does, and prints a line for it: "!" if Cassandra
 * refuses it, otherwise "section.name=value" for each field of the two encryption sections ("server", "client") and for those
 * fields of Config that the other arguments name ("top"), and "policy=" with what clients may use. Texts are in hexadecimal; "~" is
 * null, "#" something other than a text in a list of texts, and "?" a class without a name.
 */
public final class Loads {
    public static void main(String[] args) throws Exception {
        PrintStream out = System.out;
        // The loader writes its log to standard output.
        System.setOut(System.err);
        Path file = Files.createTempFile("cassandra", ".yaml");
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(new FileInputStream(args[0])))) {
            for (int left = in.readInt(); left > 0; left--) {
                byte[] bytes = new byte[in.readInt()];
                in.readFully(bytes);
                Files.write(file, bytes);
                out.println(loaded(file, Arrays.asList(args).subList(1, args.length)));
            }
        }
        Files.delete(file);
        out.flush();
    }

    static String loaded(Path file, List<String> names) throws Exception {
        Config config;
        try {
            config = new YamlConfigurationLoader().loadConfig(file.toUri().toURL());
        } catch (Exception e) {
            return "!";
        }
        StringBuilder answer = new StringBuilder();
        add(answer, "server", config.server_encryption_options, null);
        add(answer, "client", config.client_encryption_options, null);
        add(answer, "top", config, names);
        return answer + "policy=" + policy(config.client_encryption_options);
    }

    /** What the port for clients accepts: NativeTransportService and Server of 3.11, EncryptionOptions of later releases. */
    static String policy(Object client) throws Exception {
        try {
            client.getClass().getMethod("applyConfig").invoke(client);
            return String.valueOf(client.getClass().getMethod("tlsEncryptionPolicy").invoke(client));
        } catch (InvocationTargetException e) {
            return "!";
        } catch (NoSuchMethodException e) {
            Class<?> type = client.getClass();
            if (!type.getField("enabled").getBoolean(client)) return "UNENCRYPTED";
            return type.getField("optional").getBoolean(client) ? "OPTIONAL" : "ENCRYPTED";
        }
    }

    static void add(StringBuilder answer, String section, Object object, List<String> names) throws Exception {
        for (Class<?> type = object.getClass(); type != Object.class; type = type.getSuperclass()) {
            for (Field field : type.getDeclaredFields()) {
                int modifiers = field.getModifiers();
                if (field.isSynthetic() || Modifier.isStatic(modifiers) || Modifier.isTransient(modifiers)) continue;
                if (names != null && !names.contains(field.getName())) continue;
                field.setAccessible(true);
                answer.append(section).append('.').append(field.getName()).append('=').append(shown(field.get(object))).append(' ');
            }
        }
    }

    static String shown(Object value) throws Exception {
        if (value == null) return "~";
        if (value instanceof Object[]) return shown(Arrays.asList((Object[]) value));
        if (value instanceof List) {
            StringJoiner items = new StringJoiner(",", "[", "]");
            for (Object item : (List<?>) value) items.add(item == null || item instanceof String ? shown(item) : "#");
            return items.toString();
        }
        if (value instanceof Map) {
            StringJoiner entries = new StringJoiner(",", "{", "}");
            for (Map.Entry<?, ?> entry : new TreeMap<Object, Object>((Map<?, ?>) value).entrySet()) {
                entries.add(shown(entry.getKey()) + ":" + shown(entry.getValue()));
            }
            return entries.toString();
        }
        if (value.getClass().getSimpleName().equals("ParameterizedClass")) {
            Object name = value.getClass().getField("class_name").get(value);
            Map<?, ?> parameters = (Map<?, ?>) value.getClass().getField("parameters").get(value);
            return (name == null ? "?" : shown(name)) + (parameters == null || parameters.isEmpty() ? "" : shown(parameters));
        }
        return text(String.valueOf(value));
    }

    static String text(String text) {
        StringBuilder out = new StringBuilder("'");
        for (byte unit : text.getBytes(StandardCharsets.UTF_8)) {
            for (int shift = 4; shift >= 0; shift -= 4) out.append(Character.forDigit(unit >> shift & 15, 16));
        }
        return out.toString();
    }
}
