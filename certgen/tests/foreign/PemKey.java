import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.Base64;
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
            System.out.println(open(new String(Files.readAllBytes(Paths.get(file)), StandardCharsets.US_ASCII)));
        }
    }

    private static String open(String pem) {
        try {
            EncryptedPrivateKeyInfo sealed = new EncryptedPrivateKeyInfo(Base64.getMimeDecoder().decode(pem.replaceAll("-----.*-----", "")));
            SecretKeyFactory factory = SecretKeyFactory.getInstance(sealed.getAlgName());
            PBEKeySpec password = new PBEKeySpec("keypass".toCharArray());
            StringBuilder digits = new StringBuilder();
            for (byte octet : sealed.getKeySpec(factory.generateSecret(password)).getEncoded()) {
                digits.append(String.format("%02x", octet));
            }
            return digits.toString();
        } catch (Exception refused) {
            return refused.toString();
        }
    }
}
