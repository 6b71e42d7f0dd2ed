//! A private certificate authority.

use rand_core::CryptoRng;
use rustls_pki_types::CertificateDer;

use crate::chain::{broken, verify_authority};
use crate::error::{ChainDefect, Error, ErrorKind};
use crate::extension::{self, Criticality, KeyUsage};
use crate::info::CertificateInfo;
use crate::issue::Content;
use crate::name::DistinguishedName;
use crate::name_subtree::{NameLimits, NameSubtree};
use crate::oid;
use crate::public_key::PublicKey;
use crate::serial::{SerialNumber, SerialPolicy};
use crate::signer::Signer;
use crate::signing_algorithm::SigningAlgorithm;
use crate::validity::Validity;

/// A certificate authority: its key, its certificate and the certificates above it.
///
/// If every truststore contains the authority's certificate, replacing a node's certificate affects only that node. But
/// Java refuses an expired node certificate, unless the certificate itself is in the truststore, as a self-signed
/// certificate is.
///
/// ```
/// use certgen::{AuthorityParams, KeyKind, NodeParams, KeyPair, Time, Validity};
///
/// let (mut rng, now) = (rand::rng(), Time::from(std::time::SystemTime::now()));
/// let ca_key = KeyPair::generate(KeyKind::Rsa2048, &mut rng)?;
/// let validity = Validity::days(now, Validity::DEFAULT_DAYS)?;
/// let authority = AuthorityParams::new("CN=Cassandra CA 2026".parse()?, validity).self_signed(ca_key, &mut rng)?;
///
/// let key = KeyPair::generate(KeyKind::Rsa2048, &mut rng)?;
/// let leaf = NodeParams::for_ip("10.0.0.11".parse()?)
///     .validity(Validity::days(now, 365)?)
///     .issued_by(&authority, key.public_key(), &mut rng)?;
/// assert_eq!(authority.chain_of(leaf).len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Authority {
    key: Box<dyn Signer>,
    info: CertificateInfo,
    certificate: CertificateDer<'static>,
    /// The known certificates above `certificate`, its issuer first.
    above: Vec<CertificateDer<'static>>,
    serials: SerialPolicy,
}

/// The parameters of an authority's certificate.
///
/// The certificate is signed with the authority's own key or by another authority.
#[derive(Clone, Debug)]
pub struct AuthorityParams {
    subject: DistinguishedName,
    validity: Validity,
    path_length: Option<u32>,
    names: NameLimits,
    serial: Option<SerialNumber>,
    algorithm: Option<SigningAlgorithm>,
}

impl AuthorityParams {
    /// Parameters with this subject and validity.
    ///
    /// Choose a subject that no earlier generation of the authority has had ([`Authority::successor`] says why).
    pub fn new(subject: DistinguishedName, validity: Validity) -> Self {
        Self { subject, validity, path_length: None, names: NameLimits::default(), serial: None, algorithm: None }
    }

    /// Sets the maximum number of authorities between this one and a node.
    ///
    /// With 0, the authority can issue only to nodes. By default, the certificate sets no limit.
    #[must_use]
    pub fn path_length(mut self, path_length: u32) -> Self {
        self.path_length = Some(path_length);
        self
    }

    /// Adds a set of names that the authority may issue for.
    ///
    /// If no set of a kind is added, all names of that kind are permitted.
    ///
    /// OpenSSL applies the name constraints of every authority in the chain. Java ignores those of a certificate in the
    /// truststore, and Java's trust manager `SunX509` refuses any other authority that has name constraints, because they
    /// are critical. This crate issues certificates without applying them, and [`lint_chain`](crate::lint_chain) reports
    /// names that are not allowed.
    #[must_use]
    pub fn permit(mut self, names: NameSubtree) -> Self {
        self.names.permitted.push(names);
        self
    }

