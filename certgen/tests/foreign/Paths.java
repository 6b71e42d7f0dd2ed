import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.security.KeyStore;
import java.security.Principal;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import javax.net.ssl.CertPathTrustManagerParameters;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Judges a chain for each line of its input: S or C (what the peer is), the time in seconds, the peer's host or -, the
 * anchors and the chain in base64. Prints ok or why not.
 */
public class Paths {
    public static void main(String[] arguments) throws Exception {
        var in = new BufferedReader(new InputStreamReader(System.in));
        var answers = new StringBuilder();
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            answers.append(judge(line.split(" ")).replace('\n', ' ')).append('\n');
        }
        System.out.print(answers);
    }

    private static String judge(String[] fields) {
        try {
            X509ExtendedTrustManager manager = manager(read(fields[3]), Long.parseLong(fields[1]));
            SSLEngine engine = new Engine(fields[2].equals("-") ? null : fields[2]);
            if (fields[0].equals("S")) {
                manager.checkServerTrusted(read(fields[4]), "UNKNOWN", engine);
            } else {
                manager.checkClientTrusted(read(fields[4]), "UNKNOWN", engine);
            }
            return "ok";
        } catch (Exception refused) {
            Throwable cause = refused;
            while (cause.getCause() != null) {
                cause = cause.getCause();
            }
            return cause.toString();
        }
    }

    static X509ExtendedTrustManager manager(X509Certificate[] anchors, long time) throws Exception {
        KeyStore truststore = KeyStore.getInstance("PKCS12");
        truststore.load(null, null);
        for (int place = 0; place < anchors.length; place++) {
            truststore.setCertificateEntry("anchor" + place, anchors[place]);
        }
        var parameters = new PKIXBuilderParameters(truststore, new X509CertSelector());
        parameters.setRevocationEnabled(false);
        parameters.setDate(new Date(time * 1000));
        TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
        factory.init(new CertPathTrustManagerParameters(parameters));
        return (X509ExtendedTrustManager) factory.getTrustManagers()[0];
    }

    static X509Certificate[] read(String texts) throws Exception {
        if (texts.equals("-")) {
            return new X509Certificate[0];
        }
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        String[] parts = texts.split(",");
        X509Certificate[] certificates = new X509Certificate[parts.length];
        for (int place = 0; place < parts.length; place++) {
            var bytes = new ByteArrayInputStream(Base64.getDecoder().decode(parts[place]));
            certificates[place] = (X509Certificate) factory.generateCertificate(bytes);
        }
        return certificates;
    }

    /** An engine in the middle of a handshake of TLS 1.3. */
    static final class Engine extends SSLEngine {
        private final String host;

        Engine(String host) {
            this.host = host;
        }

        @Override
        public SSLSession getHandshakeSession() {
            return new Session(host);
        }

        @Override
        public SSLParameters getSSLParameters() {
            SSLParameters parameters = new SSLParameters();
            parameters.setEndpointIdentificationAlgorithm(host == null ? null : "HTTPS");
            return parameters;
        }

        @Override
        public SSLEngineResult wrap(ByteBuffer[] sources, int offset, int length, ByteBuffer target) {
            throw new UnsupportedOperationException();
        }

        @Override
        public SSLEngineResult unwrap(ByteBuffer source, ByteBuffer[] targets, int offset, int length) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Runnable getDelegatedTask() {
            return null;
        }

        @Override
        public void closeInbound() {}

        @Override
        public boolean isInboundDone() {
            return false;
        }

        @Override
        public void closeOutbound() {}

        @Override
        public boolean isOutboundDone() {
            return false;
        }

        @Override
        public String[] getSupportedCipherSuites() {
            return new String[0];
        }

        @Override
        public String[] getEnabledCipherSuites() {
            return new String[0];
        }

        @Override
        public void setEnabledCipherSuites(String[] suites) {}

        @Override
        public String[] getSupportedProtocols() {
            return new String[] {"TLSv1.3"};
        }

        @Override
        public String[] getEnabledProtocols() {
            return new String[] {"TLSv1.3"};
        }

        @Override
        public void setEnabledProtocols(String[] protocols) {}

        @Override
        public SSLSession getSession() {
            return new Session(host);
        }

        @Override
        public void beginHandshake() {}

        @Override
        public SSLEngineResult.HandshakeStatus getHandshakeStatus() {
            return SSLEngineResult.HandshakeStatus.NEED_UNWRAP;
        }

        @Override
        public void setUseClientMode(boolean mode) {}

        @Override
        public boolean getUseClientMode() {
            return true;
        }

        @Override
        public void setNeedClientAuth(boolean need) {}

        @Override
        public boolean getNeedClientAuth() {
            return false;
        }

        @Override
        public void setWantClientAuth(boolean want) {}

        @Override
        public boolean getWantClientAuth() {
            return false;
        }

        @Override
        public void setEnableSessionCreation(boolean flag) {}

        @Override
        public boolean getEnableSessionCreation() {
            return true;
        }
    }

    static final class Session extends ExtendedSSLSession {
        private final String host;

        Session(String host) {
            this.host = host;
        }

        @Override
        public String[] getLocalSupportedSignatureAlgorithms() {
            return new String[] {
                "SHA256withECDSA", "SHA384withECDSA", "SHA512withECDSA", "SHA1withECDSA", "RSASSA-PSS", "SHA256withRSA",
                "SHA384withRSA", "SHA512withRSA", "SHA1withRSA", "Ed25519", "Ed448"
            };
        }

        @Override
        public String[] getPeerSupportedSignatureAlgorithms() {
            return getLocalSupportedSignatureAlgorithms();
        }

        @Override
        public List<SNIServerName> getRequestedServerNames() {
            return List.of();
        }

        @Override
        public List<byte[]> getStatusResponses() {
            return List.of();
        }

        @Override
        public String getProtocol() {
            return "TLSv1.3";
        }

        @Override
        public String getPeerHost() {
            return host;
        }

        @Override
        public byte[] getId() {
            return new byte[0];
        }

        @Override
        public SSLSessionContext getSessionContext() {
            return null;
        }

        @Override
        public long getCreationTime() {
            return 0;
        }

        @Override
        public long getLastAccessedTime() {
            return 0;
        }

        @Override
        public void invalidate() {}

        @Override
        public boolean isValid() {
            return true;
        }

        @Override
        public void putValue(String name, Object value) {}

        @Override
        public Object getValue(String name) {
            return null;
        }

        @Override
        public void removeValue(String name) {}

        @Override
        public String[] getValueNames() {
            return new String[0];
        }

        @Override
        public Certificate[] getPeerCertificates() {
            return new Certificate[0];
        }

        @Override
        public Certificate[] getLocalCertificates() {
            return null;
        }

        @Override
        public Principal getPeerPrincipal() {
            return null;
        }

        @Override
        public Principal getLocalPrincipal() {
            return null;
        }

        @Override
        public String getCipherSuite() {
            return "TLS_AES_128_GCM_SHA256";
        }

        @Override
        public int getPeerPort() {
            return 7000;
        }

        @Override
        public int getPacketBufferSize() {
            return 16384;
        }

        @Override
        public int getApplicationBufferSize() {
            return 16384;
        }
    }
}
