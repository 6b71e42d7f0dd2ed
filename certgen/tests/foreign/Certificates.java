import java.io.File;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAPublicKey;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Reads a file of keystores, one a line: the path and, after a tab, the password in hexadecimal. For each certificate in
 * them it prints DER, subject, issuer, serial number, dates, signature algorithm, key and whether it is self-signed.
 */
public class Certificates {
    private static final HexFormat HEX = HexFormat.of();

    public static void main(String[] arguments) throws Exception {
        Set<String> lines = new LinkedHashSet<>();
        for (String line : Files.readAllLines(Path.of(arguments[0]))) {
            String[] parts = line.split("\t", -1);
            char[] password = new String(HEX.parseHex(parts[1]), StandardCharsets.UTF_8).toCharArray();
            try {
                KeyStore store = KeyStore.getInstance(new File(parts[0]), password);
                for (String alias : Collections.list(store.aliases())) {
                    for (Certificate certificate : certificates(store, alias)) {
                        lines.add(describe((X509Certificate) certificate));
                    }
                }
            } catch (Exception notForThisJava) {
                // Another test is about stores.
            }
        }
        System.out.print(String.join("\n", lines));
    }

    private static List<Certificate> certificates(KeyStore store, String alias) throws Exception {
        Certificate[] chain = store.getCertificateChain(alias);
        if (chain != null) {
            return List.of(chain);
        }
        List<Certificate> single = new ArrayList<>();
        if (store.getCertificate(alias) != null) {
            single.add(store.getCertificate(alias));
        }
        return single;
    }

    private static String describe(X509Certificate certificate) throws Exception {
        String key = certificate.getPublicKey().getAlgorithm();
        if (certificate.getPublicKey() instanceof RSAPublicKey rsa) {
            key = "RSA " + rsa.getModulus().bitLength();
        }
        return String.join("\t",
            HEX.formatHex(certificate.getEncoded()),
            text(certificate.getSubjectX500Principal().toString()),
            text(certificate.getIssuerX500Principal().toString()),
            certificate.getSerialNumber().toString(16),
            Long.toString(Math.floorDiv(certificate.getNotBefore().getTime(), 1000L)),
            Long.toString(Math.floorDiv(certificate.getNotAfter().getTime(), 1000L)),
            certificate.getSigAlgName(),
            certificate.getSigAlgOID(),
            key,
            selfSigned(certificate));
    }

    private static String selfSigned(X509Certificate certificate) {
        if (!certificate.getSubjectX500Principal().equals(certificate.getIssuerX500Principal())) {
            return "false";
        }
        try {
            certificate.verify(certificate.getPublicKey());
            return "true";
        } catch (Exception refused) {
            return "false";
        }
    }

    private static String text(String text) {
        return HEX.formatHex(text.getBytes(StandardCharsets.UTF_8));
    }
}
