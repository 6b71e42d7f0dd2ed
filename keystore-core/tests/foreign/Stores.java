import java.io.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.security.*;
import java.security.cert.Certificate;
import java.security.cert.*;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.*;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import javax.net.ssl.*;

/**
 * Reads requests from standard input, one a line, fields parted by tabs, and answers each with lines that end in
 * "end". One virtual machine serves any number of requests.
 */
public final class Stores {
    public static void main(String[] args) throws Exception {
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, "UTF-8");
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line; (line = in.readLine()) != null; ) {
            try {
                answer(out, line.split("\t", -1));
            } catch (Exception | StackOverflowError e) {
                out.println("error\t" + said(e));
            }
            out.println("end");
        }
    }

    /** An exception on one line. The blank keeps a message that ends in "end" apart from the end of the answer. */
    static String said(Throwable e) {
        return e.toString().replaceAll("\\s", " ") + " ";
    }

    static void answer(PrintStream out, String[] f) throws Exception {
        switch (f[0]) {
            case "list": list(out, load(f[1], f[2], f[3]), f[4]); break;
            case "keys": keys(out, load(f[1], f[2], f[3]), f[4]); break;
            case "managers": managers(out, load(f[1], f[2], f[3]), f[3]); break;
            case "loads": loads(out, load(f[1], f[2], f[3]), f[3]); break;
            case "trusts": trusts(out, load(f[1], f[2], f[3]), f[4]); break;
            case "proves": proves(out, load(f[1], f[2], f[3]), f[4], f[5]); break;
            case "provider": provider(f[1], f[2]); break;
            case "property": System.setProperty(f[1], f[2]); break;
            case "make": make(f[1], f[2], f[3], f[4], Arrays.copyOfRange(f, 5, f.length)); break;
            case "bcfks": makeBcfks(f[1], Integer.parseInt(f[2]), f[3], f[4], Arrays.copyOfRange(f, 5, f.length)); break;
            case "replace": replace(f[1], f[2], f[3], f[4], f[5]); break;
            case "lower": lower(out, load(f[1], f[2], f[3]), f[4]); break;
            default: throw new IllegalArgumentException(f[0]);
        }
    }

    /** A provider that comes in a library of its own. */
    static Provider provider;

    static void provider(String jar, String name) throws Exception {
        ClassLoader loader = new java.net.URLClassLoader(new java.net.URL[] {Paths.get(jar).toUri().toURL()});
        provider = (Provider) Class.forName(name, true, loader).getDeclaredConstructor().newInstance();
        Security.addProvider(provider);
    }

    /** A BCFKS whose content and MAC take so many iterations; the other fields are those of "make". */
    static void makeBcfks(String file, int iterations, String password, String separator, String[] entries) throws Exception {
        KeyStore store = filled("BCFKS", separator, entries);
        ClassLoader loader = provider.getClass().getClassLoader();
        Object derivation = loader.loadClass("org.bouncycastle.crypto.util.PBKDF2Config$Builder").getConstructor().newInstance();
        Object sha512 = loader.loadClass("org.bouncycastle.crypto.util.PBKDF2Config").getField("PRF_SHA512").get(null);
        derivation = call(call(derivation, "withPRF", sha512), "withIterationCount", iterations);
        derivation = call(call(derivation, "withSaltLength", 64), "build");
        try (OutputStream out = new FileOutputStream(file)) {
            Object parameter = loader.loadClass("org.bouncycastle.jcajce.BCFKSLoadStoreParameter$Builder")
                .getConstructor(OutputStream.class, char[].class).newInstance(out, password.toCharArray());
            store.store((KeyStore.LoadStoreParameter) call(call(parameter, "withStorePBKDFConfig", derivation), "build"));
        }
    }

    static Object call(Object on, String name, Object... arguments) throws Exception {
        for (java.lang.reflect.Method method : on.getClass().getMethods()) {
            if (method.getName().equals(name) && method.getParameterCount() == arguments.length) {
                return method.invoke(on, arguments);
            }
        }
        throw new NoSuchMethodException(name);
    }

    static KeyStore load(String file, String type, String password) throws Exception {
        KeyStore store = KeyStore.getInstance(type);
        try (InputStream in = new FileInputStream(file)) {
            store.load(in, password.equals(NULL) ? null : password.toCharArray());
        }
        return store;
    }

    /** Stands for no password. */
    static final String NULL = "-null-";

    /** alias (in UTF-8, hexadecimal), type, date, SHA-256 of each certificate, SHA-256 of the key */
    static void list(PrintStream out, KeyStore store, String keyPassword) throws Exception {
        for (String alias : Collections.list(store.aliases())) {
            String kind = store.isCertificateEntry(alias) ? "trusted" : "other";
            Certificate[] chain = store.getCertificateChain(alias);
            if (chain == null && store.getCertificate(alias) != null) {
                chain = new Certificate[] {store.getCertificate(alias)};
            }
            String key = "";
            if (store.isKeyEntry(alias)) {
                Key opened;
                try {
                    opened = store.getKey(alias, keyPassword.toCharArray());
                    kind = opened instanceof SecretKey ? "secret " + opened.getAlgorithm() : "private";
                    key = sha256(opened.getEncoded());
                } catch (UnrecoverableKeyException e) {
                    kind = "locked";
                }
            }
            StringJoiner certificates = new StringJoiner(",");
            for (Certificate certificate : chain == null ? new Certificate[0] : chain) {
                certificates.add(sha256(certificate.getEncoded()));
            }
            Date date = store.getCreationDate(alias);
            out.println(String.join("\t", hex(alias.getBytes(StandardCharsets.UTF_8)), kind,
                date == null ? "" : Long.toString(date.getTime()), certificates.toString(), key));
        }
    }

    /** The aliases that a SunX509 key manager offers for RSA, as Cassandra asks for them. */
    static void keys(PrintStream out, KeyStore store, String password) throws Exception {
        KeyManagerFactory factory = KeyManagerFactory.getInstance("SunX509");
        factory.init(store, password.toCharArray());
        X509KeyManager manager = (X509KeyManager) factory.getKeyManagers()[0];
        String[] aliases = manager.getServerAliases("RSA", null);
        for (String alias : aliases == null ? new String[0] : aliases) {
            out.println(alias + "\t" + manager.getCertificateChain(alias).length);
        }
    }

    /**
     * "anchor SHA-256" for each certificate that a trust manager takes for an anchor, "key alias chain" for each key that a
     * key manager can offer, in its order.
     */
    static void managers(PrintStream out, KeyStore store, String password) throws Exception {
        try {
            TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
            factory.init(store);
            for (X509Certificate anchor : ((X509TrustManager) factory.getTrustManagers()[0]).getAcceptedIssuers()) {
                out.println("anchor\t" + sha256(anchor.getEncoded()));
            }
        } catch (KeyStoreException e) {
            if (!e.toString().contains("trustAnchors parameter must be non-empty")) throw e;
        }
        // A key manager opens the keys first; what it would hold then it does not depend on their passwords.
        Map<String, Integer> keys = new HashMap<>();
        for (String alias : Collections.list(store.aliases())) {
            Certificate[] chain = store.isKeyEntry(alias) ? store.getCertificateChain(alias) : null;
            if (chain != null && chain.length > 0) keys.put(alias, chain.length);
        }
        out.println("init\t" + check(store, password, keys));
        for (Map.Entry<String, Integer> key : keys.entrySet()) {
            out.println("key\t" + hex(key.getKey().getBytes(StandardCharsets.UTF_8)) + "\t" + key.getValue());
        }
    }

    /** That the store loads, and whether a key manager takes it; if not, what it says. */
    static void loads(PrintStream out, KeyStore store, String password) throws Exception {
        try {
            KeyManagerFactory.getInstance("SunX509").init(store, password.toCharArray());
            out.println("init\tok");
        } catch (Exception e) {
            out.println("init\t" + said(e));
        }
    }

    /** Where the keys open, that a key manager offers these in this order; otherwise what it says. */
    static String check(KeyStore store, String password, Map<String, Integer> keys) throws Exception {
        KeyManagerFactory factory = KeyManagerFactory.getInstance("SunX509");
        try {
            factory.init(store, password.toCharArray());
        } catch (Exception e) {
            return said(e);
        }
        X509KeyManager manager = (X509KeyManager) factory.getKeyManagers()[0];
        List<String> order = new ArrayList<>(keys.keySet());
        Set<String> offered = new HashSet<>();
        for (String type : new String[] {"RSA", "DSA", "EC", "EdDSA", "Ed25519", "RSASSA-PSS", "DH", "XDH", "ML-KEM", "ML-DSA"}) {
            String[] aliases = manager.getServerAliases(type, null);
            int last = -1;
            for (String alias : aliases == null ? new String[0] : aliases) {
                int place = order.indexOf(alias);
                if (place <= last) throw new IllegalStateException(type + ": " + Arrays.toString(aliases) + ", not " + order);
                last = place;
                offered.add(alias);
            }
        }
        if (!offered.equals(keys.keySet())) throw new IllegalStateException(offered + ", not " + order);
        return "ok";
    }

    /** Whether a trust manager accepts a server's certificate; if not, what it says. */
    static void trusts(PrintStream out, KeyStore store, String certificate) throws Exception {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        X509TrustManager manager = (X509TrustManager) factory.getTrustManagers()[0];
        try {
            manager.checkServerTrusted(new X509Certificate[] {(X509Certificate) certificate(certificate)}, "RSA");
            out.println("accepted");
        } catch (CertificateException e) {
            for (Throwable t = e; t != null; t = t.getCause()) out.println(t.getMessage());
        }
    }

    /** Whether what the key of an entry signs is verified by its certificate. */
    static void proves(PrintStream out, KeyStore store, String alias, String password) throws Exception {
        Signature signature = Signature.getInstance("SHA256withRSA");
        signature.initSign((PrivateKey) store.getKey(alias, password.toCharArray()));
        signature.update(new byte[] {1, 2, 3});
        byte[] signed = signature.sign();
        signature.initVerify(store.getCertificate(alias));
        signature.update(new byte[] {1, 2, 3});
        out.println(signature.verify(signed));
    }

    /** Each entry: "key alias password pkcs8file certfile...", "trusted alias certfile", "secret alias password algorithm hex". */
    static void make(String file, String type, String password, String separator, String[] entries) throws Exception {
        KeyStore store = filled(type, separator, entries);
        try (OutputStream out = new FileOutputStream(file)) {
            store.store(out, password.toCharArray());
        }
    }

    /** Sets a trusted certificate in a store. */
    static void replace(String file, String type, String password, String alias, String certificate) throws Exception {
        KeyStore store = load(file, type, password);
        store.setCertificateEntry(alias, certificate(certificate));
        try (OutputStream out = new FileOutputStream(file)) {
            store.store(out, password.toCharArray());
        }
    }

    static KeyStore filled(String type, String separator, String[] entries) throws Exception {
        KeyStore store = KeyStore.getInstance(type);
        store.load(null, null);
        for (String entry : entries) {
            String[] f = entry.split(separator, -1);
            switch (f[0]) {
                case "key":
                    Certificate[] chain = new Certificate[f.length - 4];
                    for (int i = 0; i < chain.length; i++) chain[i] = certificate(f[4 + i]);
                    store.setKeyEntry(f[1], key(f[3]), f[2].toCharArray(), chain);
                    break;
                case "trusted":
                    store.setCertificateEntry(f[1], certificate(f[2]));
                    break;
                case "secret":
                    SecretKey secret = new SecretKeySpec(unhex(f[4]), f[3]);
                    store.setKeyEntry(f[1], secret, f[2].toCharArray(), null);
                    break;
                default: throw new IllegalArgumentException(f[0]);
            }
        }
        return store;
    }

    /** Of the names in a file (UTF-8, one a line, hexadecimal), those that the store does not have in lower case. */
    static void lower(PrintStream out, KeyStore store, String names) throws Exception {
        Set<String> aliases = new HashSet<>(Collections.list(store.aliases()));
        for (String line : Files.readAllLines(Paths.get(names))) {
            String name = new String(unhex(line), StandardCharsets.UTF_8);
            if (!aliases.contains(name.toLowerCase(Locale.ENGLISH))) {
                out.println(line);
            }
        }
    }

    static PrivateKey key(String file) throws Exception {
        return KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(Files.readAllBytes(Paths.get(file))));
    }

    static Certificate certificate(String file) throws Exception {
        try (InputStream in = new FileInputStream(file)) {
            return CertificateFactory.getInstance("X.509").generateCertificate(in);
        }
    }

    static String sha256(byte[] bytes) throws Exception {
        return hex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }

    static String hex(byte[] bytes) {
        StringBuilder text = new StringBuilder();
        for (byte b : bytes) text.append(String.format("%02x", b));
        return text.toString();
    }

    static byte[] unhex(String text) {
        byte[] bytes = new byte[text.length() / 2];
        for (int i = 0; i < bytes.length; i++) bytes[i] = (byte) Integer.parseInt(text.substring(2 * i, 2 * i + 2), 16);
        return bytes;
    }
}