    /// Adds a set of names that the authority may not issue for, even if they are permitted.
    #[must_use]
    pub fn exclude(mut self, names: NameSubtree) -> Self {
        self.names.excluded.push(names);
        self
    }

    /// Sets the serial number of the authority's own certificate.
    ///
    /// By default, the number is random. Its length is 128 bits for a root; for an intermediate, the issuer's policy sets
    /// the length. For the certificates that the authority issues, see [`Authority::with_serial_policy`].
    #[must_use]
    pub fn serial(mut self, serial: SerialNumber) -> Self {
        self.serial = Some(serial);
        self
    }

    /// Sets the signature algorithm, in place of the default for the key that signs.
    #[must_use]
    pub fn signing_algorithm(mut self, algorithm: SigningAlgorithm) -> Self {
        self.algorithm = Some(algorithm);
        self
    }

    /// Makes a root, signed with its own key.
    ///
    /// # Errors
    /// [`ErrorKind::EmptyIssuer`]; [`ErrorKind::InvalidNameSubtree`]; [`ErrorKind::DateOutOfRange`];
    /// [`ErrorKind::UnsuitableAlgorithm`], [`ErrorKind::UnsupportedKey`], [`ErrorKind::WrongSignature`], or the signer's
    /// own error.
    pub fn self_signed(
        &self,
        key: impl Signer + 'static,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Authority, Error> {
        self.check_subject()?;
        let content = self.content(key.public_key(), &self.subject, SerialPolicy::default(), rng)?;
        let certificate = content.sign(&key, rng)?;
        Authority::from_parts(key, vec![certificate])
    }

    /// Makes an intermediate, signed by `issuer`.
    ///
    /// # Errors
    /// [`ErrorKind::SameSubject`] if `issuer` has the same name; [`ErrorKind::BrokenChain`] if a path length or the
    /// dates do not allow the intermediate; otherwise as for [`self_signed`](Self::self_signed).
    pub fn issued_by(
        &self,
        issuer: &Authority,
        key: impl Signer + 'static,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Authority, Error> {
        let certificate = self.certify(issuer, key.public_key(), rng)?;
        Authority::from_parts(key, issuer.chain_of(certificate))
    }

    /// Makes the certificate of an intermediate whose private key is elsewhere.
    ///
    /// The key may be in a device, or with the sender of a request. Verify a request before you use its key
    /// ([`CertificateRequest::verify`](crate::CertificateRequest::verify)).
    ///
    /// # Errors
    /// As for [`issued_by`](Self::issued_by).
    pub fn certify(
        &self,
        issuer: &Authority,
        key: &PublicKey,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<CertificateDer<'static>, Error> {
        self.check_subject()?;
        issuer.issue(self.content(key, issuer.info.subject(), issuer.serials, rng)?, verify_authority, rng)
    }

    fn check_subject(&self) -> Result<(), Error> {
        if self.subject.is_empty() { Err(Error::new(ErrorKind::EmptyIssuer)) } else { Ok(()) }
    }

    fn content<'a>(
        &'a self,
        key: &PublicKey,
        issuer: &'a DistinguishedName,
        serials: SerialPolicy,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Content<'a>, Error> {
        let public_key = key.clone();
        let mut extensions = vec![
            extension::subject_key_identifier(&public_key.key_identifier()),
            extension::key_usage(&[KeyUsage::KeyCertSign, KeyUsage::CrlSign], Criticality::Critical),
            extension::authority(self.path_length),
        ];
        extensions.extend(extension::name_constraints(&self.names)?);
        Ok(Content {
            serial: self.serial.clone().unwrap_or_else(|| serials.draw(rng)),
            algorithm: self.algorithm,
            issuer,
            validity: self.validity,
            subject: &self.subject,
            extensions,
            public_key,
        })
    }
}

