//! The parameters of a node's certificate.

use std::net::IpAddr;

use rand_core::CryptoRng;
use rustls_pki_types::CertificateDer;

use crate::alt_name::{self, AltName};
use crate::authority::Authority;
use crate::chain::verify_chain;
use crate::error::{Error, ErrorKind};
use crate::extension::{self, Criticality, ExtendedKeyUsage, Extension, KeyUsage};
use crate::issue::Content;
use crate::name::DistinguishedName;
use crate::oid;
use crate::public_key::PublicKey;
use crate::request::{self, CertificateRequest, Honored};
use crate::serial::{SerialNumber, SerialPolicy};
use crate::signer::Signer;
use crate::signing_algorithm::SigningAlgorithm;
use crate::time::Time;
use crate::validity::Validity;

/// The parameters of a node's certificate.
///
/// With [`for_ip`](Self::for_ip) and [`valid_from`](Self::valid_from) alone, [`self_signed`](Self::self_signed) makes
/// the same certificate as `keytool -genkeypair -keyalg RSA -sigalg SHA256withRSA -validity 3650 -dname "CN=<ip>,
/// OU=None, O=None, L=None, C=None" -ext san=ip:<ip>`, byte for byte, given the same key, start and serial number.
#[derive(Clone, Debug)]
pub struct NodeParams {
    subject: DistinguishedName,
    alt_names: Vec<AltName>,
    /// Extensions honored from a request.
    ///
    /// Extensions set on these parameters take precedence.
    taken_over: Vec<Extension>,
    validity: Option<Validity>,
    key_usages: Vec<KeyUsage>,
    extended_key_usages: Vec<ExtendedKeyUsage>,
    serial: Option<SerialNumber>,
    algorithm: Option<SigningAlgorithm>,
}

impl NodeParams {
    /// Parameters for a node at `ip`.
    ///
    /// The subject is `CN=<ip>, OU=None, O=None, L=None, C=None`, and `ip` is an iPAddress among the alternative names,
    /// as endpoint verification requires.
    pub fn for_ip(ip: IpAddr) -> Self {
        Self::for_subject(DistinguishedName::for_ip(ip)).ip_address(ip)
    }

    /// Parameters for any subject, without alternative names.
    pub fn for_subject(subject: DistinguishedName) -> Self {
        Self {
            subject,
            alt_names: Vec::new(),
            taken_over: Vec::new(),
            validity: None,
            key_usages: Vec::new(),
            extended_key_usages: Vec::new(),
            serial: None,
            algorithm: None,
        }
    }

    /// Parameters for the certificate that a request asks for.
    ///
    /// The request is [verified](CertificateRequest::verify) first. Its subject and the values of the extensions that
    /// `honored` selects are kept byte for byte. Extensions that are set on the result replace the honored ones, as in
    /// `keytool -gencert`, and the key identifiers are computed. Sign the result with [`issued_by`](Self::issued_by) for
    /// the request's public key.
    ///
    /// # Errors
    /// As for [`CertificateRequest::verify`]; [`ErrorKind::AsksForAuthority`] if the request would get the rights of an
    /// authority.
    pub fn for_request(request: &CertificateRequest, honored: &Honored) -> Result<Self, Error> {
        request.verify()?;
        let taken_over = request.honored(honored)?;
        Ok(Self { taken_over, ..Self::for_subject(request.subject().clone()) })
    }

    /// Sets another subject and keeps the alternative names.
    #[must_use]
    pub fn subject(mut self, subject: DistinguishedName) -> Self {
        self.subject = subject;
        self
    }

    /// Sets the validity to [`Validity::DEFAULT_DAYS`] from `now`.
    #[must_use]
    pub fn valid_from(self, now: Time) -> Self {
        let end = now.plus_seconds(i64::from(Validity::DEFAULT_DAYS) * crate::validity::DAY);
        self.validity(Validity::as_read(now, end))
    }

    /// Sets the validity.
    #[must_use]
    pub fn validity(mut self, validity: Validity) -> Self {
        self.validity = Some(validity);
        self
    }

