//! The validation by `SunX509` trust managers (`sun.security.validator.SimpleValidator`).

use super::Jdk;
use super::case::{Case, Trusted};
use super::certificate::Certificate;
use super::check::{Asker, State};
use super::extension::{BASIC_CONSTRAINTS, EXTENDED_KEY_USAGE, KEY_USAGE, NETSCAPE_CERT_TYPE, SUBJECT_ALT_NAME};
use super::refusal::{Place, Refusal, Rule};

/// The bit in Netscape's certificate type that marks a TLS authority.
const SSL_CA: u8 = 5;

/// Extensions that may be critical in the leaf.
const KNOWN_IN_LEAF: [&[u8]; 5] =
    [KEY_USAGE, EXTENDED_KEY_USAGE, NETSCAPE_CERT_TYPE, BASIC_CONSTRAINTS, SUBJECT_ALT_NAME];

/// Extensions that may be critical in an issuer.
const KNOWN_IN_ISSUER: [&[u8]; 4] = [KEY_USAGE, EXTENDED_KEY_USAGE, NETSCAPE_CERT_TYPE, BASIC_CONSTRAINTS];

impl<'a> Case<'a> {
    /// Checks the chain as `SimpleValidator.engineValidate` does.
    pub(super) fn trust_simply(&self) -> Result<Trusted, Refusal> {
        let (length, anchor) = self.trusted_chain()?;
        let path: Vec<usize> = (0..length).rev().collect();
        let Some(trusted) = self.anchors.get(anchor).filter(|_| length > 0) else {
            return Ok(Trusted { path, anchor, unchecked: None });
        };
        self.check_anchor_key(anchor, trusted)?;
        let mut state = State::new(&trusted.key, Asker::Validator, length);
        let mut issuer = trusted;
        for served in &path {
            let Some(certificate) = self.chain.get(*served) else { continue };
            self.check_simply(certificate, *served, issuer, &mut state)?;
            issuer = certificate;
        }
        Ok(Trusted { path, anchor, unchecked: state.unchecked() })
    }

    /// Finds an anchor as `SimpleValidator.buildTrustedChain` does.
    ///
    /// Returns the number of served certificates below the anchor, and the anchor's index.
    fn trusted_chain(&self) -> Result<(usize, usize), Refusal> {
        for (place, served) in self.chain.iter().enumerate() {
            let same = |anchor: &Certificate| {
                anchor == served
                    || (anchor.subject == served.subject && anchor.issuer == served.issuer && anchor.key == served.key)
            };
            if let Some(anchor) = self.first_anchor(same) {
                return Ok((place, anchor));
            }
        }
        let anchor = self.chain.last().and_then(|last| self.issuing_anchor(last));
        Ok((self.chain.len(), anchor.ok_or_else(|| Refusal::of_all(Rule::NoPath))?))
    }

    /// The first anchor with the issuer's name.
    ///
    /// From Java 11 on, an anchor that also has the issuer's key identifier comes first.
    fn issuing_anchor(&self, last: &Certificate) -> Option<usize> {
        let wanted = last.extensions.authority_key_identifier.as_ref().filter(|_| self.judge.jdk > Jdk::V8);
        let is_named = |anchor: &Certificate| anchor.subject == last.issuer;
        let has_key =
            |anchor: &Certificate| wanted.is_some() && anchor.extensions.subject_key_identifier.as_ref() == wanted;
        self.first_anchor(|anchor| is_named(anchor) && has_key(anchor)).or_else(|| self.first_anchor(is_named))
    }

    fn check_simply(
        &self,
        certificate: &'a Certificate,
        served: usize,
        issuer: &Certificate,
        state: &mut State<'a>,
    ) -> Result<(), Refusal> {
        let place = Place::Served(served);
        self.check_algorithm(certificate, place)?;
        self.check_tls(certificate, place, state)?;
        self.check_dates(certificate, place)?;
        if certificate.issuer != issuer.subject {
            self.refuse(place, Rule::NoPath)?;
        }
        self.check_signature(certificate, served, state)?;
        if served == 0 {
            self.check_critical(certificate, place, &KNOWN_IN_LEAF)?;
        } else {
            self.check_issuer_simply(certificate, place, state)?;
        }
        state.go_on(&certificate.key);
        Ok(())
    }

    /// Checks the extensions of an issuer as `SimpleValidator.checkExtensions` does.
    fn check_issuer_simply(
        &self,
        certificate: &Certificate,
        place: Place,
        state: &mut State<'_>,
    ) -> Result<(), Refusal> {
        let netscape = certificate.extensions.netscape_type.is_none_or(|usage| usage.has(SSL_CA));
        let limit = certificate.extensions.path_length.filter(|length| netscape && *length >= 0);
        if limit.is_none() {
            self.refuse(place, Rule::NotAnAuthority)?;
        }
        if !certificate.is_self_issued() {
            if state.max_length <= 0 {
                self.refuse(place, Rule::PathLength)?;
            }
            state.max_length = state.max_length.saturating_sub(1);
        }
        state.max_length = state.max_length.min(limit.unwrap_or(i32::MAX));
        if !certificate.may_sign_certificates() {
            self.refuse(place, Rule::MayNotSign)?;
        }
        self.check_critical(certificate, place, &KNOWN_IN_ISSUER)
    }
}
