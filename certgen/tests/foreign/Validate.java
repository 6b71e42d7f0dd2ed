import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Each argument is a PEM file with a chain, the trust anchor last; prints whether PKIX validates the path. */
public class Validate {
    public static void main(String[] files) throws Exception {
        var factory = CertificateFactory.getInstance("X.509");
        for (String file : files) {
            var chain = new ArrayList<X509Certificate>();
            for (var certificate : factory.generateCertificates(new ByteArrayInputStream(Files.readAllBytes(Path.of(file))))) {
                chain.add((X509Certificate) certificate);
            }
            System.out.println(judge(factory, chain));
        }
    }

    private static String judge(CertificateFactory factory, List<X509Certificate> chain) {
        try {
            var parameters = new PKIXParameters(Set.of(new TrustAnchor(chain.get(chain.size() - 1), null)));
            parameters.setRevocationEnabled(false);
            var path = factory.generateCertPath(chain.subList(0, chain.size() - 1));
            CertPathValidator.getInstance("PKIX").validate(path, parameters);
            return "valid";
        } catch (Exception refused) {
            return refused.toString().replace('\n', ' ');
        }
    }
}