    /// Adds an iPAddress.
    #[must_use]
    pub fn ip_address(self, ip: IpAddr) -> Self {
        self.alt_name(AltName::Ip(ip))
    }

    /// Adds a dNSName.
    ///
    /// Signing refuses anything but a host name in ASCII. The first of at least three labels may be `*`.
    #[must_use]
    pub fn dns_name(self, name: impl Into<String>) -> Self {
        self.alt_name(AltName::Dns(name.into()))
    }

    /// Adds a uniformResourceIdentifier, such as a SPIFFE ID.
    ///
    /// Cassandra's `MutualTlsInternodeAuthenticator` can read a SPIFFE ID. Signing refuses anything but an absolute URI
    /// in ASCII; a URI that begins with `spiffe:` must be a SPIFFE ID.
    #[must_use]
    pub fn uri(self, uri: impl Into<String>) -> Self {
        self.alt_name(AltName::Uri(uri.into()))
    }

    /// Adds an rfc822Name. Signing refuses anything but a mailbox in ASCII.
    #[must_use]
    pub fn email(self, address: impl Into<String>) -> Self {
        self.alt_name(AltName::Email(address.into()))
    }

    fn alt_name(mut self, name: AltName) -> Self {
        self.alt_names.push(name);
        self
    }

    /// Removes every iPAddress that was added before.
    ///
    /// Endpoint verification by address fails without an iPAddress.
    #[must_use]
    pub fn without_ip_san(mut self) -> Self {
        self.alt_names.retain(|name| !matches!(name, AltName::Ip(_)));
        self
    }

    /// Sets the permitted uses of the key.
    ///
    /// The default is none, which adds no keyUsage extension. The extension is not critical in a request or a self-signed
    /// certificate, as keytool writes it, and critical in an issued certificate, as RFC 5280, section 4.2.1.3, recommends.
    #[must_use]
    pub fn key_usages(mut self, usages: impl IntoIterator<Item = KeyUsage>) -> Self {
        self.key_usages = usages.into_iter().collect();
        self
    }

    /// Sets the permitted purposes of the key.
    ///
    /// Every node is both client and server, so if you set any purpose, set both
    /// [`ServerAuth`](ExtendedKeyUsage::ServerAuth) and [`ClientAuth`](ExtendedKeyUsage::ClientAuth).
    #[must_use]
    pub fn extended_key_usages(mut self, usages: impl IntoIterator<Item = ExtendedKeyUsage>) -> Self {
        self.extended_key_usages = usages.into_iter().collect();
        self
    }

    /// Sets the serial number, which is random by default.
    #[must_use]
    pub fn serial(mut self, serial: SerialNumber) -> Self {
        self.serial = Some(serial);
        self
    }

    /// Sets the signature algorithm, in place of the default for the signer's key.
    #[must_use]
    pub fn signing_algorithm(mut self, algorithm: SigningAlgorithm) -> Self {
        self.algorithm = Some(algorithm);
        self
    }

    /// Makes a certificate signing request for an external authority.
    ///
    /// A request for an RSA key is the same, byte for byte, as the request of `keytool -certreq` with the same names,
    /// usages and signature algorithm. Dates and serial number are not part of a request.
    ///
    /// # Errors
    /// As for [`self_signed`](Self::self_signed), except the errors about dates. An empty subject is an error only if
    /// there are no alternative names ([`ErrorKind::NoName`]).
    pub fn request(&self, key: &impl Signer, rng: &mut (impl CryptoRng + ?Sized)) -> Result<CertificateRequest, Error> {
        let extensions = self.extensions(key.public_key(), Criticality::NonCritical)?;
        request::request(&self.subject, &extensions, key, self.algorithm, rng)
    }

