//! A private certificate authority.

use rand_core::CryptoRng;
use rustls_pki_types::CertificateDer;

use crate::chain::{broken, verify_authority, verify_chain};
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

/// A certificate authority: its key, its certificate and the certificates of those above it.
///
/// With one authority in every truststore, replacing a node's certificate touches that node alone. The price: a
/// certificate from an authority stops working on the day that it expires, where a self-signed one in a truststore goes
/// on being accepted.
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
    /// The certificates above its own one.
    above: Vec<CertificateDer<'static>>,
    serials: SerialPolicy,
}

/// The parameters of an authority's certificate: describe it, then have it signed, by its own key or by another authority.
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
    /// For `subject`, a name that no other generation of the authority has had.
    pub fn new(subject: DistinguishedName, validity: Validity) -> Self {
        Self { subject, validity, path_length: None, names: NameLimits::default(), serial: None, algorithm: None }
    }

    /// How many other authorities may lie between this one and a node: 0 for one that issues to nodes alone. Without
    /// this call there is no limit.
    #[must_use]
    pub fn path_length(mut self, path_length: u32) -> Self {
        self.path_length = Some(path_length);
        self
    }

    /// One more set of names that the authority may issue for. Without any of a kind, all names of that kind are allowed.
    ///
    /// Java applies the limits of an intermediate, and not those of a certificate in the truststore; OpenSSL applies both.
    /// [`lint_chain`](crate::lint_chain) says which names are not allowed.
    #[must_use]
    pub fn permit(mut self, names: NameSubtree) -> Self {
        self.names.permitted.push(names);
        self
    }

    /// One more set of names that the authority may not issue for, even if they are permitted.
    #[must_use]
    pub fn exclude(mut self, names: NameSubtree) -> Self {
        self.names.excluded.push(names);
        self
    }

    /// This serial number for the authority's own certificate instead of 128 random bits. For the certificates that
    /// it issues, see [`Authority::with_serial_policy`].
    #[must_use]
    pub fn serial(mut self, serial: SerialNumber) -> Self {
        self.serial = Some(serial);
        self
    }

    /// Another signature algorithm than the key's own one.
    #[must_use]
    pub fn signing_algorithm(mut self, algorithm: SigningAlgorithm) -> Self {
        self.algorithm = Some(algorithm);
        self
    }

    /// A root: signed with its own key.
    ///
    /// # Errors
    /// [`ErrorKind::EmptyIssuer`]; [`ErrorKind::InvalidNameSubtree`]; [`ErrorKind::SignerFailed`], or any other error of the
    /// signer.
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

    /// An intermediate: signed by `issuer`.
    ///
    /// # Errors
    /// [`ErrorKind::SameSubject`] where the name is the issuer's; [`ErrorKind::BrokenChain`] where `issuer` may not issue
    /// it, by path length or by dates.
    pub fn issued_by(
        &self,
        issuer: &Authority,
        key: impl Signer + 'static,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Authority, Error> {
        let certificate = self.certify(issuer, key.public_key(), rng)?;
        Authority::from_parts(key, issuer.chain_of(certificate))
    }

    /// The certificate of an intermediate whose private key is elsewhere: of its request, or in a device. Verify the request
    /// before its key is used ([`CertificateRequest::verify`](crate::CertificateRequest::verify)).
    ///
    /// # Errors
    /// As [`issued_by`](Self::issued_by).
    pub fn certify(
        &self,
        issuer: &Authority,
        key: &PublicKey,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<CertificateDer<'static>, Error> {
        self.check_subject()?;
        issuer.issue(self.content(key, issuer.info.subject(), issuer.serials, rng)?, rng)
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
    /// An authority that exists already: its key, its certificate and, after that, those above it in order, as far as
    /// they are known. From PEM see [`pem`](crate::pem), from a keystore take the entry's key and chain.
    ///
    /// # Errors
    /// [`ErrorKind::BrokenChain`] where a certificate was not issued by the next one, or the first one is not that of an
    /// authority ([`ChainDefect::NotAnAuthority`]) or of another key ([`ChainDefect::OtherKey`]);
    /// [`ErrorKind::MalformedCertificate`].
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

    /// The same authority, which draws the serial numbers of what it issues by another policy.
    #[must_use]
    pub fn with_serial_policy(mut self, serials: SerialPolicy) -> Self {
        self.serials = serials;
        self
    }

    /// The next generation of a root: a new key under a new name, in the truststores beside the old one until no
    /// certificate of the old one is left.
    ///
    /// The name must be new, because Java puts the chains of a PKCS#12 file together by name: with two generations under
    /// one name it gives a key the wrong one.
    ///
    /// # Errors
    /// [`ErrorKind::SameSubject`] where the name is that of this authority or of one above it; else as
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
        params.self_signed(key, rng)
    }

    /// Its certificate: what goes into truststores.
    pub fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    /// What its certificate says.
    pub fn info(&self) -> &CertificateInfo {
        &self.info
    }

    /// Its certificate and, after that, those above it.
    pub fn chain(&self) -> Vec<CertificateDer<'static>> {
        std::iter::once(&self.certificate).chain(&self.above).cloned().collect()
    }

    /// `certificate`, which it issued, and its own chain: what goes into a keystore beside the key.
    pub fn chain_of(&self, certificate: CertificateDer<'static>) -> Vec<CertificateDer<'static>> {
        std::iter::once(certificate).chain(self.chain()).collect()
    }

    /// Signs a certificate that names it as its issuer, and checks the chain before it returns the certificate.
    pub(crate) fn issue(
        &self,
        mut content: Content<'_>,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<CertificateDer<'static>, Error> {
        if content.subject == self.info.subject() {
            return Err(Error::new(ErrorKind::SameSubject { subject: content.subject.to_string() }));
        }
        content.extensions.retain(|taken_over| *taken_over.oid() != oid::AUTHORITY_KEY_IDENTIFIER);
        content.extensions.push(extension::authority_key_identifier(&self.key_identifier()));
        let certificate = content.sign(self.key.as_ref(), rng)?;
        verify_chain(&self.chain_of(certificate.clone()))?;
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
