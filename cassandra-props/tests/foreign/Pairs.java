import java.io.*;
import java.nio.charset.StandardCharsets;
import java.util.*;

/**
 * Reads files one after another from the file that the first argument names (encoding, length, bytes). For each file, prints
 * a line with the pairs that java.util.Properties reads, "key:value" in hexadecimal UTF-16, or "!" if it refuses the file.
 */
public final class Pairs {
    public static void main(String[] args) throws Exception {
        PrintStream out = new PrintStream(new BufferedOutputStream(new FileOutputStream(FileDescriptor.out)), false, "US-ASCII");
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(new FileInputStream(args[0])))) {
            for (int left = in.readInt(); left > 0; left--) {
                boolean utf8 = in.readBoolean();
                byte[] file = new byte[in.readInt()];
                in.readFully(file);
                out.println(pairs(file, utf8));
            }
        }
        out.flush();
    }

    static String pairs(byte[] file, boolean utf8) throws IOException {
        StringBuilder text = new StringBuilder();
        Properties properties = new Properties() {
            @Override
            public synchronized Object put(Object key, Object value) {
                hex(text, (String) key);
                text.append(':');
                hex(text, (String) value);
                text.append(' ');
                return super.put(key, value);
            }
        };
        InputStream in = new ByteArrayInputStream(file);
        try {
            if (utf8) properties.load(new InputStreamReader(in, StandardCharsets.UTF_8));
            else properties.load(in);
        } catch (IllegalArgumentException e) {
            return "!";
        }
        return text.toString();
    }

    static void hex(StringBuilder out, String text) {
        for (char unit : text.toCharArray()) {
            for (int shift = 12; shift >= 0; shift -= 4) out.append(Character.forDigit(unit >> shift & 15, 16));
        }
    }
}