    /// Makes a certificate signed with the node's own key.
    ///
    /// By default, the serial number has 64 random bits, like keytool's.
    ///
    /// # Errors
    /// [`ErrorKind::NoValidity`], [`ErrorKind::DateOutOfRange`], [`ErrorKind::EndsBeforeItStarts`];
    /// [`ErrorKind::EmptyIssuer`] for an empty subject; [`ErrorKind::InvalidDnsName`], [`ErrorKind::InvalidUri`],
    /// [`ErrorKind::InvalidEmail`], [`ErrorKind::InvalidUsage`]; [`ErrorKind::UnsuitableAlgorithm`],
    /// [`ErrorKind::UnsupportedKey`], [`ErrorKind::WrongSignature`], or the signer's own error.
    pub fn self_signed(
        &self,
        key: &impl Signer,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<CertificateDer<'static>, Error> {
        if self.subject.is_empty() {
            return Err(Error::new(ErrorKind::EmptyIssuer));
        }
        let serial = SerialPolicy::Random64.draw(rng);
        self.content(&self.subject, key.public_key().clone(), serial, Criticality::NonCritical)?.sign(key, rng)
    }

    /// Makes a certificate for the node's key, signed by `authority`.
    ///
    /// By default, the authority's [`SerialPolicy`] draws the serial number. The certificate is checked together with the
    /// authority's chain before it is returned. [`Authority::chain_of`] assembles the chain for a keystore.
    ///
    /// # Errors
    /// As for [`self_signed`](Self::self_signed), but the subject may be empty if there are alternative names, which
    /// are then critical ([`ErrorKind::NoName`] if there are none); [`ErrorKind::SameSubject`] if the node has the
    /// authority's name; [`ErrorKind::BrokenChain`] with [`ChainDefect::Dates`](crate::ChainDefect::Dates) if the
    /// certificate would outlive an authority, or begin more than a day before it.
    pub fn issued_by(
        &self,
        authority: &Authority,
        key: &PublicKey,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<CertificateDer<'static>, Error> {
        let serial = authority.serial_policy().draw(rng);
        let content = self.content(authority.info().subject(), key.clone(), serial, Criticality::Critical)?;
        authority.issue(content, verify_chain, rng)
    }

    fn content<'a>(
        &'a self,
        issuer: &'a DistinguishedName,
        public_key: PublicKey,
        random_serial: SerialNumber,
        key_usage: Criticality,
    ) -> Result<Content<'a>, Error> {
        Ok(Content {
            serial: self.serial.clone().unwrap_or(random_serial),
            algorithm: self.algorithm,
            issuer,
            validity: self.checked_validity()?,
            subject: &self.subject,
            extensions: self.extensions(&public_key, key_usage)?,
            public_key,
        })
    }

    fn checked_validity(&self) -> Result<Validity, Error> {
        let stated = self.validity;
        let stated = stated.ok_or_else(|| Error::new(ErrorKind::NoValidity { subject: self.subject.to_string() }))?;
        Validity::new(stated.not_before(), stated.not_after())
    }

    fn extensions(&self, public_key: &PublicKey, key_usage: Criticality) -> Result<Vec<Extension>, Error> {
        let mut extensions = vec![extension::subject_key_identifier(&public_key.key_identifier())];
        if !self.key_usages.is_empty() {
            extensions.push(extension::key_usage(&self.key_usages, key_usage));
        }
        if !self.alt_names.is_empty() {
            self.alt_names.iter().try_for_each(alt_name::check)?;
            extensions.push(extension::subject_alt_name(&self.alt_names, Criticality::NonCritical));
        }
        if !self.extended_key_usages.is_empty() {
            extensions.push(extension::extended_key_usage(&self.extended_key_usages)?);
        }
        for taken in &self.taken_over {
            if !extensions.iter().any(|stated| stated.oid() == taken.oid()) {
                extensions.push(taken.clone());
            }
        }
        if self.subject.is_empty() {
            name_by_alternatives(&mut extensions)?;
        }
        Ok(extensions)
    }
}

/// Makes the alternative names critical for an empty subject (RFC 5280, section 4.2.1.6).
fn name_by_alternatives(extensions: &mut [Extension]) -> Result<(), Error> {
    let names = extensions.iter_mut().find(|extension| *extension.oid() == oid::SUBJECT_ALT_NAME);
    let names = names.ok_or_else(|| Error::new(ErrorKind::NoName))?;
    *names = names.clone().with(Criticality::Critical);
    Ok(())
}
