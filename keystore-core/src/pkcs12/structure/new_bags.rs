//! Turns entries into bags, as Java writes them.

use super::attributes::Attributes;
use super::bag;
use super::sealed;
use crate::alias::fold;
use crate::asn1::{Writer, oid};
use crate::error::{EncodeDefect, Error, Format};
use crate::pkcs12::java::distinguished_name::rfc2253;
use crate::pkcs12::java::entry_index::{dated_key_id, undated_key_id};
use crate::pkcs12::java::readers::JavaVersions;
use crate::pkcs12::java::x509::Names;
use crate::{Content, Entry};
use rustls_pki_types::CertificateDer;

#[derive(Default)]
pub(in crate::pkcs12) struct NewBags {
    pub(in crate::pkcs12) keys: Writer,
    pub(in crate::pkcs12) certificates: Writer,
}

impl NewBags {
    pub(in crate::pkcs12) fn of(entry: &Entry<'_>) -> Result<Self, Error> {
        let mut bags = Self::default();
        bags.add(entry)?;
        Ok(bags)
    }

    pub(in crate::pkcs12) fn add(&mut self, entry: &Entry<'_>) -> Result<(), Error> {
        refuse_unreadable(entry).map_err(|error| error.in_entry(entry.alias()))?;
        let added = match entry.content() {
            Content::PrivateKey { key, chain } => self.add_private_key(entry, key.as_der(), chain),
            Content::TrustedCertificate(certificate) => {
                self.add_certificate(certificate, &trusted(entry.alias()));
                Ok(())
            }
            Content::SecretKey(key) if key.format() == Format::Pkcs12 => self.add_secret_key(entry, key.as_bytes()),
            Content::SecretKey(_) => Err(refused(EncodeDefect::Sealing)),
            Content::Opaque { .. } => Err(refused(EncodeDefect::Opaque)),
            Content::PlainPrivateKey { .. } => Err(refused(EncodeDefect::PlainPrivateKey)),
            Content::Certificate(_) => Err(refused(EncodeDefect::NotVisible)),
        };
        added.map_err(|error| error.in_entry(entry.alias()))
    }

    fn add_private_key(&mut self, entry: &Entry<'_>, key: &[u8], chain: &[CertificateDer<'_>]) -> Result<(), Error> {
        let [own, issuers @ ..] = chain else { return Err(refused(EncodeDefect::EmptyChain)) };
        refuse_foreign_sealing(key)?;
        refuse_unlinked(chain)?;
        let attributes = of_key(entry, own);
        let value = |writer: &mut Writer| {
            writer.raw(key);
        };
        bag::write(&mut self.keys, oid::SHROUDED_KEY_BAG, value, &attributes);
        self.add_certificate(own, &attributes);
        for issuer in issuers {
            let name = Names::read(issuer).and_then(|names| rfc2253(names.subject));
            self.add_certificate(issuer, &Attributes { friendly_name: name, ..Attributes::default() });
        }
        Ok(())
    }

    fn add_secret_key(&mut self, entry: &Entry<'_>, key: &[u8]) -> Result<(), Error> {
        refuse_foreign_sealing(key)?;
        let value = |writer: &mut Writer| bag::write_typed_bytes(writer, oid::SHROUDED_KEY_BAG, key);
        bag::write(&mut self.keys, oid::SECRET_BAG, value, &of_key(entry, key));
        Ok(())
    }

    fn add_certificate(&mut self, certificate: &[u8], attributes: &Attributes) {
        let value = |writer: &mut Writer| bag::write_typed_bytes(writer, oid::X509_CERTIFICATE, certificate);
        bag::write(&mut self.certificates, oid::CERT_BAG, value, attributes);
    }
}

/// The name and the identifier of a key: the alias in lower case and the date, as in Java.
///
/// Without a date, the identifier is the SHA-1 of `identified_by`. OpenSSL uses the SHA-1 of the certificate.
fn of_key(entry: &Entry<'_>, identified_by: &[u8]) -> Attributes {
    let id = entry.created().map_or_else(|| undated_key_id(identified_by), dated_key_id);
    let name = fold(entry.alias()).into_owned();
    Attributes { friendly_name: Some(name), local_key_id: Some(id), ..Attributes::default() }
}

/// Java keeps the spelling of a trusted certificate's alias.
fn trusted(alias: &str) -> Attributes {
    Attributes { friendly_name: Some(alias.to_owned()), trusted: true, ..Attributes::default() }
}

/// An unreadable certificate would make Java refuse the whole store.
fn refuse_unreadable(entry: &Entry<'_>) -> Result<(), Error> {
    entry.check_certificates().map_err(|defect| refused(EncodeDefect::UnreadableCertificate(defect)))
}

fn refuse_foreign_sealing(key: &[u8]) -> Result<(), Error> {
    match sealed::scheme(key) {
        Ok(scheme) if scheme.java_versions() != JavaVersions::None => Ok(()),
        _ => Err(refused(EncodeDefect::Sealing)),
    }
}

/// Refuses a chain that readers would not build again.
///
/// A PKCS#12 does not store chains. Readers add the issuer of the last certificate, which they find by its name and key
/// identifier, until a certificate is self-signed.
fn refuse_unlinked(chain: &[CertificateDer<'_>]) -> Result<(), Error> {
    let links = |pair: &[CertificateDer<'_>]| {
        let [certificate, next] = pair else { return false };
        let (Some(certificate), Some(next)) = (Names::read(certificate), Names::read(next)) else { return false };
        certificate.issuer == next.subject && certificate.may_be_issued_by(&next) && !certificate.is_self_signed()
    };
    if chain.windows(2).all(links) { Ok(()) } else { Err(refused(EncodeDefect::UnlinkedChain)) }
}

fn refused(defect: EncodeDefect) -> Error {
    Error::not_representable(Format::Pkcs12, defect)
}
