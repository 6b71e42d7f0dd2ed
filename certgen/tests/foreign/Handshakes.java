import java.io.FileInputStream;
import java.nio.ByteBuffer;
import java.security.KeyStore;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManagerFactory;

/** Arguments: JKS files. Two peers that share a file's key, and trust its certificate, shake hands with each version of TLS. */
public class Handshakes {
    private static final char[] PASSWORD = "changeit".toCharArray();

    public static void main(String[] files) throws Exception {
        for (String file : files) {
            SSLContext context = context(file);
            for (String protocol : new String[] {"TLSv1.2", "TLSv1.3"}) {
                System.out.println(isDone(context, protocol) ? "ok" : "refused");
            }
        }
    }

    private static SSLContext context(String file) throws Exception {
        KeyStore keys = KeyStore.getInstance("JKS");
        try (FileInputStream in = new FileInputStream(file)) {
            keys.load(in, PASSWORD);
        }
        KeyStore trusted = KeyStore.getInstance("JKS");
        trusted.load(null, null);
        trusted.setCertificateEntry("node", keys.getCertificate("node"));
        KeyManagerFactory own = KeyManagerFactory.getInstance("SunX509");
        own.init(keys, PASSWORD);
        TrustManagerFactory peers = TrustManagerFactory.getInstance("PKIX");
        peers.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(own.getKeyManagers(), peers.getTrustManagers(), null);
        return context;
    }

    private static boolean isDone(SSLContext context, String protocol) {
        SSLEngine client = context.createSSLEngine("node", 7000);
        SSLEngine server = context.createSSLEngine();
        client.setUseClientMode(true);
        server.setUseClientMode(false);
        server.setNeedClientAuth(true);
        client.setEnabledProtocols(new String[] {protocol});
        server.setEnabledProtocols(new String[] {protocol});
        ByteBuffer toServer = ByteBuffer.allocate(1 << 16);
        ByteBuffer toClient = ByteBuffer.allocate(1 << 16);
        try {
            client.beginHandshake();
            server.beginHandshake();
            for (int round = 0; round < 50; round++) {
                advance(client, toClient, toServer);
                advance(server, toServer, toClient);
                if (isIdle(client) && isIdle(server)) {
                    return true;
                }
            }
        } catch (SSLException refused) {
            return false;
        }
        throw new IllegalStateException("the handshake does not end");
    }

    private static boolean isIdle(SSLEngine engine) {
        return engine.getHandshakeStatus() == SSLEngineResult.HandshakeStatus.NOT_HANDSHAKING;
    }

    private static void advance(SSLEngine engine, ByteBuffer in, ByteBuffer out) throws SSLException {
        ByteBuffer nothing = ByteBuffer.allocate(0);
        ByteBuffer read = ByteBuffer.allocate(1 << 16);
        for (int step = 0; step < 50; step++) {
            switch (engine.getHandshakeStatus()) {
                case NEED_WRAP:
                    engine.wrap(nothing, out);
                    break;
                case NEED_TASK:
                    engine.getDelegatedTask().run();
                    break;
                case NEED_UNWRAP:
                    in.flip();
                    SSLEngineResult result = engine.unwrap(in, read);
                    in.compact();
                    if (result.getStatus() != SSLEngineResult.Status.OK) {
                        return;
                    }
                    break;
                default:
                    return;
            }
        }
    }
}
