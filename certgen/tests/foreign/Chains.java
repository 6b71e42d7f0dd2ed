import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/** Each argument is a PEM file with a chain, the end entity first and the trust anchor last; prints what Java thinks. */
public class Chains {
    public static void main(String[] arguments) throws Exception {
        for (String file : arguments) {
            System.out.println(judge(read(Path.of(file))));
        }
    }

    private static List<X509Certificate> read(Path file) throws Exception {
        List<X509Certificate> chain = new ArrayList<>();
        var in = new ByteArrayInputStream(Files.readAllBytes(file));
        for (var certificate : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
            chain.add((X509Certificate) certificate);
        }
        return chain;
    }

    private static String judge(List<X509Certificate> chain) {
        try {
            X509Certificate anchor = chain.get(chain.size() - 1);
            var parameters = new PKIXParameters(Set.of(new TrustAnchor(anchor, null)));
            parameters.setRevocationEnabled(false);
            if (chain.size() > 1) {
                var path = CertificateFactory.getInstance("X.509").generateCertPath(chain.subList(0, chain.size() - 1));
                CertPathValidator.getInstance("PKIX").validate(path, parameters);
            }
            KeyStore truststore = KeyStore.getInstance("PKCS12");
            truststore.load(null, null);
            truststore.setCertificateEntry("anchor", anchor);
            for (String algorithm : List.of("PKIX", "SunX509")) {
                var factory = TrustManagerFactory.getInstance(algorithm);
                factory.init(truststore);
                var manager = (X509TrustManager) factory.getTrustManagers()[0];
                manager.checkServerTrusted(chain.toArray(new X509Certificate[0]), "ECDHE_RSA");
                manager.checkClientTrusted(chain.toArray(new X509Certificate[0]), "RSA");
            }
            return "trusted";
        } catch (Exception refused) {
            return refused.toString().replace('\n', ' ');
        }
    }
}
