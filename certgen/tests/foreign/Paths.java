import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.CertPathTrustManagerParameters;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Judges a chain for each line of its input: S or C (what the peer is), the engine (J for the JDK's, N for Netty's over
 * OpenSSL), the version of TLS, the time in seconds, the peer's host or -, the anchors and the chain in base64, and SunX509
 * where the trust manager is to be of that algorithm. Prints ok or why not. Arguments: an EC key in PKCS#8 and its
 * certificate, for a handshake that shows which signatures the JDK's engine supports. For Java 8 and later.
 */
public class Paths {
    /** Netty's ExtendedOpenSslSession.LOCAL_SUPPORTED_SIGNATURE_ALGORITHMS. */
    private static final String[] NETTY = {
        "SHA512withRSA", "SHA512withECDSA", "SHA384withRSA", "SHA384withECDSA", "SHA256withRSA", "SHA256withECDSA",
        "SHA224withRSA", "SHA224withECDSA", "SHA1withRSA", "SHA1withECDSA", "RSASSA-PSS"
    };

    /** What Netty hands on of a chain (its default of SSL_CTX_set_verify_depth). */
    private static final int NETTY_DEPTH = 10;

    /** What the JDK's engine supports, by role and version. */
    private static final Map<String, String[]> SUPPORTED = new HashMap<>();

