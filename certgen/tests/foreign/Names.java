import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import javax.security.auth.x500.X500Principal;

/** Reads names, one a line, as the hexadecimal digits of their UTF-8; answers with DER and text, or "refused". */
public class Names {
    public static void main(String[] arguments) throws Exception {
        HexFormat hex = HexFormat.of();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        StringBuilder out = new StringBuilder();
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String name = new String(hex.parseHex(line), StandardCharsets.UTF_8);
            try {
                byte[] der = new X500Principal(name).getEncoded();
                String shown = new X500Principal(der).toString();
                out.append(hex.formatHex(der)).append(' ');
                out.append(hex.formatHex(shown.getBytes(StandardCharsets.UTF_8))).append('\n');
            } catch (RuntimeException refused) {
                out.append("refused\n");
            }
        }
        System.out.print(out);
    }
}
