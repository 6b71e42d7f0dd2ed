import java.nio.file.Files;
import java.nio.file.Path;

/** keytool many times in one JVM: each line of the file is one command, its arguments separated by tabs. */
public class Keytool {
    public static void main(String[] arguments) throws Exception {
        var main = Class.forName("sun.security.tools.keytool.Main").getMethod("main", String[].class);
        for (String line : Files.readAllLines(Path.of(arguments[0]))) {
            main.invoke(null, (Object) line.split("\t", -1));
        }
    }
}
