import java.io.*;
import java.nio.charset.StandardCharsets;
import org.apache.cassandra.security.PEMReader;

/**
 * Prints the release of Java and, for each text and password in the file that the first argument names, a line with the results of
 * Cassandra's PEMReader: "key" or "-", and the number of certificates or "-".
 */
public final class Pem {
    public static void main(String[] args) throws Exception {
        PrintStream out = System.out;
        // The reader writes its log to standard output.
        System.setOut(System.err);
        out.println(System.getProperty("java.specification.version"));
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(new FileInputStream(args[0])))) {
            for (int left = in.readInt(); left > 0; left--) {
                String text = text(in), password = text(in);
                out.println(key(text, password) + " " + certificates(text));
            }
        }
        out.flush();
    }

    static String text(DataInputStream in) throws IOException {
        byte[] bytes = new byte[in.readInt()];
        in.readFully(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    static String key(String text, String password) {
        try {
            PEMReader.extractPrivateKey(text, password.isEmpty() ? null : password);
            return "key";
        } catch (Exception e) {
            return "-";
        }
    }

    static String certificates(String text) {
        try {
            return String.valueOf(PEMReader.extractCertificates(text).length);
        } catch (Exception e) {
            return "-";
        }
    }
}
