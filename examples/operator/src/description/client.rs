//! An application that the nodes serve.

use rotation_planner::{TlsConfig, Trust};
use serde::{Deserialize, Serialize};

use super::{labelled, trusted};
use crate::input::Name;

/// An application that connects to every node over TLS.
///
/// The nodes serve the application from the same stores as their peers. No plan changes the application, so its trust limits
/// the certificates that the nodes may serve.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// The name of the client.
    pub name: Name,
    /// The labels of the certificates and authorities that the client trusts.
    ///
    /// Defaults to the anchors of all nodes.
    #[serde(default)]
    pub trusts: Option<Vec<Name>>,
    /// Whether the client also trusts the certificates that a rotation gives to the nodes.
    #[serde(default)]
    pub trusts_new: bool,
    /// The label of the certificate that the client shows; `None` if it shows none.
    #[serde(default)]
    pub identity: Option<Name>,
    /// The label of the issuing authority; `None` if the certificate is self-signed.
    #[serde(default)]
    pub issued_by: Option<Name>,
}

impl Client {
    /// The configuration for the planner.
    ///
    /// `served` is the trust of a client without `trusts`; `new` is added if `trusts_new` is set.
    pub(super) fn config(&self, served: &Trust, new: &Trust) -> TlsConfig {
        let mut trust = trusted(self.trusts.as_deref(), served);
        if self.trusts_new {
            trust = trust.iter().chain(new.iter()).cloned().collect();
        }
        match &self.identity {
            Some(label) => TlsConfig::tls(labelled(label.as_str(), self.issued_by.as_ref()), trust),
            None => TlsConfig::client(trust),
        }
    }
}
