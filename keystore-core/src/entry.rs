//! An entry of a keystore.

use crate::alias::fold;
use crate::{CertificateDefect, EntryType, PrivateKey, SealedKey, SealedSecretKey, Timestamp, x509};
use rustls_pki_types::CertificateDer;
use std::borrow::Cow;
use std::sync::Arc;

/// One entry of a keystore, with its alias, its dates and its content.
///
/// An entry borrows from its file; [`into_owned`](Self::into_owned) copies the borrowed bytes. Two entries are equal if
/// their aliases, dates, comments, visibility and contents are equal; sealed keys are compared byte by byte.
#[derive(Debug, Clone)]
pub struct Entry<'a> {
    alias: Cow<'a, str>,
    created: Option<Timestamp>,
    modified: Option<Timestamp>,
    comment: Option<Cow<'a, str>>,
    visibility: Visibility,
    content: Content<'a>,
    certificates: Certificates,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Certificates {
    Readable,
    /// The certificates were not checked, or Java refuses at least one of them.
    Unchecked,
    /// Java skips the certificates when it loads the file.
    Skipped,
}

impl PartialEq for Entry<'_> {
    fn eq(&self, other: &Self) -> bool {
        let Self { alias, created, modified, comment, visibility, content, certificates: _ } = self;
        *alias == other.alias
            && *created == other.created
            && *modified == other.modified
            && *comment == other.comment
            && *visibility == other.visibility
            && *content == other.content
    }
}

impl Eq for Entry<'_> {}

impl<'a> Entry<'a> {
    /// An entry with a sealed private key and its chain, which begins with the key's certificate.
    pub fn new_private_key(
        alias: impl Into<Cow<'a, str>>,
        key: SealedKey<'a>,
        chain: Vec<CertificateDer<'a>>,
        created: Timestamp,
    ) -> Self {
        Self::read(alias, Some(created), Visibility::Reachable, Content::PrivateKey { key, chain })
    }

    /// An entry with a trusted certificate.
    pub fn new_trusted_certificate(
        alias: impl Into<Cow<'a, str>>,
        certificate: CertificateDer<'a>,
        created: Timestamp,
    ) -> Self {
        Self::read(alias, Some(created), Visibility::Reachable, Content::TrustedCertificate(certificate))
    }

    /// An entry with a sealed secret key.
    pub fn new_secret_key(alias: impl Into<Cow<'a, str>>, key: SealedSecretKey<'a>, created: Timestamp) -> Self {
        Self::read(alias, Some(created), Visibility::Reachable, Content::SecretKey(key))
    }

    pub(crate) fn read(
        alias: impl Into<Cow<'a, str>>,
        created: Option<Timestamp>,
        visibility: Visibility,
        content: Content<'a>,
    ) -> Self {
        let alias = alias.into();
        let certificates = Certificates::Unchecked;
        Self { alias, created, modified: None, comment: None, visibility, content, certificates }
    }

    /// The alias, in its original letter case.
    ///
    /// A PKCS#12 entry without a name has the number that Java assigns, or an empty alias if Java hides the entry.
    pub fn alias(&self) -> &str {
        &self.alias
    }

    /// The date of creation.
    ///
    /// An entry of a PKCS#12 may have no date. Java shows the time of loading for such an entry, and for each trusted certificate
    /// of a PKCS#12.
    pub const fn created(&self) -> Option<Timestamp> {
        self.created
    }

    /// The date of the last change, which only a BCFKS stores.
    ///
    /// Java shows this date as the date of creation.
    pub const fn modified(&self) -> Option<Timestamp> {
        self.modified
    }

    /// The comment, which only a BCFKS stores. Java does not show comments.
    pub fn comment(&self) -> Option<&str> {
        self.comment.as_deref()
    }

    /// Whether Java shows this entry.
    pub const fn visibility(&self) -> Visibility {
        self.visibility
    }

