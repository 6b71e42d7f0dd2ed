//! The certificate extensions that this crate writes and reads (RFC 5280, section 4.2.1).

use std::net::IpAddr;

use der::asn1::ObjectIdentifier;
use der::{Decode as _, Tag};

use crate::alt_name::{self, AltName};
use crate::element::Element;
use crate::error::{Error, ErrorKind};
use crate::name_subtree::NameLimits;
use crate::{asn1, oid};

/// An alternative name of the subject (RFC 5280, section 4.2.1.6).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SubjectAltName {
    /// iPAddress, the only kind that Java and OpenSSL compare with an IP address.
    IpAddress(IpAddr),
    /// dNSName.
    DnsName(String),
    /// rfc822Name.
    Email(String),
    /// uniformResourceIdentifier.
    Uri(String),
    /// Any other kind, or a name of one of the kinds above with invalid content.
    Other {
        /// The number of the context-specific tag.
        tag: u32,
        /// The content bytes; for a well-formed otherName, without its type.
        content: Vec<u8>,
    },
}

/// A use that a certificate permits for its key (RFC 5280, section 4.2.1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum KeyUsage {
    /// digitalSignature, which TLS 1.3 and cipher suites with forward secrecy require.
    DigitalSignature,
    /// nonRepudiation, now called contentCommitment.
    NonRepudiation,
    /// keyEncipherment, which a server needs for the RSA key exchange of TLS 1.2 and earlier.
    KeyEncipherment,
    /// dataEncipherment.
    DataEncipherment,
    /// keyAgreement.
    KeyAgreement,
    /// keyCertSign, which an authority needs.
    KeyCertSign,
    /// cRLSign.
    CrlSign,
    /// encipherOnly.
    EncipherOnly,
    /// decipherOnly.
    DecipherOnly,
}

impl KeyUsage {
    const ALL: [Self; 9] = [
        Self::DigitalSignature,
        Self::NonRepudiation,
        Self::KeyEncipherment,
        Self::DataEncipherment,
        Self::KeyAgreement,
        Self::KeyCertSign,
        Self::CrlSign,
        Self::EncipherOnly,
        Self::DecipherOnly,
    ];

    /// The bit of this usage.
    ///
    /// The first named bit of RFC 5280 is the highest bit.
    const fn bit(self) -> u16 {
        match self {
            Self::DigitalSignature => 0x8000,
            Self::NonRepudiation => 0x4000,
            Self::KeyEncipherment => 0x2000,
            Self::DataEncipherment => 0x1000,
            Self::KeyAgreement => 0x0800,
            Self::KeyCertSign => 0x0400,
            Self::CrlSign => 0x0200,
            Self::EncipherOnly => 0x0100,
            Self::DecipherOnly => 0x0080,
        }
    }

    /// Reads flags of `x509-parser`, in which the first named bit is the lowest bit.
    pub(crate) fn from_flags(flags: u16) -> Vec<Self> {
        Self::ALL.into_iter().filter(|usage| flags & usage.bit().reverse_bits() != 0).collect()
    }
}

