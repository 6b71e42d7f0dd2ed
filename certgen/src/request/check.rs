//! Compares an authority's answer with the request.

use std::fmt;

use der::asn1::ObjectIdentifier;
use rustls_pki_types::CertificateDer;

use super::CertificateRequest;
use crate::chain::{broken, verify_chain};
use crate::error::{ChainDefect, Error, ErrorKind};
use crate::extension::{ExtendedKeyUsage, KeyUsage, SubjectAltName};
use crate::info::CertificateInfo;
use crate::oid;

/// A difference between the request and the issued certificate.
///
/// An authority may make such a change, so the difference is not an error. Review the differences before you use the
/// certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(tag = "code", rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum ReplyFinding {
    /// The certificate's subject is another than the request's.
    ///
    /// The types of the strings do not matter.
    OtherSubject {
        /// The subject of the request.
        asked: String,
        /// The subject of the certificate.
        given: String,
    },
    /// A requested alternative name is missing.
    NoAltName {
        /// The name.
        name: String,
    },
    /// The certificate does not permit a requested key usage.
    NoKeyUsage {
        /// The usage, by the name of its variant of [`KeyUsage`].
        usage: String,
    },
    /// The certificate does not permit a requested extended key usage.
    NoExtendedKeyUsage {
        /// The usage: the name of a variant of [`ExtendedKeyUsage`], or an object identifier.
        usage: String,
    },
}

impl fmt::Display for ReplyFinding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherSubject { asked, given } => {
                write!(formatter, "its subject is {given:?}, but {asked:?} was asked for")
            }
            Self::NoAltName { name } => write!(formatter, "the alternative name {name} was asked for and is missing"),
            Self::NoKeyUsage { usage } => write!(formatter, "the key usage {usage} was asked for and is missing"),
            Self::NoExtendedKeyUsage { usage } => {
                write!(formatter, "the extended key usage {usage} was asked for and is missing")
            }
        }
    }
}

impl CertificateRequest {
    /// Checks the chain that answers this request.
    ///
    /// The first certificate must be for the request's key, and the chain must pass [`verify_chain`]. Returns those
    /// differences between the request and the first certificate that [`ReplyFinding`] names.
    ///
    /// # Errors
    /// [`ErrorKind::EmptyChain`]; [`ErrorKind::BrokenChain`] with [`ChainDefect::OtherKey`], or as for [`verify_chain`];
    /// [`ErrorKind::MalformedCertificate`].
    pub fn check_reply(&self, chain: &[CertificateDer<'_>]) -> Result<Vec<ReplyFinding>, Error> {
        let first = chain.first().ok_or_else(|| Error::new(ErrorKind::EmptyChain))?;
        let given = CertificateInfo::read(first)?;
        if given.public_key() != self.public_key() {
            return Err(broken(ChainDefect::OtherKey, 0));
        }
        verify_chain(chain)?;
        Ok(self.missing_in(&given))
    }

    fn missing_in(&self, given: &CertificateInfo) -> Vec<ReplyFinding> {
        let mut findings = Vec::new();
        // An authority may write the same text in another string type.
        let [asked, subject] = [self.subject(), given.subject()].map(ToString::to_string);
        if asked != subject {
            let given = subject;
            findings.push(ReplyFinding::OtherSubject { asked, given });
        }
        let names = missing(self.subject_alt_names(), Some(given.subject_alt_names()));
        findings.extend(names.map(|name| ReplyFinding::NoAltName { name: shown(name) }));
        // Without the extension, a certificate may be used for anything. An unreadable extension permits nothing for sure.
        let is_unreadable =
            |oid: ObjectIdentifier| given.unreadable_extensions().iter().any(|other| *other == oid.to_string());
        let usages: fn(&KeyUsage) -> ReplyFinding = |usage| ReplyFinding::NoKeyUsage { usage: format!("{usage:?}") };
        if given.key_usages().is_some() || is_unreadable(oid::KEY_USAGE) {
            findings.extend(missing(self.key_usages().unwrap_or_default(), given.key_usages()).map(usages));
        }
        let is_limited = given.extended_key_usages().map(|given| !given.contains(&ExtendedKeyUsage::Any));
        if is_limited.unwrap_or_else(|| is_unreadable(oid::EXTENDED_KEY_USAGE)) {
            let asked = self.extended_key_usages().unwrap_or_default();
            findings.extend(missing(asked, given.extended_key_usages()).map(|usage| {
                let usage = if let ExtendedKeyUsage::Other(oid) = usage { oid.clone() } else { format!("{usage:?}") };
                ReplyFinding::NoExtendedKeyUsage { usage }
            }));
        }
        findings
    }
}

fn missing<'a, T: PartialEq>(asked: &'a [T], given: Option<&'a [T]>) -> impl Iterator<Item = &'a T> {
    asked.iter().filter(move |asked| !given.unwrap_or_default().contains(asked))
}

fn shown(name: &SubjectAltName) -> String {
    match name {
        SubjectAltName::IpAddress(address) => address.to_string(),
        SubjectAltName::DnsName(text) | SubjectAltName::Email(text) | SubjectAltName::Uri(text) => format!("{text:?}"),
        SubjectAltName::Other { tag, .. } => format!("of kind {tag}"),
    }
}
