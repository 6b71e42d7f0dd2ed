//! The stores that settings or JVM options name: between nodes, for clients, and for JMX.

use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use cassandra_props::{
    AnyFile, CassandraYaml, ClientEncryption, Family, InternodeEncryption, InternodeTls, OptionalTls, Properties,
    Release, Section, Setting, TlsView,
};
use zeroize::Zeroizing;

use crate::inspect::{is_settings, is_text_with};
use crate::pem_stores::{PemPlace, PemStores};
use crate::reading::read;

/// Has no `Debug`, because it may contain a password or a private key.
pub(crate) struct NamedStore {
    /// The setting that names the store, such as `client_encryption_options.keystore`.
    ///
    /// For PEM in the settings themselves, the setting is `ssl_context_factory`.
    pub(crate) setting: String,
    /// The path; for PEM in the settings themselves, the parameter that contains the text.
    pub(crate) path: String,
    /// The given password; `None` if none is given, and for PEM.
    pub(crate) password: Option<Zeroizing<String>>,
    /// The PEM text, if it is in the settings themselves.
    inline: Option<Zeroizing<String>>,
}

impl NamedStore {
    pub(crate) fn read(&self) -> anyhow::Result<Zeroizing<Vec<u8>>> {
        if let Some(text) = &self.inline {
            return Ok(Zeroizing::new(text.as_bytes().to_vec()));
        }
        ensure!(!self.path.contains(['$', '`']), "its path depends on a shell: name the store itself");
        let path = Path::new(&self.path);
        ensure!(path.is_absolute(), "its path depends on where Cassandra is started: name the store itself");
        read(path)
    }
}

/// The stores that a file of settings or JVM options names; `None` for any other file.
///
/// The stores of a section are omitted if TLS is off, because stock files name stores that do not exist. If TLS depends
/// on the existence of the keystore, as in Cassandra 4.0 and later, its absolute path is looked up on this host.
///
/// # Errors
/// If the settings cannot be parsed or have an invalid value, if it is unclear which of them Edge reads, or if no store in
/// use is named.
pub(crate) fn stores_named_in(bytes: &[u8]) -> anyhow::Result<Option<Vec<NamedStore>>> {
    if is_settings(bytes) {
        let named = of_cassandra(&AnyFile::parse(bytes)?)?;
        ensure!(!named.is_empty(), "no store is in use: TLS is off, or no store is named");
        return Ok(Some(named));
    }
    if ["javax.net.ssl.", "com.sun.management.jmxremote"].iter().any(|word| is_text_with(bytes, word)) {
        let named = of_jvm(bytes)?;
        ensure!(!named.is_empty(), "neither javax.net.ssl.keyStore nor javax.net.ssl.trustStore is set");
        return Ok(Some(named));
    }
    Ok(None)
}

fn of_cassandra(file: &AnyFile) -> anyhow::Result<Vec<NamedStore>> {
    let family = match file {
        AnyFile::Properties(file) => family_of(file)?,
        AnyFile::Yaml(_) => Family::ServerEncryption,
    };
    let view = InternodeTls::new(family).read(file);
    let is_on = match (view.internode_encryption()?, view.optional()?) {
        (InternodeEncryption::None, OptionalTls::Required) => false,
        (InternodeEncryption::None, OptionalTls::Unset) => {
            !view.is_enabled()? && exists(view.value(Setting::Keystore)?.as_deref())
        }
        _ => true,
    };
    let mut named = Vec::new();
    match file {
        AnyFile::Properties(_) if is_on => named.extend(of_properties(&view, family)?),
        AnyFile::Properties(_) => {}
        AnyFile::Yaml(file) => {
            let sections = [(Section::Server, is_on), (Section::Client, serves_clients(file)?)];
            for (section, _) in sections.into_iter().filter(|(_, is_on)| *is_on) {
                match PemStores::of(file, section, Release::V5_0)? {
                    Some(pem) => {
                        let places = [Some(pem.key), Some(pem.trusted), pem.outbound];
                        named.extend(places.into_iter().flatten().map(|place| in_pem(section, place)));
                    }
                    None => named.extend(in_section(file, section)),
                }
            }
        }
    }
    Ok(named)
}

fn family_of(file: &Properties) -> anyhow::Result<Family> {
    if let Some(family) = Family::of_file(file) {
        return Ok(family);
    }
    let set =
        |family: Family| Setting::ALL.iter().map(|setting| family.key(*setting)).find(|key| file.entry(key).is_some());
    let found: Vec<String> = Family::ALL.into_iter().filter_map(set).collect();
    match &found[..] {
        [legacy, new] => bail!("it has {legacy} and {new}: which of the two Edge reads is unclear, so name the stores"),
        _ => bail!("it has no setting such as {}", Family::ServerEncryption.key(Setting::Keystore)),
    }
}

