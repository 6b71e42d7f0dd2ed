import java.io.*;
import java.nio.file.*;
import org.apache.cassandra.config.Config;
import org.apache.cassandra.config.YamlConfigurationLoader;

/**
 * Loads each cassandra.yaml in the file that the first argument names as Cassandra does, and prints a line for it: "!" if Cassandra
 * refuses it, otherwise the value of the setting that opens the port for 3.x nodes, or "-" before 4.0.
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
                out.println(loaded(file));
            }
        }
        Files.delete(file);
        out.flush();
    }

    static String loaded(Path file) throws Exception {
        Config config;
        try {
            config = new YamlConfigurationLoader().loadConfig(file.toUri().toURL());
        } catch (Exception e) {
            return "!";
        }
        Object server = config.server_encryption_options;
        for (String name : new String[] {"legacy_ssl_storage_port_enabled", "enable_legacy_ssl_storage_port"}) {
            try {
                return String.valueOf(server.getClass().getField(name).get(server));
            } catch (NoSuchFieldException e) {
                // The release has the other name, or neither.
            }
        }
        return "-";
    }
}