/// A purpose that a certificate permits for its key (RFC 5280, section 4.2.1.12).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ExtendedKeyUsage {
    /// serverAuth.
    ServerAuth,
    /// clientAuth.
    ClientAuth,
    /// codeSigning.
    CodeSigning,
    /// emailProtection.
    EmailProtection,
    /// timeStamping.
    TimeStamping,
    /// `OCSPSigning`.
    OcspSigning,
    /// anyExtendedKeyUsage.
    Any,
    /// Another purpose, by its object identifier in dotted form.
    Other(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Criticality {
    Critical,
    NonCritical,
}

#[derive(Clone, Debug)]
pub(crate) struct Extension {
    oid: ObjectIdentifier,
    criticality: Criticality,
    value: Vec<u8>,
}

impl Extension {
    /// Encodes the `Extension` (RFC 5280, section 4.1).
    ///
    /// ```text
    /// Extension  ::=  SEQUENCE  {
    ///      extnID      OBJECT IDENTIFIER,
    ///      critical    BOOLEAN DEFAULT FALSE,
    ///      extnValue   OCTET STRING  }
    /// ```
    pub(crate) fn to_der(&self) -> Vec<u8> {
        let oid = asn1::object_identifier(&self.oid);
        let value = asn1::tlv(asn1::OCTET_STRING, &self.value);
        match self.criticality {
            Criticality::Critical => asn1::sequence(&[oid, asn1::tlv(asn1::BOOLEAN, &[0xff]), value]),
            Criticality::NonCritical => asn1::sequence(&[oid, value]),
        }
    }

    /// Decodes the `Extension`.
    ///
    /// An explicit FALSE is accepted: DER forbids it, but some programs write it.
    pub(crate) fn from_der(der: &[u8]) -> Option<Self> {
        let fields = Element::outermost(der).ok()?.sequence()?;
        let (oid, critical, value) = match fields.as_slice() {
            [oid, value] => (oid, false, value),
            [oid, critical, value] => (oid, bool::from_der(critical.der()).ok()?, value),
            _ => return None,
        };
        let criticality = if critical { Criticality::Critical } else { Criticality::NonCritical };
        let value = Some(value.value()).filter(|_| value.tag() == Tag::OctetString)?.to_vec();
        Some(Self { oid: oid.oid()?, criticality, value })
    }

    pub(crate) fn oid(&self) -> &ObjectIdentifier {
        &self.oid
    }

    pub(crate) fn with(self, criticality: Criticality) -> Self {
        Self { criticality, ..self }
    }
}

/// Encodes the extensions in keytool's order: by object identifier, as dotted strings.
pub(crate) fn in_keytool_order(extensions: &[Extension]) -> Vec<Vec<u8>> {
    let mut extensions: Vec<&Extension> = extensions.iter().collect();
    extensions.sort_by_cached_key(|extension| extension.oid.to_string());
    extensions.into_iter().map(Extension::to_der).collect()
}

pub(crate) fn subject_key_identifier(identifier: &[u8]) -> Extension {
    extension(oid::SUBJECT_KEY_IDENTIFIER, Criticality::NonCritical, asn1::tlv(asn1::OCTET_STRING, identifier))
}

pub(crate) fn key_usage(usages: &[KeyUsage], criticality: Criticality) -> Extension {
    let bits = usages.iter().fold(0, |bits, usage| bits | usage.bit());
    extension(oid::KEY_USAGE, criticality, asn1::named_bits(bits))
}

pub(crate) fn subject_alt_name(names: &[AltName], criticality: Criticality) -> Extension {
    let names: Vec<Vec<u8>> = names.iter().map(alt_name::general_name).collect();
    extension(oid::SUBJECT_ALT_NAME, criticality, asn1::sequence(&names))
}

pub(crate) fn authority(path_length: Option<u32>) -> Extension {
    let is_authority = asn1::tlv(asn1::BOOLEAN, &[0xff]);
    let constraints = std::iter::once(is_authority).chain(path_length.map(asn1::unsigned)).collect::<Vec<_>>();
    extension(oid::BASIC_CONSTRAINTS, Criticality::Critical, asn1::sequence(&constraints))
}

/// The extension for name limits; `None` if nothing is limited.
///
/// RFC 5280, section 4.2.1.10, requires the extension to be critical.
pub(crate) fn name_constraints(limits: &NameLimits) -> Result<Option<Extension>, Error> {
    let value = limits.to_der()?;
    Ok(value.map(|value| extension(oid::NAME_CONSTRAINTS, Criticality::Critical, value)))
}

/// The extension with only `keyIdentifier [0] IMPLICIT` (RFC 5280, section 4.2.1.1).
pub(crate) fn authority_key_identifier(identifier: &[u8]) -> Extension {
    extension(
        oid::AUTHORITY_KEY_IDENTIFIER,
        Criticality::NonCritical,
        asn1::sequence(&[asn1::tlv(asn1::context(0), identifier)]),
    )
}

pub(crate) fn extended_key_usage(usages: &[ExtendedKeyUsage]) -> Result<Extension, Error> {
    let usages = usages.iter().map(purpose).collect::<Result<Vec<_>, _>>()?;
    Ok(extension(oid::EXTENDED_KEY_USAGE, Criticality::NonCritical, asn1::sequence(&usages)))
}

fn extension(oid: ObjectIdentifier, criticality: Criticality, value: Vec<u8>) -> Extension {
    Extension { oid, criticality, value }
}

fn purpose(usage: &ExtendedKeyUsage) -> Result<Vec<u8>, Error> {
    let dotted = match usage {
        ExtendedKeyUsage::ServerAuth => "1.3.6.1.5.5.7.3.1",
        ExtendedKeyUsage::ClientAuth => "1.3.6.1.5.5.7.3.2",
        ExtendedKeyUsage::CodeSigning => "1.3.6.1.5.5.7.3.3",
        ExtendedKeyUsage::EmailProtection => "1.3.6.1.5.5.7.3.4",
        ExtendedKeyUsage::TimeStamping => "1.3.6.1.5.5.7.3.8",
        ExtendedKeyUsage::OcspSigning => "1.3.6.1.5.5.7.3.9",
        ExtendedKeyUsage::Any => "2.5.29.37.0",
        ExtendedKeyUsage::Other(oid) => oid,
    };
    let oid = ObjectIdentifier::new(dotted);
    let oid = oid.map_err(|_| Error::new(ErrorKind::InvalidUsage { oid: dotted.to_owned() }))?;
    Ok(asn1::object_identifier(&oid))
}