fn of_properties(view: &TlsView<'_>, family: Family) -> anyhow::Result<Vec<NamedStore>> {
    let mut named = Vec::new();
    for (store, password) in
        [(Setting::Keystore, Setting::KeystorePassword), (Setting::Truststore, Setting::TruststorePassword)]
    {
        let Some(path) = view.value(store)?.map(Into::into) else { continue };
        let password = view.value(password)?.map(|text| Zeroizing::new(text.into_owned()));
        named.push(NamedStore { setting: family.key(store), path, password, inline: None });
    }
    Ok(named)
}

fn serves_clients(file: &CassandraYaml) -> anyhow::Result<bool> {
    Ok(match file.client_encryption(Release::V5_0).with_context(|| Section::Client.to_string())? {
        ClientEncryption::Off => false,
        ClientEncryption::OptionalWithKeystore => exists(file.value(Section::Client, "keystore").as_deref()),
        ClientEncryption::Optional | ClientEncryption::Required => true,
    })
}

fn exists(path: Option<&str>) -> bool {
    path.map(Path::new).is_some_and(|path| path.is_absolute() && path.exists())
}

/// A store in PEM, without a password, because only its certificates are read.
fn in_pem(section: Section, place: PemPlace) -> NamedStore {
    match place {
        PemPlace::Inline { parameter, text } => NamedStore {
            setting: format!("{section}.ssl_context_factory"),
            path: parameter.to_owned(),
            password: None,
            inline: Some(text),
        },
        PemPlace::File { setting, path } => {
            NamedStore { setting: format!("{section}.{setting}"), path, password: None, inline: None }
        }
    }
}

fn in_section(file: &CassandraYaml, section: Section) -> impl Iterator<Item = NamedStore> {
    ["keystore", "truststore", "outbound_keystore"].into_iter().filter_map(move |name| {
        let path = file.value(section, name)?.into_owned();
        let password = file.value(section, &format!("{name}_password"));
        let password = password.map(|text| Zeroizing::new(text.into_owned()));
        Some(NamedStore { setting: format!("{section}.{name}"), path, password, inline: None })
    })
}

const JVM: &str = "javax.net.ssl.";

/// Reads JVM options, or the properties file of JMX.
///
/// The option `com.sun.management.jmxremote.ssl.config.file` names that file.
///
/// The last value of a repeated option counts, as in the JVM.
fn of_jvm(bytes: &[u8]) -> anyhow::Result<Vec<NamedStore>> {
    let text = Zeroizing::new(String::from_utf8_lossy(bytes).into_owned());
    if text.lines().any(|line| line.trim_start().starts_with(JVM)) {
        let file = Properties::parse(bytes)?;
        return jvm_stores(|name| Ok(file.get(name)?.map(std::borrow::Cow::into_owned)));
    }
    let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    let options: Vec<(&str, &str)> = lines.flat_map(options).collect();
    jvm_stores(|name| {
        let found = options.iter().rev().find(|(own, _)| *own == name);
        Ok(found.map(|(_, value)| (*value).to_owned()))
    })
}

fn jvm_stores(value: impl Fn(&str) -> anyhow::Result<Option<String>>) -> anyhow::Result<Vec<NamedStore>> {
    let mut stores = Vec::new();
    for name in ["keyStore", "trustStore"] {
        let setting = format!("{JVM}{name}");
        let Some(path) = value(&setting)? else { continue };
        let password = value(&format!("{setting}Password"))?.map(Zeroizing::new);
        stores.push(NamedStore { setting, path, password, inline: None });
    }
    Ok(stores)
}

/// The options of JSSE in a line of a shell script or of JVM options, with their values.
fn options(line: &str) -> impl Iterator<Item = (&str, &str)> {
    line.match_indices("-D").filter_map(move |(at, option)| {
        let (before, rest) = (line.get(..at)?, line.get(at + option.len()..)?);
        let (name, value) = rest.split_once('=').filter(|(name, _)| name.starts_with(JVM))?;
        Some((name, unquoted(value, quote_around(before))))
    })
}

/// The quote in which a shell is after this text, if it is in one.
fn quote_around(before: &str) -> Option<char> {
    before.chars().filter(|char| is_quote(*char)).fold(None, |open, quote| match open {
        None => Some(quote),
        Some(open) if open == quote => None,
        Some(open) => Some(open),
    })
}

