//! Operations on the internode TLS settings.

use crate::family::Family;
use crate::operation::{Operation, Step};
use crate::setting::{InternodeEncryption, OptionalTls, RequireClientAuth, Setting, Store, TlsSettings};
use crate::settings_file::SettingsFile;
use crate::view::TlsView;
use crate::wiped::Wiped;

/// Cassandra's internode TLS settings in a file.
///
/// In a `.properties` file, the settings are read and written under the names of a [`Family`]. In a `cassandra.yaml`,
/// they are in `server_encryption_options`, and the family does not matter.
///
/// Each operation is a value that can be previewed on a file and applied to it. Applying an operation again changes
/// nothing.
///
/// A setting that the file already has gets its new value in place. In a `.properties` file, a new setting replaces the
/// last comment that would set it. If there is no such comment, the new setting is placed after a related setting or at
/// [`Place::End`](crate::Place::End). For the place in a `cassandra.yaml`, see
/// [`CassandraYaml::set`](crate::CassandraYaml::set).
///
/// ```
/// use cassandra_props::{Family, InternodeTls, Properties, Store};
///
/// let mut file = Properties::parse(b"conf_cassandra_keystore=/keys/old\nconf_cassandra_keystore_password=old1\n")?;
/// let new = Store::new("/keys/new", "new1")?;
/// let change = InternodeTls::new(Family::Legacy).switch_keystore(&new).apply(&mut file)?;
/// assert_eq!(file.as_bytes(), b"conf_cassandra_keystore=/keys/new\nconf_cassandra_keystore_password=new1\n");
/// assert_eq!(
///     change.redacted_diff(),
///     "\
/// -   1 conf_cassandra_keystore=/keys/old
/// -   2 conf_cassandra_keystore_password=********
/// +   1 conf_cassandra_keystore=/keys/new
/// +   2 conf_cassandra_keystore_password=********
/// "
/// );
/// # Ok::<(), cassandra_props::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InternodeTls {
    family: Family,
}

impl InternodeTls {
    /// The settings of a file, under the names of `family` in a `.properties` file.
    pub const fn new(family: Family) -> Self {
        Self { family }
    }

    /// The family whose names are read and written.
    pub fn family(&self) -> Family {
        self.family
    }

    /// Returns a view of the settings in the file.
    pub fn read<'a, F: SettingsFile>(&self, file: &'a F) -> TlsView<'a> {
        TlsView::new(file.source(self.family))
    }

    /// Sets the given settings. All other settings stay unchanged.
    pub fn enable(&self, settings: &TlsSettings) -> Operation {
        let TlsSettings { internode_encryption, keystore, truststore, client_auth, optional, protocol, store_type } =
            settings;
        let mut steps = vec![assign(Setting::InternodeEncryption, internode_encryption.as_str())];
        steps.extend(optional.map(optional_step));
        steps.extend(keystore_steps(keystore));
        steps.extend(truststore_steps(truststore));
        steps.extend(client_auth.map(client_auth_step));
        steps.extend(protocol.as_deref().map(|value| assign(Setting::Protocol, value)));
        steps.extend(store_type.as_deref().map(|value| assign(Setting::StoreType, value)));
        self.operation(steps)
    }

    /// Sets `keystore` and `keystore_password`.
    pub fn switch_keystore(&self, keystore: &Store) -> Operation {
        self.operation(keystore_steps(keystore).into())
    }

    /// Sets `truststore` and `truststore_password`.
    pub fn switch_truststore(&self, truststore: &Store) -> Operation {
        self.operation(truststore_steps(truststore).into())
    }

    /// Sets `require_client_auth`.
    ///
    /// If the setting is absent, [`NotRequired`](RequireClientAuth::NotRequired) changes nothing, because `false` is
    /// the default.
    pub fn set_client_auth(&self, client_auth: RequireClientAuth) -> Operation {
        self.operation(vec![client_auth_step(client_auth)])
    }

    /// Sets or removes `optional` (Cassandra 4.0 and later).
    pub fn set_optional(&self, optional: OptionalTls) -> Operation {
        self.operation(vec![optional_step(optional)])
    }

    /// Sets `internode_encryption` to `none`. The other settings stay.
    ///
    /// If the setting is absent, the operation changes nothing, because `none` is the default.
    pub fn disable(&self) -> Operation {
        self.operation(vec![Step::AssignIfSet(Setting::InternodeEncryption, InternodeEncryption::None.as_str())])
    }

    /// Replaces the names of the other family with the names of this family.
    ///
    /// Each key changes in place. If the file has a setting under both names, the properties with the other family's
    /// name are commented out instead. Does nothing in `cassandra.yaml`, which has no families.
    pub fn migrate(&self) -> Operation {
        self.operation(Setting::ALL.iter().copied().map(Step::Migrate).collect())
    }

    fn operation(self, steps: Vec<Step>) -> Operation {
        Operation { family: self.family, steps }
    }
}

fn assign(setting: Setting, value: &str) -> Step {
    Step::Assign(setting, Wiped::new(value.to_owned()))
}

fn keystore_steps(store: &Store) -> [Step; 2] {
    [assign(Setting::Keystore, &store.path), assign(Setting::KeystorePassword, &store.password)]
}

fn truststore_steps(store: &Store) -> [Step; 2] {
    [assign(Setting::Truststore, &store.path), assign(Setting::TruststorePassword, &store.password)]
}

fn client_auth_step(client_auth: RequireClientAuth) -> Step {
    match client_auth {
        RequireClientAuth::Required => assign(Setting::RequireClientAuth, "true"),
        RequireClientAuth::NotRequired => Step::AssignIfSet(Setting::RequireClientAuth, "false"),
    }
}

fn optional_step(optional: OptionalTls) -> Step {
    match optional {
        OptionalTls::Unset => Step::Remove(Setting::Optional),
        OptionalTls::Accepted => assign(Setting::Optional, "true"),
        OptionalTls::Required => assign(Setting::Optional, "false"),
    }
}
