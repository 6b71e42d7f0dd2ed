import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.security.KeyStore;

/** Prints, for each type of store and each content, whether a store of this type reads the content. */
public class Types {
    public static void main(String[] arguments) throws Exception {
        char[] password = "changeit".toCharArray();
        System.out.println(Runtime.version().feature());
        for (String content : new String[] {"JKS", "JCEKS", "PKCS12"}) {
            KeyStore made = KeyStore.getInstance(content);
            made.load(null, password);
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            made.store(bytes, password);
            for (String type : new String[] {"JKS", "PKCS12", "JCEKS", "CaseExactJKS", "jks"}) {
                String reads = "yes";
                try {
                    KeyStore.getInstance(type).load(new ByteArrayInputStream(bytes.toByteArray()), password);
                } catch (java.io.IOException refused) {
                    reads = "no";
                }
                System.out.println(type + " " + content + " " + reads);
            }
        }
    }
}
