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
        let trusted = self.pem_text(&stores.trusted, Secrecy::Certificates);
        self.pem_findings(settings, key.as_ref(), trusted.as_ref());
        let chain = key.and_then(|key| {
            let what = format!("{} holds a key that opens, and its certificate", key.place);
            self.held(what, stores.chain(&key))
        });
        if let Some(chain) = &chain {
            self.is_expected(chain);
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

    fn pem_findings(&mut self, settings: &NodeSettings, key: Option<&PemRead>, trusted: Option<&PemRead>) {
        let judged = |read: Option<&PemRead>| PemText::read(read.map_or("", |read| &read.text));
        let (keystore, truststore) = (judged(key), judged(trusted));
        let mut known: Vec<Finding> = Vec::new();
        for java in &self.javas {
            for finding in settings.lint_pem(&keystore, &truststore, *java) {
                if !known.contains(&finding) {
                    known.push(finding);
                }
            }
        }
        for finding in known {
            let read = if finding.setting() == Some(Setting::Keystore) { key } else { trusted };
            // A text that could not be read is already reported.
            if let Some(read) = read {
                self.report.push(Check::found(read.place.as_str(), FindingView::of_settings(&finding)));
            }
        }
    }
}