    /// The content of the entry.
    pub const fn content(&self) -> &Content<'a> {
        &self.content
    }

    /// The type of the content.
    pub const fn entry_type(&self) -> EntryType {
        match self.content {
            Content::PrivateKey { .. } => EntryType::PrivateKey,
            Content::PlainPrivateKey { .. } => EntryType::PlainPrivateKey,
            Content::TrustedCertificate(_) => EntryType::TrustedCertificate,
            Content::Certificate(_) => EntryType::Certificate,
            Content::SecretKey(_) => EntryType::SecretKey,
            Content::Opaque { .. } => EntryType::Opaque,
        }
    }

    /// The certificates of the entry: a chain, or a single certificate.
    ///
    /// Private keys and opaque data have chains. A chain begins with the key's own certificate. The list is empty for a secret
    /// key, for most opaque data and for a private key without a chain: the file has no certificate for the key, or the
    /// certificates are in encrypted parts of a PKCS#12 that was decoded without a password.
    ///
    /// [`KeyStore::trust_anchors`](crate::KeyStore::trust_anchors) returns the certificates that Java trusts.
    pub fn certificates(&self) -> &[CertificateDer<'a>] {
        match &self.content {
            Content::PrivateKey { chain, .. }
            | Content::PlainPrivateKey { chain, .. }
            | Content::Opaque { chain, .. } => chain,
            Content::TrustedCertificate(certificate) | Content::Certificate(certificate) => {
                std::slice::from_ref(certificate)
            }
            Content::SecretKey(_) => &[],
        }
    }

    /// The same entry with this date of its last change.
    #[must_use]
    pub fn with_modified(self, modified: Timestamp) -> Self {
        Self { modified: Some(modified), ..self }
    }

    /// The same entry with this comment, or without a comment.
    #[must_use]
    pub fn with_comment(self, comment: Option<impl Into<Cow<'a, str>>>) -> Self {
        Self { comment: comment.map(Into::into), ..self }
    }

    /// The same entry with another date of creation.
    #[must_use]
    pub fn dated(self, created: Timestamp) -> Self {
        Self { created: Some(created), ..self }
    }

    pub(crate) fn encoded_len_hint(&self) -> usize {
        let key = match &self.content {
            Content::PrivateKey { key, .. } => key.as_der().len(),
            Content::SecretKey(key) => key.as_bytes().len(),
            Content::Opaque { data, .. } => data.len(),
            Content::PlainPrivateKey { .. } | Content::TrustedCertificate(_) | Content::Certificate(_) => 0,
        };
        let certificates = self.certificates().iter().map(|der| der.len() + 16).sum::<usize>();
        self.alias.len() + key + certificates + 24
    }

    pub(crate) fn with_visibility(self, visibility: Visibility) -> Self {
        Self { visibility, ..self }
    }

    /// Checks the certificates now.
    ///
    /// If Java reads all certificates, encoding does not check them again.
    pub(crate) fn checked(self) -> Self {
        match self.check_certificates() {
            Ok(()) => Self { certificates: Certificates::Readable, ..self },
            Err(_) => self,
        }
    }

    pub(crate) fn check_certificates(&self) -> Result<(), CertificateDefect> {
        match self.certificates {
            Certificates::Readable => Ok(()),
            Certificates::Unchecked | Certificates::Skipped => {
                self.certificates().iter().try_for_each(|certificate| x509::check(crate::Java::V25, certificate))
            }
        }
    }

    /// The defects of the certificates that Java cannot read when it loads the file.
    pub(crate) fn unreadable(&self) -> impl Iterator<Item = CertificateDefect> {
        let read = self.certificates().iter().filter(|_| self.certificates == Certificates::Unchecked);
        read.filter_map(|certificate| x509::check_in_file(crate::Java::V25, certificate).err())
    }

    pub(crate) fn skipped(self) -> Self {
        Self { certificates: Certificates::Skipped, ..self }
    }

    pub(crate) const fn is_listed(&self) -> bool {
        matches!(self.visibility, Visibility::Reachable | Visibility::Unreachable)
    }

    /// Marks a listed entry as shadowed.
    ///
    /// Java does not trust the certificate of a shadowed entry.
    pub(crate) fn shadow(&mut self) {
        if !self.is_listed() {
            return;
        }
        self.visibility = Visibility::Shadowed;
        if let Content::TrustedCertificate(certificate) = &self.content {
            self.content = Content::Certificate(certificate.clone());
        }
    }

    pub(crate) fn folded_alias(&self) -> Cow<'a, str> {
        match &self.alias {
            Cow::Borrowed(alias) => fold(alias),
            Cow::Owned(alias) => Cow::Owned(fold(alias).into_owned()),
        }
    }

    pub(crate) fn spelled_alias(&self) -> Cow<'a, str> {
        self.alias.clone()
    }

    /// Java finds a renamed entry, so the entry becomes reachable.
    pub(crate) fn rename(&mut self, alias: Cow<'a, str>) {
        self.alias = alias;
        self.visibility = Visibility::Reachable;
    }

    /// Copies the borrowed bytes, so that the entry does not borrow from its file.
    pub fn into_owned(self) -> Entry<'static> {
        Entry {
            alias: Cow::Owned(self.alias.into_owned()),
            created: self.created,
            modified: self.modified,
            comment: self.comment.map(|comment| Cow::Owned(comment.into_owned())),
            visibility: self.visibility,
            content: self.content.into_owned(),
            certificates: self.certificates,
        }
    }
}

