//! Checks the two stores, as Java and Cassandra read them.

use std::fs::Metadata;

use anyhow::{Context as _, anyhow};
use bridge::{JavaRelease, NodeSettings, lint_store, only_key, owned};
use cassandra_props::{Setting, Store};
use keystore_core::lint::{Code, Finding, Purpose};
use keystore_core::rustls_pki_types::CertificateDer;
use keystore_core::{Format, KeyStore, Password, bcfks, loads, loads_keys};

use super::access::Secrecy;
use super::report::Check;
use super::{Certificates, Gate};
use crate::input::{Digest, HostPath};
use crate::inspect::FindingView;
use crate::reading::MAX_BYTES;
use crate::status::Severity;

pub(super) struct Named {
    path: HostPath,
    store: Store,
}

struct Read {
    bytes: zeroize::Zeroizing<Vec<u8>>,
    metadata: Metadata,
    password: Password,
    place: String,
}

impl Gate<'_> {
    pub(super) fn named(&mut self, settings: &NodeSettings, setting: Setting) -> Option<Named> {
        let store = match setting {
            Setting::Keystore => settings.keystore(),
            _ => settings.truststore(),
        };
        let named = store
            .map_err(anyhow::Error::from)
            .and_then(|store| store.with_context(|| format!("{} and its password are not both set", setting.name())))
            .and_then(|store| Ok(Named { path: store.path().parse()?, store }));
        match named {
            Ok(named) => Some(named),
            Err(error) => {
                self.report.push(Check::of(format!("the settings name a {}", setting.name()), Err(error)));
                None
            }
        }
    }

    /// Checks a keystore, and returns the chain of its only private key if that key opens.
    pub(super) fn keystore(&mut self, settings: &NodeSettings, named: &Named) -> Option<Certificates> {
        let what = |place: &str| format!("{place} opens and holds one key");
        let read = self.read(named, what)?;
        let decoded = keystore_core::decode(&read.bytes, &read.password);
        let format = decoded.as_ref().ok().map(keystore_core::Store::format);
        let (opened, findings) = open_one(&read, decoded);
        let (chain, result) = match opened {
            Ok(chain) => (Some(chain), Ok(())),
            Err(error) => (None, Err(error)),
        };
        self.report.push(Check::of(what(&read.place), result));
        // Reported by the check above, or by `java_loads`.
        let reported = [Code::KeyPasswordDiffers, Code::KeyNotPkcs8, Code::NoPrivateKey, Code::SeveralPrivateKeys];
        self.findings(&read, &findings, &reported);
        if findings.iter().any(|finding| finding.code() == Code::KeyNotTried) {
            // The keys are not opened again, one after the other, with the limits for a single key.
            self.java_loads(settings, &read, format, Purpose::Any);
            let what = format!("Java opens every key of {}", read.place);
            self.report
                .push(Check::of(what, Err(anyhow!("the iterations of their key derivations exceed the limits"))));
        } else {
            self.java_loads(settings, &read, format, Purpose::Identity);
        }
        if let Some(chain) = &chain {
            self.is_expected(chain);
        }
        self.readable(&read.place, &read.metadata, Secrecy::Key);
        if chain.is_some() {
            self.report.checked("the keystore: its password, that of its key, key against certificate");
        } else if format.is_some() {
            self.report.checked("the keystore: its password");
        }
        chain
    }

    /// Checks a truststore, and returns the certificates that Java trusts, if there are any.
    pub(super) fn truststore(&mut self, settings: &NodeSettings, named: &Named) -> Option<Certificates> {
        let what = |place: &str| format!("{place} opens and holds a trusted certificate");
        let read = self.read(named, what)?;
        let decoded = match keystore_core::decode(&read.bytes, &read.password) {
            Ok(decoded) => decoded,
            Err(error) => {
                self.report.push(Check::of(what(&read.place), Err(opens_not("truststore_password", &error))));
                return None;
            }
        };
        let view = decoded.view();
        let trusted: Vec<_> =
            view.trust_anchors().iter().map(|anchor| anchor.certificate.clone().into_owned()).collect();
        let result = if trusted.is_empty() { Err(anyhow!(Code::NoTrustedCertificate.why())) } else { Ok(()) };
        self.report.push(Check::of(what(&read.place), result));
        let findings = lint_store(&decoded, Some(&read.password), Purpose::Trust);
        // Java trusts the certificate of a key in a truststore even if the key does not open.
        self.findings(&read, &findings, &[Code::KeyPasswordOfItsOwn, Code::NoTrustedCertificate]);
        self.java_loads(settings, &read, Some(decoded.format()), Purpose::Trust);
        self.trusts_what_it_must(&trusted);
        self.readable(&read.place, &read.metadata, Secrecy::Certificates);
        self.report.checked("the truststore: its password, what Java trusts of it");
        (!trusted.is_empty()).then_some(trusted)
    }

    pub(super) fn is_expected(&mut self, chain: &[CertificateDer<'_>]) {
        let Some(expected) = self.node.expected.identity else { return };
        let found = chain.first().map(|der| Digest::of(der));
        let holds = found.map_or_else(|| "none".to_owned(), short);
        let result = if found == Some(expected) { Ok(()) } else { Err(anyhow!("it holds {holds}")) };
        self.report.push(Check::of(format!("its certificate is {}", short(expected)), result));
    }

    pub(super) fn trusts_what_it_must(&mut self, trusted: &[CertificateDer<'_>]) {
        let wanted = self.node.expected.trusts;
        if !wanted.is_empty() {
            let found: Vec<Digest> = trusted.iter().map(|der| Digest::of(der)).collect();
            let lacks: Vec<String> =
                wanted.iter().filter(|wanted| !found.contains(wanted)).copied().map(short).collect();
            let result = if lacks.is_empty() { Ok(()) } else { Err(anyhow!("it lacks {}", lacks.join(", "))) };
            let what = match wanted.len() {
                1 => "it trusts the certificate of the bundle".to_owned(),
                count => format!("it trusts the {count} certificates of the bundle"),
            };
            self.report.push(Check::of(what, result));
        }
    }

    fn read(&mut self, named: &Named, what: impl Fn(&str) -> String) -> Option<Read> {
        let place = self.node.root.place(named.path.as_path()).display().to_string();
        match self.node.root.read(named.path.as_path(), MAX_BYTES) {
            Ok(found) => {
                let password = Password::new(named.store.secret_password());
                Some(Read { bytes: found.bytes, metadata: found.metadata, password, place })
            }
            Err(error) => {
                self.report.push(Check::of(what(&place), Err(error)));
                None
            }
        }
    }

    fn findings(&mut self, read: &Read, findings: &[Finding], reported: &[Code]) {
        for finding in findings.iter().filter(|finding| !reported.contains(&finding.code())) {
            let mut found = FindingView::of_store(finding);
            if finding.code() == Code::NeedsJava8u301 && self.javas.contains(&JavaRelease::V8) {
                // The update of Java 8 is not known, and is often older than 8u301. Java 11 is seldom older than 11.0.12.
                found.severity = Severity::Warning;
            }
            self.report.push(Check::found(read.place.as_str(), found));
        }
    }

    fn java_loads(&mut self, settings: &NodeSettings, read: &Read, format: Option<Format>, purpose: Purpose) {
        // A store that cannot be read at all is reported elsewhere.
        let format = format.or_else(|| Some(keystore_core::decode_unverified(&read.bytes).ok()?.format()));
        let Some(format) = format else { return };
        self.store_type(settings, read, format);
        if format == Format::Bcfks {
            return self.bouncy_castle_loads(read, purpose);
        }
        let javas = self.javas.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        if !matches!(format, Format::Jks | Format::Jceks | Format::Pkcs12) {
            return self.report.not_checked(format!("whether Bouncy Castle loads {}, which is {format}", read.place));
        }
        let refused = JavaRelease::versions_of_stores(&self.javas).into_iter().find_map(|(java, version)| {
            let password = &read.password;
            let loaded = match purpose {
                Purpose::Identity => loads_keys(version, &read.bytes, Some(password), password),
                _ => loads(version, &read.bytes, Some(password)),
            };
            Some(anyhow!("Java {java}: {}", loaded.err()?))
        });
        let result = refused.map_or(Ok(()), Err);
        self.report.push(Check::of(format!("{} is loaded by Java {javas}", read.place), result));
    }

    fn bouncy_castle_loads(&mut self, read: &Read, purpose: Purpose) {
        let (bytes, password) = (&read.bytes, &read.password);
        let refused = bcfks::Provider::ALL.into_iter().find_map(|provider| {
            let loaded = match purpose {
                Purpose::Identity => bcfks::loads_keys(provider, bytes, Some(password), password),
                _ => bcfks::loads(provider, bytes, Some(password)),
            };
            Some(anyhow!("{provider}: {}", loaded.err()?))
        });
        let providers = bcfks::Provider::ALL.map(|provider| provider.to_string()).join(" and ");
        let result = refused.map_or(Ok(()), Err);
        self.report.push(Check::of(format!("{} is loaded by {providers}", read.place), result));
    }

    fn store_type(&mut self, settings: &NodeSettings, read: &Read, format: Format) {
        let mut findings = self.javas.iter().filter_map(|java| settings.lint_store_type(format, *java));
        let Some(finding) = findings.next() else { return };
        let named = settings.view().value(Setting::StoreType).ok().flatten();
        let named = named.as_deref().unwrap_or("JKS");
        let wrong = format!("store_type is {named}, but the file is {format}");
        let severity = finding.severity().into();
        let found = FindingView::new(severity, &wrong, None, finding.code().source());
        self.report.push(Check::found(read.place.as_str(), found));
    }
}

fn open_one(
    read: &Read,
    decoded: Result<keystore_core::Store<'_>, keystore_core::Error>,
) -> (anyhow::Result<Certificates>, Vec<Finding>) {
    let decoded = match decoded {
        Ok(decoded) => decoded,
        Err(error) => return (Err(opens_not("keystore_password", &error)), Vec::new()),
    };
    let findings = lint_store(&decoded, Some(&read.password), Purpose::Identity);
    (chain_of_one(&decoded.view(), &read.password), findings)
}

fn chain_of_one(view: &KeyStore<'_>, password: &Password) -> anyhow::Result<Certificates> {
    let found = only_key(view)?;
    found.key.open(password).map_err(|error| {
        anyhow!("the store opens with keystore_password, but the key {:?} in it does not: {error}", found.alias)
    })?;
    Ok(owned(found.chain))
}

fn opens_not(setting: &str, error: &keystore_core::Error) -> anyhow::Error {
    match error.kind() {
        keystore_core::ErrorKind::WrongPasswordOrTampered => anyhow!("the store does not open with {setting}: {error}"),
        _ => anyhow!("{error}"),
    }
}

fn short(digest: Digest) -> String {
    format!("{}...", digest.brief())
}
