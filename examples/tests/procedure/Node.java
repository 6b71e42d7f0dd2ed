import java.io.*;
import java.nio.file.*;
import java.security.*;
import java.security.cert.Certificate;
import java.util.*;
import java.util.concurrent.*;
import javax.net.ssl.*;

/** Reads a node's tree as Cassandra's own Java would: java.util.Properties, KeyStore, SunX509, JSSE. */
public final class Node {
    static final String PREFIX = "conf_cassandra_server_encryption_";

    final Path root;
    final Properties settings = new Properties();

    Node(String root) throws Exception {
        this.root = Paths.get(root);
        try (InputStream in = Files.newInputStream(this.root.resolve("opt/apigee/customer/application/cassandra.properties"))) {
            settings.load(in);
        }
    }

    public static void main(String[] args) throws Exception {
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, "UTF-8");
        switch (args[0]) {
            case "properties":
                new TreeMap<>(new Node(args[1]).settings).forEach((key, value) ->
                    out.println(key + "=" + value.toString().replace("\\", "\\\\").replace("\n", "\\n")));
                break;
            case "handshake": handshake(out, new Node(args[1]), new Node(args[2])); break;
            case "pairs": pairs(out, Arrays.copyOfRange(args, 1, args.length)); break;
            default: throw new IllegalArgumentException(args[0]);
        }
    }

    SSLContext context() throws Exception {
        KeyManagerFactory keys = KeyManagerFactory.getInstance("SunX509");
        keys.init(store("keystore"), password("keystore"));
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store("truststore"));
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }

    KeyStore store(String which) throws Exception {
        KeyStore store = KeyStore.getInstance("JKS");
        Path file = root.resolve(settings.getProperty(PREFIX + which).substring(1));
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, password(which));
        }
        return store;
    }

    char[] password(String which) {
        return settings.getProperty(PREFIX + which + "_password").toCharArray();
    }

    /** What each side was shown. */
    static void handshake(PrintStream out, Node server, Node client) throws Exception {
        try (SSLServerSocket listener = (SSLServerSocket) server.context().getServerSocketFactory().createServerSocket(0)) {
            listener.setNeedClientAuth(Boolean.parseBoolean(server.settings.getProperty(PREFIX + "require_client_auth")));
            Future<String> seen = Executors.newSingleThreadExecutor(task -> {
                Thread thread = new Thread(task);
                thread.setDaemon(true);
                return thread;
            }).submit(() -> {
                try (SSLSocket socket = (SSLSocket) listener.accept()) {
                    socket.getOutputStream().write(socket.getInputStream().read());
                    return shown(socket);
                }
            });
            try (SSLSocket socket = (SSLSocket) client.context().getSocketFactory().createSocket("127.0.0.1", listener.getLocalPort())) {
                socket.getOutputStream().write(42);
                if (socket.getInputStream().read() != 42) throw new IOException("not let in");
                out.println("the client was shown " + shown(socket));
            }
            out.println("the server was shown " + seen.get(10, TimeUnit.SECONDS));
        }
    }

    /** The pairs of nodes that do not connect, server first, and why. */
    static void pairs(PrintStream out, String[] roots) throws Exception {
        PrintStream nowhere = new PrintStream(new ByteArrayOutputStream());
        for (String server : roots) {
            for (String client : roots) {
                if (server.equals(client)) continue;
                try {
                    handshake(nowhere, new Node(server), new Node(client));
                } catch (IOException | ExecutionException refused) {
                    out.println(Paths.get(server).getFileName() + " " + Paths.get(client).getFileName() + ": " + refused);
                }
            }
        }
    }

    static String shown(SSLSocket socket) throws Exception {
        Certificate certificate = socket.getSession().getPeerCertificates()[0];
        StringBuilder text = new StringBuilder();
        for (byte one : MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded())) {
            text.append(String.format("%02x", one));
        }
        return text.toString();
    }
}
