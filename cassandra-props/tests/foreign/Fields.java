import java.io.File;
import java.lang.reflect.*;
import java.net.*;
import java.util.*;

/**
 * Prints the settings that releases of Cassandra know: for each folder of jars, a line for each field of Config and of its two
 * kinds of EncryptionOptions, "folder server|client|top name".
 */
public final class Fields {
    public static void main(String[] folders) throws Exception {
        for (String folder : folders) {
            List<URL> jars = new ArrayList<>();
            for (File jar : new File(folder).listFiles()) jars.add(jar.toURI().toURL());
            ClassLoader loader = new URLClassLoader(jars.toArray(new URL[0]), ClassLoader.getPlatformClassLoader());
            Class<?> config = Class.forName("org.apache.cassandra.config.Config", false, loader);
            print(folder, "top", config);
            print(folder, "server", config.getField("server_encryption_options").getType());
            print(folder, "client", config.getField("client_encryption_options").getType());
        }
    }

    static void print(String folder, String section, Class<?> type) {
        for (; type != Object.class; type = type.getSuperclass()) {
            for (Field field : type.getDeclaredFields()) {
                int modifiers = field.getModifiers();
                if (field.isSynthetic() || Modifier.isStatic(modifiers) || Modifier.isTransient(modifiers)) continue;
                System.out.println(folder + " " + section + " " + field.getName());
            }
        }
    }
}
