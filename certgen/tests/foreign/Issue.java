import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * keytool many times in one JVM: each line of the first file is one command, its arguments separated by tabs. Then prints, for
 * the entry "node" of each of the other files, key and certificate in hexadecimal digits.
 */
public class Issue {
    public static void main(String[] arguments) throws Exception {
        var main = Class.forName("sun.security.tools.keytool.Main").getMethod("main", String[].class);
        for (String line : Files.readAllLines(Path.of(arguments[0]))) {
            main.invoke(null, (Object) line.split("\t", -1));
        }
        char[] password = "keypass".toCharArray();
        for (String file : Arrays.copyOfRange(arguments, 1, arguments.length)) {
            KeyStore store = KeyStore.getInstance(new File(file), password);
            HexFormat hex = HexFormat.of();
            System.out.println(hex.formatHex(store.getKey("node", password).getEncoded()) + " "
                + hex.formatHex(store.getCertificate("node").getEncoded()));
        }
    }
}
