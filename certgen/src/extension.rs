//! The certificate extensions that are written and read (RFC 5280, section 4.2.1).

use std::net::IpAddr;

use der::asn1::ObjectIdentifier;
use rcgen::CustomExtension;

use crate::asn1;
use crate::error::{Error, ErrorKind};

/// An alternative name of the subject (RFC 5280, section 4.2.1.6).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SubjectAltName {
    /// iPAddress: the only kind that Java's and OpenSSL's endpoint check compares with an address.
    IpAddress(IpAddr),
    /// dNSName.
    DnsName(String),
    /// rfc822Name.
    Email(String),
    /// uniformResourceIdentifier.
    Uri(String),
    /// Any other kind, or one of the above with a content that it must not have.
    Other {
        /// The number of the context-specific tag.
        tag: u32,
        /// The content octets.
        content: Vec<u8>,
    },
}

/// What a key may be used for (RFC 5280, section 4.2.1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum KeyUsage {
    /// digitalSignature: what a TLS key needs.
    DigitalSignature,
    /// nonRepudiation, now called contentCommitment.
    NonRepudiation,
    /// keyEncipherment: what a TLS 1.2 server with an RSA key exchange needs.
    KeyEncipherment,
    /// dataEncipherment.
    DataEncipherment,
    /// keyAgreement.
    KeyAgreement,
    /// keyCertSign: what an authority needs.
    KeyCertSign,
    /// cRLSign.
    CrlSign,
    /// encipherOnly.
    EncipherOnly,
    /// decipherOnly.
    DecipherOnly,
}

impl KeyUsage {
    /// All of them, in the order of their bits.
    pub const ALL: [Self; 9] = [
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

    /// The named bit, the first one being the highest.
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

    /// The usages in the bits as `x509-parser` holds them: the first named bit is the lowest one.
    pub(crate) fn from_flags(flags: u16) -> Vec<Self> {
        Self::ALL.into_iter().filter(|usage| flags & usage.bit().reverse_bits() != 0).collect()
    }
}

/// What a certificate may be used for (RFC 5280, section 4.2.1.12).
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
    /// Another one, by its object identifier in the dotted form.
    Other(String),
}

/// Whether a reader that does not know an extension must refuse the certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Criticality {
    Critical,
    NonCritical,
}

/// id-ce, the arc of all extensions written here.
const fn id_ce(last: u64) -> [u64; 4] {
    [2, 5, 29, last]
}

pub(crate) fn subject_key_identifier(identifier: &[u8]) -> CustomExtension {
    extension(14, Criticality::NonCritical, asn1::tlv(asn1::OCTET_STRING, identifier))
}

pub(crate) fn key_usage(usages: &[KeyUsage], criticality: Criticality) -> CustomExtension {
    let bits = usages.iter().fold(0, |bits, usage| bits | usage.bit());
    extension(15, criticality, asn1::named_bits(bits))
}

pub(crate) fn subject_alt_name(names: &[SubjectAltName]) -> CustomExtension {
    let names: Vec<Vec<u8>> = names.iter().map(general_name).collect();
    extension(17, Criticality::NonCritical, asn1::sequence(&names))
}

/// basicConstraints of an authority.
pub(crate) fn authority(path_length: Option<u32>) -> CustomExtension {
    let is_authority = asn1::tlv(asn1::BOOLEAN, &[0xff]);
    let constraints = std::iter::once(is_authority).chain(path_length.map(asn1::unsigned)).collect::<Vec<_>>();
    extension(19, Criticality::Critical, asn1::sequence(&constraints))
}

/// The keyIdentifier alone, `[0] IMPLICIT`.
pub(crate) fn authority_key_identifier(identifier: &[u8]) -> CustomExtension {
    extension(35, Criticality::NonCritical, asn1::sequence(&[asn1::tlv(asn1::context(0), identifier)]))
}

pub(crate) fn extended_key_usage(usages: &[ExtendedKeyUsage]) -> Result<CustomExtension, Error> {
    let usages = usages.iter().map(purpose).collect::<Result<Vec<_>, _>>()?;
    Ok(extension(37, Criticality::NonCritical, asn1::sequence(&usages)))
}

/// In the order of their object identifiers, as keytool writes them.
pub(crate) fn in_keytool_order(mut extensions: Vec<CustomExtension>) -> Vec<CustomExtension> {
    extensions.sort_by(|one, other| one.oid_components().cmp(other.oid_components()));
    extensions
}

fn extension(last: u64, criticality: Criticality, value: Vec<u8>) -> CustomExtension {
    let mut extension = CustomExtension::from_oid_content(&id_ce(last), value);
    extension.set_criticality(criticality == Criticality::Critical);
    extension
}

fn general_name(name: &SubjectAltName) -> Vec<u8> {
    match name {
        SubjectAltName::Email(text) => asn1::tlv(asn1::context(1), text.as_bytes()),
        SubjectAltName::DnsName(text) => asn1::tlv(asn1::context(2), text.as_bytes()),
        SubjectAltName::Uri(text) => asn1::tlv(asn1::context(6), text.as_bytes()),
        SubjectAltName::IpAddress(IpAddr::V4(address)) => asn1::tlv(asn1::context(7), &address.octets()),
        SubjectAltName::IpAddress(IpAddr::V6(address)) => asn1::tlv(asn1::context(7), &address.octets()),
        SubjectAltName::Other { tag, content } => asn1::tlv(asn1::context(u8::try_from(*tag).unwrap_or(0)), content),
    }
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
    let oid = ObjectIdentifier::new(dotted).map_err(|_| ErrorKind::InvalidUsage { oid: dotted.to_owned() })?;
    Ok(asn1::tlv(asn1::OBJECT_IDENTIFIER, oid.as_bytes()))
}
