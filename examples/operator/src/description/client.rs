//! An application that the nodes serve.

use rotation_planner::{Identity, TlsConfig, Trust};
use serde::{Deserialize, Serialize};

use crate::input::Name;

/// An application that connects to every node over TLS, and that the nodes serve from the stores that they use among
/// themselves. No plan changes it: what it trusts bounds what the nodes may serve.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// What it is called.
    pub name: Name,
    /// The labels of what it trusts; what every node serves, if nothing is said.
    #[serde(default)]
    pub trusts: Option<Vec<Name>>,
    /// The label of the certificate that it shows; none, if nothing is said.
    #[serde(default)]
    pub identity: Option<Name>,
    /// The label of the authority that issued that; none, if it is self-signed.
    #[serde(default)]
    pub issued_by: Option<Name>,
}

impl Client {
    /// What it runs with, where `served` is what every node serves.
    pub(super) fn config(&self, served: &Trust) -> TlsConfig {
        let trusts = self.trusts.as_ref();
        let trust = trusts.map_or_else(|| served.clone(), |labels| labels.iter().map(Name::as_str).collect());
        let identity = self.identity.as_ref().map(|label| match &self.issued_by {
            Some(authority) => Identity::new(label.as_str(), authority.as_str()),
            None => Identity::self_signed(label.as_str()),
        });
        match identity {
            Some(identity) => TlsConfig::tls(identity, trust),
            None => TlsConfig::client(trust),
        }
    }
}
