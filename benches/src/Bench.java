import java.io.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.security.*;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.*;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/** Times operations on the given files. Prints a line for each: the name, a tab, and the median in nanoseconds. */
public final class Bench {
    interface Work { Object run() throws Exception; }

    static int sink;

    public static void main(String[] args) throws Exception {
        byte[] jks = read(args[0]), p12 = read(args[1]), key = read(args[2]), large = read(args[3]), small = read(args[4]);
        boolean full = args.length > 8;
        char[] password = "changeit".toCharArray();
        time("jks decode, 1000 certificates", () -> load("JKS", jks, password));
        time("jks encode, 1000 certificates", storing(load("JKS", jks, password), password));
        time("pkcs12 decode, 1000 certificates", () -> load("PKCS12", p12, password));
        time("pkcs12 decode and open, key and certificate", () -> load("PKCS12", key, password).getKey("node0", password));
        KeyStore opened = load("PKCS12", key, password);
        Key plain = opened.getKey("node0", password);
        time("pkcs12 seal and encode, key and certificate", () -> {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setKeyEntry("node0", plain, password, opened.getCertificateChain("node0"));
            return stored(store, password);
        });
        properties("10 MB", large);
        properties("100 kB", small);
        X509TrustManager manager = trusting(certificate(read(args[7])));
        X509Certificate[] chain = {certificate(read(args[5])), certificate(read(args[6]))};
        time("certificate path of three judged, warm", () -> {
            manager.checkServerTrusted(chain, "UNKNOWN");
            return chain;
        });
        bcfks(System.getenv("BENCH_BCFKS"), password);
        yaml(System.getenv("BENCH_YAML"));
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        int[][] sizesAndCounts = full ? new int[][] {{2048, 20}, {3072, 10}, {4096, 6}} : new int[][] {{2048, 20}};
        for (int[] sizeAndCount : sizesAndCounts) {
            generator.initialize(sizeAndCount[0]);
            long[] times = new long[sizeAndCount[1]];
            for (int number = 0; number < times.length; number++) {
                long since = System.nanoTime();
                keep(generator.generateKeyPair());
                times[number] = System.nanoTime() - since;
            }
            Arrays.sort(times);
            System.out.println("certificate key, RSA " + sizeAndCount[0] + ", one thread\t" + times[times.length / 2]);
        }
    }

    /** The jar of Bouncy Castle, and a store of one and of 1,000 certificates. */
    static void bcfks(String paths, char[] password) throws Exception {
        if (paths == null) return;
        String[] path = paths.split(File.pathSeparator);
        ClassLoader loader = new java.net.URLClassLoader(new java.net.URL[] {Path.of(path[0]).toUri().toURL()});
        Class<?> provider = Class.forName("org.bouncycastle.jce.provider.BouncyCastleProvider", true, loader);
        Security.addProvider((Provider) provider.getDeclaredConstructor().newInstance());
        for (int i = 1; i < path.length; i++) {
            byte[] file = read(path[i]);
            String count = (i == 1 ? "1" : "1000") + " certificates";
            time("bcfks decode, " + count, () -> load("BCFKS", file, password));
            time("bcfks encode, " + count, storing(load("BCFKS", file, password), password));
        }
    }

    /** The jar of SnakeYAML, and a cassandra.yaml. */
    static void yaml(String paths) throws Exception {
        if (paths == null) return;
        String[] path = paths.split(File.pathSeparator);
        ClassLoader loader = new java.net.URLClassLoader(new java.net.URL[] {Path.of(path[0]).toUri().toURL()});
        Class<?> type = Class.forName("org.yaml.snakeyaml.Yaml", true, loader);
        var load = type.getMethod("load", String.class);
        var dump = type.getMethod("dump", Object.class);
        byte[] file = read(path[1]);
        Work parse = () -> load.invoke(type.getDeclaredConstructor().newInstance(), new String(file, StandardCharsets.UTF_8));
        time("cassandra.yaml parse, 150 kB", parse);
        time("cassandra.yaml parse, set, write, 150 kB", () -> {
            Map<String, Map<String, Object>> root = (Map) parse.run();
            root.get("server_encryption_options").put("keystore", "/keys/new");
            String written = (String) dump.invoke(type.getDeclaredConstructor().newInstance(), root);
            return written.getBytes(StandardCharsets.UTF_8);
        });
    }

    static void properties(String size, byte[] file) throws Exception {
        time("properties parse, read every pair, " + size, () -> loaded(file));
        time("properties parse, set, write, " + size, () -> {
            Properties properties = loaded(file);
            properties.setProperty("conf_cassandra_server_encryption_keystore_150", "/keys/new");
            ByteArrayOutputStream out = new ByteArrayOutputStream(file.length);
            properties.store(out, null);
            return out;
        });
    }

    static X509Certificate certificate(byte[] der) throws Exception {
        var factory = CertificateFactory.getInstance("X.509");
        return (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(der));
    }

    static X509TrustManager trusting(X509Certificate root) throws Exception {
        KeyStore truststore = KeyStore.getInstance("PKCS12");
        truststore.load(null, null);
        truststore.setCertificateEntry("root", root);
        TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
        factory.init(truststore);
        return (X509TrustManager) factory.getTrustManagers()[0];
    }

    static Properties loaded(byte[] file) throws IOException {
        Properties properties = new Properties();
        properties.load(new ByteArrayInputStream(file));
        return properties;
    }

    static KeyStore load(String type, byte[] file, char[] password) throws Exception {
        KeyStore store = KeyStore.getInstance(type);
        store.load(new ByteArrayInputStream(file), password);
        return store;
    }

    static Work storing(KeyStore store, char[] password) {
        return () -> stored(store, password);
    }

    static byte[] stored(KeyStore store, char[] password) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        store.store(out, password);
        return out.toByteArray();
    }

    static byte[] read(String file) throws IOException {
        return Files.readAllBytes(Paths.get(file));
    }

    static void keep(Object result) {
        sink ^= System.identityHashCode(result);
    }

    /** Warms the work up for half a second, and then measures it for half a second. */
    static void time(String name, Work work) throws Exception {
        rounds(work, new ArrayList<>());
        List<Long> times = new ArrayList<>();
        rounds(work, times);
        Collections.sort(times);
        System.out.println(name + "\t" + times.get(times.size() / 2));
    }

    static void rounds(Work work, List<Long> times) throws Exception {
        long start = System.nanoTime();
        while (System.nanoTime() - start < 500_000_000L || times.size() < 3) {
            long since = System.nanoTime();
            keep(work.run());
            times.add(System.nanoTime() - since);
        }
    }
}
