//! Operations on the internode TLS settings.

use crate::family::Family;
use crate::operation::{Operation, Step};
use crate::setting::{InternodeEncryption, OptionalTls, RequireClientAuth, Setting, Store, TlsSettings};
use crate::settings_file::SettingsFile;
use crate::view::TlsView;
use crate::wiped::Wiped;

/// Cassandra's internode TLS settings in a file.
///
/// A `.properties` file has them under the names of one [`Family`], a `cassandra.yaml` in `server_encryption_options`,
/// where the family does not matter.
///
/// Each operation is a value that can be previewed on a file and applied to it. Applying an operation again changes
/// nothing. A setting that is already in the file gets its value in place. A setting that is commented out is
/// uncommented (in `cassandra.yaml`, a line is added after the comment). Any other setting is placed next to its
/// siblings, if there are any.
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
    /// The settings under the names of `family`.
    pub const fn new(family: Family) -> Self {
        Self { family }
    }

    /// The family whose names are read and written.
    pub fn family(&self) -> Family {
        self.family
    }

    /// Reads the current settings of the file.
    pub fn read<'a, F: SettingsFile>(&self, file: &'a F) -> TlsView<'a> {
        TlsView::new(file.source(self.family))
    }

    /// Writes all settings that Cassandra needs for internode TLS.
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

    /// Switches to another keystore, as each node's step of a rotation does.
    pub fn switch_keystore(&self, keystore: &Store) -> Operation {
        self.operation(keystore_steps(keystore).into())
    }

    /// Switches to another truststore.
    pub fn switch_truststore(&self, truststore: &Store) -> Operation {
        self.operation(truststore_steps(truststore).into())
    }

    /// Requires certificates from clients, or stops requiring them.
    ///
    /// If the setting is absent, [`NotRequired`](RequireClientAuth::NotRequired) changes nothing, because that is the
    /// default.
    pub fn set_client_auth(&self, client_auth: RequireClientAuth) -> Operation {
        self.operation(vec![client_auth_step(client_auth)])
    }

    /// Sets or removes `optional` (Cassandra 4.0 and later).
    ///
    /// This setting determines whether plaintext is accepted in addition to TLS.
    pub fn set_optional(&self, optional: OptionalTls) -> Operation {
        self.operation(vec![optional_step(optional)])
    }

    /// Turns encryption off. The stores remain set, so a rollback changes only one word.
    pub fn disable(&self) -> Operation {
        self.operation(vec![Step::AssignIfSet(Setting::InternodeEncryption, InternodeEncryption::None.as_str())])
    }

    /// Renames every setting of the other family to this family's name.
    ///
    /// Keys change in place, and everything else stays. If a setting has both names, its properties under the other
    /// family's name are commented out. Does nothing in `cassandra.yaml`, which has no families.
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
