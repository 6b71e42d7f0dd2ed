//! Checks a key and certificates in PEM, as `PEMBasedSslContextFactory` reads them.

use bridge::NodeSettings;
use cassandra_props::{Finding, PemText, Setting};
use certgen::pem::decode_certificates;

use super::access::Secrecy;
use super::report::Check;
use super::{Certificates, Gate};
use crate::inspect::FindingView;
use crate::pem_stores::{PemPlace, PemRead, PemStores};

impl Gate<'_> {
    /// Checks stores in PEM, and returns the chain of the key and the trusted certificates.
    pub(super) fn pem(
        &mut self,
        settings: &NodeSettings,
        stores: &PemStores,
    ) -> (Option<Certificates>, Option<Certificates>) {
        let key = self.pem_text(&stores.key, Secrecy::Key);
        let outbound = stores.outbound.as_ref().and_then(|place| self.pem_text(place, Secrecy::Key));
        let trusted = self.pem_text(&stores.trusted, Secrecy::Certificates);
        self.pem_findings(settings, [key.as_ref(), outbound.as_ref(), trusted.as_ref()]);
        let chain = key.and_then(|key| {
            let what = format!("{} holds a key that opens, and its certificate", key.place);
            self.held(what, stores.chain(&key))
        });
        if let Some(chain) = &chain {
            self.is_expected(chain);
        }
        if let Some(outbound) = outbound {
            let what = format!("{} holds a key that opens, and its certificate", outbound.place);
            self.held(what, stores.outbound_chain(&outbound));
        }
        if stores.outbound.is_some() {
            self.report.not_checked("whether peers accept the certificate of outbound_keystore, which the node offers");
        }
        let trusted = trusted.and_then(|trusted| {
            let what = format!("{} holds a trusted certificate", trusted.place);
            self.held(what, decode_certificates(trusted.text.as_bytes()).map_err(Into::into))
        });
        if let Some(trusted) = &trusted {
            self.trusts_what_it_must(trusted);
        }
        if chain.is_some() {
            self.report
                .checked("the PEM, as Cassandra's class for PEM reads it: the key, its password and its certificate");
        }
        if trusted.is_some() {
            self.report.checked("the PEM, as Cassandra's class for PEM reads it: the trusted certificates");
        }
        (chain, trusted)
    }

    fn held(&mut self, what: String, read: anyhow::Result<Certificates>) -> Option<Certificates> {
        let (held, result) = match read {
            Ok(held) => (Some(held), Ok(())),
            Err(error) => (None, Err(error)),
        };
        self.report.push(Check::of(what, result));
        held
    }

    fn pem_text(&mut self, place: &PemPlace, secrecy: Secrecy) -> Option<PemRead> {
        let read = match place.read(&self.node.root) {
            Ok(read) => read,
            Err(error) => {
                self.report.push(Check::of("the PEM that the settings name can be read", Err(error)));
                return None;
            }
        };
        if let Some(metadata) = &read.metadata {
            self.readable(&read.place, metadata, secrecy);
        }
        Some(read)
    }

    fn pem_findings(&mut self, settings: &NodeSettings, [key, outbound, trusted]: [Option<&PemRead>; 3]) {
        let of = |setting| match setting {
            Setting::Keystore => key,
            Setting::OutboundKeystore => outbound,
            _ => trusted,
        };
        let mut known: Vec<Finding> = Vec::new();
        for java in &self.javas {
            // A text that could not be read is already reported.
            let read = |setting| of(setting).map(|read| PemText::read(&read.text));
            for finding in settings.lint_pem(*java, read) {
                if !known.contains(&finding) {
                    known.push(finding);
                }
            }
        }
        for finding in known {
            let read = finding.setting().filter(|setting| *setting != Setting::SslContextFactory).and_then(of);
            let place = read.map_or("the settings", |read| &read.place).to_owned();
            self.report.push(Check::found(place, FindingView::of_settings(&finding)));
        }
    }
}
