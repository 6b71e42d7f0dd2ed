import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HexFormat;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/**
 * Opens the encrypted key of each PEM file with the calls of Cassandra's PEMReader (5.0): a SecretKeyFactory by the name of
 * the algorithm, then the PKCS#8 inside. Prints its hexadecimal digits, or why not.
 */
public class PemKey {
    public static void main(String[] files) throws Exception {
        for (String file : files) {
            System.out.println(open(Files.readString(Path.of(file))));
        }
    }

    private static String open(String pem) {
        try {
            var sealed = new EncryptedPrivateKeyInfo(Base64.getMimeDecoder().decode(pem.replaceAll("-----.*-----", "")));
            var factory = SecretKeyFactory.getInstance(sealed.getAlgName());
            var key = factory.generateSecret(new PBEKeySpec("keypass".toCharArray()));
            return HexFormat.of().formatHex(sealed.getKeySpec(key).getEncoded());
        } catch (Exception refused) {
            return refused.toString();
        }
    }
}