    public static void main(String[] arguments) throws Exception {
        for (String protocol : new String[] {"TLSv1.2", "TLSv1.3"}) {
            shakeHands(protocol, arguments[0], arguments[1]);
        }
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        StringBuilder answers = new StringBuilder();
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            answers.append(judge(line.split(" ")).replace('\n', ' ')).append('\n');
        }
        System.out.print(answers);
    }

    private static String judge(String[] fields) {
        try {
            boolean netty = fields[1].equals("N");
            boolean simple = fields.length > 7 && fields[7].equals("SunX509");
            long time = Long.parseLong(fields[3]);
            X509Certificate[] anchors = read(fields[5]);
            X509ExtendedTrustManager manager = simple ? simple(anchors, fields[0], time) : manager(anchors, time);
            String[] supported = netty ? NETTY : SUPPORTED.get(fields[0] + fields[2]);
            SSLEngine engine = new Engine(fields[4].equals("-") ? null : fields[4], fields[2], supported);
            X509Certificate[] chain = read(fields[6]);
            if (netty && chain.length > NETTY_DEPTH) {
                chain = Arrays.copyOf(chain, NETTY_DEPTH);
            }
            if (fields[0].equals("S")) {
                manager.checkServerTrusted(chain, "UNKNOWN", engine);
            } else {
                manager.checkClientTrusted(chain, "UNKNOWN", engine);
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

    /** A handshake in memory in which both sides ask for a certificate. */
    private static void shakeHands(String protocol, String key, String certificate) throws Exception {
        X509Certificate[] chain = read(certificate);
        PKCS8EncodedKeySpec spec = new PKCS8EncodedKeySpec(Base64.getDecoder().decode(key));
        PrivateKey secret = KeyFactory.getInstance("EC").generatePrivate(spec);
        KeyStore keystore = KeyStore.getInstance("PKCS12");
        keystore.load(null, null);
        keystore.setKeyEntry("node", secret, new char[0], chain);
        KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
        keys.init(keystore, new char[0]);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), new TrustManager[] {new Recorder(protocol)}, null);
        SSLEngine[] sides = {context.createSSLEngine(), context.createSSLEngine()};
        for (SSLEngine side : sides) {
            side.setUseClientMode(side == sides[0]);
            side.setEnabledProtocols(new String[] {protocol});
        }
        sides[1].setNeedClientAuth(true);
        ByteBuffer[] sent = {ByteBuffer.allocate(1 << 16), ByteBuffer.allocate(1 << 16)};
        for (int turn = 0; !SUPPORTED.containsKey("S" + protocol) || !SUPPORTED.containsKey("C" + protocol); turn++) {
            if (turn > 100) {
                throw new IllegalStateException("no handshake of " + protocol);
            }
            step(sides[turn % 2], sent[turn % 2], sent[1 - turn % 2]);
        }
    }

    private static void step(SSLEngine side, ByteBuffer out, ByteBuffer in) throws Exception {
        in.flip();
        boolean stuck = false;
        while (!stuck) {
            int before = in.remaining() + out.position();
            switch (side.getHandshakeStatus()) {
                case NEED_TASK:
                    side.getDelegatedTask().run();
                    continue;
                case NEED_WRAP:
                    side.wrap(ByteBuffer.allocate(0), out);
                    continue;
                case NOT_HANDSHAKING:
                    if (in.remaining() + out.position() == 0) {
                        side.beginHandshake();
                        continue;
                    }
                    side.unwrap(in, ByteBuffer.allocate(1 << 16));
                    break;
                default:
                    side.unwrap(in, ByteBuffer.allocate(1 << 16));
            }
            stuck = before == in.remaining() + out.position();
        }
        in.compact();
    }

    /** Accepts every peer and records which algorithms the engine says it supports. */
    private static final class Recorder extends X509ExtendedTrustManager {
        private final String protocol;

        Recorder(String protocol) {
            this.protocol = protocol;
        }

        private void note(String peer, SSLEngine engine) {
            ExtendedSSLSession session = (ExtendedSSLSession) engine.getHandshakeSession();
            SUPPORTED.put(peer + protocol, session.getLocalSupportedSignatureAlgorithms());
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {
            note("S", engine);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {
            note("C", engine);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    /** Of the algorithm SunX509, whose time can be set by its own classes alone; on Java 8. */
    private static X509ExtendedTrustManager simple(X509Certificate[] anchors, String role, long time) throws Exception {
        TrustManagerFactory factory = TrustManagerFactory.getInstance("SunX509");
        factory.init(truststore(anchors));
        X509ExtendedTrustManager manager = (X509ExtendedTrustManager) factory.getTrustManagers()[0];
        if (anchors.length > 0) {
            Method get = manager.getClass().getDeclaredMethod("getValidator", String.class);
            get.setAccessible(true);
            Object validator = get.invoke(manager, role.equals("S") ? "tls server" : "tls client");
            Method set = validator.getClass().getSuperclass().getMethod("setValidationDate", Date.class);
            set.invoke(validator, new Date(time * 1000));
            Field field = manager.getClass().getDeclaredField(role.equals("S") ? "serverValidator" : "clientValidator");
            field.setAccessible(true);
            field.set(manager, validator);
        }
        return manager;
    }

    private static KeyStore truststore(X509Certificate[] anchors) throws Exception {
        KeyStore truststore = KeyStore.getInstance("PKCS12");
        truststore.load(null, null);
        for (int place = 0; place < anchors.length; place++) {
            truststore.setCertificateEntry("anchor" + place, anchors[place]);
        }
        return truststore;
    }

    static X509ExtendedTrustManager manager(X509Certificate[] anchors, long time) throws Exception {
        KeyStore truststore = truststore(anchors);
        PKIXBuilderParameters parameters = new PKIXBuilderParameters(truststore, new X509CertSelector());
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
            ByteArrayInputStream bytes = new ByteArrayInputStream(Base64.getDecoder().decode(parts[place]));
            certificates[place] = (X509Certificate) factory.generateCertificate(bytes);
        }
        return certificates;
    }

    /** An engine in the middle of a handshake. */
    static final class Engine extends SSLEngine {
        private final Session session;

        Engine(String host, String protocol, String[] supported) {
            this.session = new Session(host, protocol, supported);
        }

        @Override
        public SSLSession getHandshakeSession() {
            return session;
        }

        @Override
        public SSLParameters getSSLParameters() {
            SSLParameters parameters = new SSLParameters();
            parameters.setEndpointIdentificationAlgorithm(session.host == null ? null : "HTTPS");
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
            return new String[] {session.protocol};
        }

        @Override
        public String[] getEnabledProtocols() {
            return new String[] {session.protocol};
        }

        @Override
        public void setEnabledProtocols(String[] protocols) {}

        @Override
        public SSLSession getSession() {
            return session;
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
        private final String protocol;
        private final String[] supported;

        Session(String host, String protocol, String[] supported) {
            this.host = host;
            this.protocol = protocol;
            this.supported = supported;
        }

        @Override
        public String[] getLocalSupportedSignatureAlgorithms() {
            return supported.clone();
        }

        @Override
        public String[] getPeerSupportedSignatureAlgorithms() {
            return getLocalSupportedSignatureAlgorithms();
        }

        @Override
        public List<SNIServerName> getRequestedServerNames() {
            return Collections.emptyList();
        }

        // Of Java 9.
        public List<byte[]> getStatusResponses() {
            return Collections.emptyList();
        }

        @Override
        public String getProtocol() {
            return protocol;
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

        // Of Java 8.
        public javax.security.cert.X509Certificate[] getPeerCertificateChain() {
            return new javax.security.cert.X509Certificate[0];
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