/// The value at the start of the text, without quotes of its own.
///
/// `around` is the quote in which the whole option is. A value without quotes ends at a space or at that quote.
fn unquoted(text: &str, around: Option<char>) -> &str {
    let opened = text.strip_prefix('\\').unwrap_or(text);
    let own =
        opened.chars().next().filter(|first| is_quote(*first) && (opened.len() < text.len() || Some(*first) != around));
    if let Some(quote) = own {
        let value = opened.get(1..).unwrap_or_default().split(quote).next().unwrap_or_default();
        return value.strip_suffix('\\').unwrap_or(value);
    }
    let ends = |char: char| char.is_whitespace() || around.map_or(is_quote(char), |quote| char == quote);
    text.split(ends).next().unwrap_or_default()
}

fn is_quote(char: char) -> bool {
    matches!(char, '"' | '\'')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str) -> Vec<(String, String, Option<String>)> {
        let stores = stores_named_in(text.as_bytes()).unwrap().unwrap().into_iter();
        stores.map(|store| (store.setting, store.path, store.password.map(|text| text.to_string()))).collect()
    }

    fn store(setting: &str, path: &str, password: &str) -> (String, String, Option<String>) {
        (setting.to_owned(), path.to_owned(), Some(password.to_owned()))
    }

    #[test]
    fn sections_that_are_on_name_their_stores() {
        let yaml = "cluster_name: x\nserver_encryption_options:\n  internode_encryption: SERVER\n  keystore: /s.jks\n  \
                    keystore_password: one\nclient_encryption_options:\n  enabled: CLIENT\n  keystore: /c.jks\n  \
                    keystore_password: two\n  truststore: /t.jks\n  truststore_password: three\n";
        let yaml = |server, client| yaml.replace("SERVER", server).replace("CLIENT", client);
        let server = store("server_encryption_options.keystore", "/s.jks", "one");
        let client = store("client_encryption_options.keystore", "/c.jks", "two");
        let trusted = store("client_encryption_options.truststore", "/t.jks", "three");
        assert_eq!(named(&yaml("all", "false")), std::slice::from_ref(&server));
        assert_eq!(named(&yaml("none", "Yes")), [client.clone(), trusted.clone()]);
        assert_eq!(named(&yaml("dc", "true")), [server, client, trusted]);
        let off = stores_named_in(yaml("none", "false").as_bytes()).err().unwrap().to_string();
        assert_eq!(off, "no store is in use: TLS is off, or no store is named");
    }

    /// From 4.0 on, a keystore is enough for TLS, unless `optional: false` or `enabled` is set.
    #[test]
    fn stores_that_exist_are_used_where_tls_is_neither_on_nor_off() {
        let folder = tempfile::tempdir().unwrap();
        let [there, missing] = ["keystore", "missing"].map(|name| folder.path().join(name).display().to_string());
        std::fs::write(&there, "").unwrap();
        for (keystore, lines, is_named) in [
            (&there, "", true),
            (&there, "  enabled: false\n", true),
            (&there, "  optional: false\n", false),
            (&missing, "  enabled: false\n", false),
            (&missing, "  enabled: false\n  optional: true\n", true),
            (&"conf/.keystore".to_owned(), "  enabled: false\n", false),
        ] {
            for section in ["server_encryption_options", "client_encryption_options"] {
                let yaml = format!("cluster_name: x\n{section}:\n  keystore: {keystore}\n{lines}");
                let named = stores_named_in(yaml.as_bytes());
                let named = named.map(|named| named.unwrap().into_iter().map(|store| store.path).collect::<Vec<_>>());
                assert_eq!(named.ok(), is_named.then(|| vec![keystore.clone()]), "{yaml}");
            }
        }
        let yaml = format!("server_encryption_options:\n  keystore: {there}\n  enabled: true\n");
        assert!(stores_named_in(yaml.as_bytes()).is_err(), "`enabled` keeps `optional` from becoming true");
    }

    #[test]
    fn properties_of_edge_name_the_stores_between_nodes() {
        let key = "conf_cassandra_server_encryption_";
        let text = format!("{key}internode_encryption=all\n{key}keystore=/k\n{key}keystore_password=one\n");
        assert_eq!(named(&text), [store(&format!("{key}keystore"), "/k", "one")]);
    }

    fn refused(text: &str) -> String {
        format!("{:#}", stores_named_in(text.as_bytes()).err().unwrap())
    }

    #[test]
    fn what_is_neither_on_nor_off_is_refused() {
        let yaml = "cluster_name: x\nclient_encryption_options:\n  enabled: sometimes\n  keystore: /c.jks\n";
        assert_eq!(refused(yaml), "client_encryption_options: the value of enabled is not valid (line 3, column 12)");
    }

    #[test]
    fn names_of_which_edge_reads_only_some_are_refused() {
        let both = "conf_cassandra_keystore=/old\nconf_cassandra_server_encryption_keystore=/k\n\
                    conf_cassandra_server_encryption_internode_encryption=all\n";
        let why = refused(both);
        assert!(why.starts_with("it has conf_cassandra_keystore and conf_cassandra_server_encryption_"), "{why}");
        assert!(why.ends_with(": which of the two Edge reads is unclear, so name the stores"), "{why}");
        let neither = refused("conf_cassandra_num_tokens=4\n");
        assert_eq!(neither, "it has no setting such as conf_cassandra_server_encryption_keystore");
    }

    #[test]
    fn options_of_the_jvm_name_the_stores_of_jmx() {
        let script = "# JVM_OPTS=\"$JVM_OPTS -Djavax.net.ssl.keyStore=/stock\"\n\
                      JVM_OPTS=\"$JVM_OPTS -Dcom.sun.management.jmxremote.ssl=true\"\n\
                      JVM_OPTS=\"$JVM_OPTS -Djavax.net.ssl.keyStore=/old\"\n  \
                      JVM_OPTS=\"$JVM_OPTS -Djavax.net.ssl.keyStore=/jmx.jks -Djavax.net.ssl.keyStorePassword=one\"\n";
        let keystore = store("javax.net.ssl.keyStore", "/jmx.jks", "one");
        assert_eq!(named(script), std::slice::from_ref(&keystore));
        let properties = "javax.net.ssl.keyStore=/jmx.jks\njavax.net.ssl.keyStorePassword=one\n";
        assert_eq!(named(properties), std::slice::from_ref(&keystore));
        for properties in [
            "javax.net.ssl.keyStore = /jmx.jks\njavax.net.ssl.keyStorePassword: one",
            "! JMX\n \
            javax.net.ssl.keyStore:/jmx.jks\njavax.net.ssl.keyStorePassword one\n",
        ] {
            assert_eq!(named(properties), std::slice::from_ref(&keystore), "{properties}");
        }
        let stock = "# JVM_OPTS=\"$JVM_OPTS -Djavax.net.ssl.keyStore=/stock\"\n";
        let unset = stores_named_in(stock.as_bytes()).err().unwrap().to_string();
        assert_eq!(unset, "neither javax.net.ssl.keyStore nor javax.net.ssl.trustStore is set");
        assert!(stores_named_in(b"\xfe\xed\xfe\xed").unwrap().is_none());
    }

    #[test]
    fn values_of_options_may_be_quoted() {
        let (path, password) = ("-Djavax.net.ssl.keyStore=", "-Djavax.net.ssl.keyStorePassword=");
        for (line, secret) in [
            (format!("JVM_OPTS=\"$JVM_OPTS {path}/k.jks {password}one\""), "one"),
            (format!("JVM_OPTS=\"$JVM_OPTS {path}'/k.jks' {password}'o n e'\""), "o n e"),
            (format!("JVM_OPTS=\"$JVM_OPTS {path}\\\"/k.jks\\\" {password}\\\"one\\\"\""), "one"),
            (format!("JVM_OPTS='{path}\"/k.jks\" {password}one'"), "one"),
            (format!("JVM_OPTS=\"$JVM_OPTS {path}/k.jks {password}it's\""), "it's"),
            (format!("{path}\"/k.jks\"\n{password}'one'"), "one"),
            (format!("exec java '{path}/k.jks' \"{password}one\" Main"), "one"),
            (format!("{path}/k.jks\n{password}"), ""),
        ] {
            assert_eq!(named(&line), [store("javax.net.ssl.keyStore", "/k.jks", secret)], "{line}");
        }
    }

    #[test]
    fn paths_that_only_the_node_can_resolve_are_refused() {
        for path in ["conf/.keystore", "$CASSANDRA_CONF/keystore", "`pwd`/keystore"] {
            let store = NamedStore { setting: String::new(), path: path.to_owned(), password: None, inline: None };
            assert!(store.read().err().unwrap().to_string().ends_with("name the store itself"), "{path}");
        }
    }
}