/// The content of an entry.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Content<'a> {
    /// A sealed private key and its chain.
    PrivateKey {
        /// The key as it is in the file.
        key: SealedKey<'a>,
        /// The chain, which is empty or begins with the certificate of the key.
        ///
        /// [`Entry::certificates`] says when the chain is empty.
        chain: Vec<CertificateDer<'a>>,
    },
    /// An unencrypted private key in a PKCS#12 (`keyBag`), BKS or UBER.
    ///
    /// Java ignores such a key in a PKCS#12. The key is never written to a new store.
    PlainPrivateKey {
        /// The key, shared because it must not be copied.
        key: Arc<PrivateKey>,
        /// The chain, which is empty or begins with the certificate of the key.
        ///
        /// [`Entry::certificates`] says when the chain is empty.
        chain: Vec<CertificateDer<'a>>,
    },
    /// A certificate that Java lists as trusted.
    TrustedCertificate(CertificateDer<'a>),
    /// A certificate that Java neither lists nor trusts (see [`Visibility`]).
    ///
    /// Such a certificate is never written to a new store.
    Certificate(CertificateDer<'a>),
    /// A sealed secret key.
    SecretKey(SealedSecretKey<'a>),
    /// Data that this crate does not interpret.
    ///
    /// Examples are an entry of type 5 in a BCFKS, which is a password-based key, and an unencrypted public or secret key in a
    /// BKS. Editing the file keeps such data, which is never written to a new store.
    Opaque {
        /// The data as it is in the file.
        data: Cow<'a, [u8]>,
        /// The chain, which only an entry of a BKS or UBER can have.
        ///
        /// Java trusts the first certificate, as it does for a private key.
        chain: Vec<CertificateDer<'a>>,
    },
}

/// Compares unencrypted private keys of the same length in constant time.
impl PartialEq for Content<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::PrivateKey { key, chain }, Self::PrivateKey { key: other, chain: others }) => {
                key == other && chain == others
            }
            (Self::PlainPrivateKey { key, chain }, Self::PlainPrivateKey { key: other, chain: others }) => {
                key.is_same(other) && chain == others
            }
            (Self::TrustedCertificate(certificate), Self::TrustedCertificate(other))
            | (Self::Certificate(certificate), Self::Certificate(other)) => certificate == other,
            (Self::SecretKey(key), Self::SecretKey(other)) => key == other,
            (Self::Opaque { data, chain }, Self::Opaque { data: other, chain: others }) => {
                data == other && chain == others
            }
            _ => false,
        }
    }
}

impl Eq for Content<'_> {}

impl Content<'_> {
    fn into_owned(self) -> Content<'static> {
        match self {
            Self::PrivateKey { key, chain } => Content::PrivateKey { key: key.into_owned(), chain: owned_chain(chain) },
            Self::PlainPrivateKey { key, chain } => Content::PlainPrivateKey { key, chain: owned_chain(chain) },
            Self::TrustedCertificate(certificate) => Content::TrustedCertificate(certificate.into_owned()),
            Self::Certificate(certificate) => Content::Certificate(certificate.into_owned()),
            Self::SecretKey(key) => Content::SecretKey(key.into_owned()),
            Self::Opaque { data, chain } => {
                Content::Opaque { data: Cow::Owned(data.into_owned()), chain: owned_chain(chain) }
            }
        }
    }
}

fn owned_chain(chain: Vec<CertificateDer<'_>>) -> Vec<CertificateDer<'static>> {
    chain.into_iter().map(CertificateDer::into_owned).collect()
}

/// Whether Java's `KeyStore` shows an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Visibility {
    /// Listed, and found under its alias.
    Reachable,
    /// Listed, but never found.
    ///
    /// The alias has upper case letters, and Java looks up aliases in lower case.
    Unreachable,
    /// Hidden by a later entry with the same alias, or an alias that Java treats as the same.
    Shadowed,
    /// Not listed.
    ///
    /// Only a PKCS#12 has such entries. Examples are an entry in a bag that Java skips, and a certificate that is outside every
    /// chain and lacks Oracle's trustedKeyUsage attribute.
    Hidden,
}