impl Authority {
    /// Makes an authority from an existing key and chain.
    ///
    /// The chain begins with the authority's certificate, followed by the known certificates above it, in order. The
    /// module [`pem`](crate::pem) reads keys and chains from PEM.
    ///
    /// # Errors
    /// [`ErrorKind::BrokenChain`] as for [`verify_chain`](crate::verify_chain), or if the first certificate may not issue
    /// certificates ([`ChainDefect::NotAnAuthority`]) or is not for `key` ([`ChainDefect::OtherKey`]);
    /// [`ErrorKind::EmptyChain`]; [`ErrorKind::MalformedCertificate`].
    pub fn from_parts(key: impl Signer + 'static, chain: Vec<CertificateDer<'static>>) -> Result<Self, Error> {
        verify_authority(&chain)?;
        let mut chain = chain.into_iter();
        let certificate = chain.next().ok_or_else(|| Error::new(ErrorKind::EmptyChain))?;
        let info = CertificateInfo::read(&certificate)?;
        if info.public_key() != key.public_key() {
            return Err(broken(ChainDefect::OtherKey, 0));
        }
        Ok(Self { key: Box::new(key), info, certificate, above: chain.collect(), serials: SerialPolicy::default() })
    }

    /// Sets the policy for the serial numbers of the certificates that the authority issues.
    #[must_use]
    pub fn with_serial_policy(mut self, serials: SerialPolicy) -> Self {
        self.serials = serials;
        self
    }

    /// Makes the next generation of the authority, a root with this key and a new name.
    ///
    /// The name must be new: Java links the chains of a PKCS#12 file by name, and may link a key to the wrong
    /// generation if two generations have the same name. Keep the old root in the truststores until no certificate
    /// below the old root is in use.
    ///
    /// # Errors
    /// [`ErrorKind::SameSubject`] if this authority or an authority above it has the name; otherwise as for
    /// [`AuthorityParams::self_signed`].
    pub fn successor(
        &self,
        params: &AuthorityParams,
        key: impl Signer + 'static,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Self, Error> {
        for older in self.chain() {
            if CertificateInfo::read(&older)?.subject() == &params.subject {
                return Err(Error::new(ErrorKind::SameSubject { subject: params.subject.to_string() }));
            }
        }
        Ok(params.self_signed(key, rng)?.with_serial_policy(self.serials))
    }

    /// The authority's certificate.
    pub fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    /// The content of the authority's certificate.
    pub fn info(&self) -> &CertificateInfo {
        &self.info
    }

    /// The authority's certificate, and then the certificates above it.
    pub fn chain(&self) -> Vec<CertificateDer<'static>> {
        std::iter::once(&self.certificate).chain(&self.above).cloned().collect()
    }

    /// Returns the chain for a keystore: `certificate` and the authority's own chain.
    ///
    /// Whether this authority issued `certificate` is not checked.
    pub fn chain_of(&self, certificate: CertificateDer<'static>) -> Vec<CertificateDer<'static>> {
        std::iter::once(certificate).chain(self.chain()).collect()
    }

    pub(crate) fn issue(
        &self,
        mut content: Content<'_>,
        verify: fn(&[CertificateDer<'_>]) -> Result<(), Error>,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<CertificateDer<'static>, Error> {
        if content.subject == self.info.subject() {
            return Err(Error::new(ErrorKind::SameSubject { subject: content.subject.to_string() }));
        }
        content.extensions.retain(|taken_over| *taken_over.oid() != oid::AUTHORITY_KEY_IDENTIFIER);
        content.extensions.push(extension::authority_key_identifier(&self.key_identifier()));
        let certificate = content.sign(self.key.as_ref(), rng)?;
        verify(&self.chain_of(certificate.clone()))?;
        Ok(certificate)
    }

    pub(crate) fn serial_policy(&self) -> SerialPolicy {
        self.serials
    }

    fn key_identifier(&self) -> Vec<u8> {
        let own = self.info.subject_key_identifier();
        own.map_or_else(|| self.info.public_key().key_identifier().to_vec(), <[u8]>::to_vec)
    }
}
