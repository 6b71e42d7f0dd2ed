//! Descriptions of foreign certificates, for people and programs.

use std::collections::BTreeSet;

use certgen::{BasicConstraints, CertificateInfo};
use keystore_core::rustls_pki_types::CertificateDer;
use serde::Serialize;

use super::certificates::{Certificate, Certificates, Seen};
use crate::input::{Digest, Name};

/// A certificate for which neither a generation nor the operator vouches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Foreign {
    /// The label in plans.
    pub label: Name,
    /// The claims of the certificate about itself, and its digest.
    #[serde(flatten)]
    pub about: About,
    /// The places where the certificate was seen.
    pub seen: BTreeSet<Seen>,
}

/// The unproven claims of a certificate about itself, and its digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct About {
    /// The subject; `None` if the certificate cannot be read.
    pub subject: Option<String>,
    /// The issuer; `None` if the certificate cannot be read or is self-issued.
    #[serde(skip)]
    pub issuer: Option<String>,
    /// The SHA-256 of the certificate.
    pub sha256: Digest,
    /// Whether basicConstraints declare an authority; `None` if the certificate cannot be read.
    ///
    /// A node that trusts an authority may accept any certificate that the authority issues.
    pub ca: Option<bool>,
}

/// A served certificate that is neither that of its node's keystore nor vouched for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stranger {
    /// The node.
    pub node: Name,
    /// The certificate.
    #[serde(flatten)]
    pub about: About,
}

impl About {
    /// Reads a certificate.
    pub fn of(certificate: &CertificateDer<'_>) -> Self {
        let info = CertificateInfo::read(certificate).ok();
        let ca = |info: &CertificateInfo| matches!(info.basic_constraints(), Some(BasicConstraints::Authority { .. }));
        let is_from_another = |info: &&CertificateInfo| info.issuer() != info.subject();
        Self {
            issuer: info.as_ref().filter(is_from_another).map(|info| info.issuer().to_string()),
            subject: info.as_ref().map(|info| info.subject().to_string()),
            sha256: Digest::of(certificate),
            ca: info.as_ref().map(ca),
        }
    }
}

impl Foreign {
    /// Each foreign certificate, ordered by digest.
    ///
    /// # Errors
    /// If a certificate cannot be read.
    pub fn all(certificates: &Certificates) -> anyhow::Result<Vec<Self>> {
        certificates.foreign().map(Self::of).collect()
    }

    /// Describes one certificate.
    ///
    /// # Errors
    /// If the certificate cannot be read.
    pub fn of(certificate: &Certificate) -> anyhow::Result<Self> {
        let about = About::of(&certificate.read()?);
        Ok(Self { label: certificate.label.clone(), about, seen: certificate.seen.clone() })
    }
}
