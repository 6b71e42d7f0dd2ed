//! Checks one path (`sun.security.provider.certpath.PKIXCertPathValidator` and its checkers).

use std::borrow::Cow;

use super::case::Case;
use super::certificate::Certificate;
use super::extension::PROCESSED;
use super::key::{Key, Kind};
use super::name_constraints::{self, NameConstraints};
use super::policy::{self, Policies};
use super::refusal::{Place, Refusal, Rule};
use super::{Jdk, Shortcut, tls};
use crate::signature_algorithm::SignatureScheme;
use crate::verify::Check;

/// The caller of the checks.
///
/// Only the builder checks whether the anchor's key is disabled for TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asker {
    Validator,
    Builder,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rank {
    Leaf,
    Issuer,
}

/// The index of a served certificate whose signature this crate cannot check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unchecked(pub(super) usize);

pub(super) struct State<'a> {
    asker: Asker,
    signer: Cow<'a, Key>,
    is_first: bool,
    pub(super) max_length: i32,
    name_constraints: Option<NameConstraints>,
    policies: Policies,
    unchecked: Option<Unchecked>,
}

impl<'a> State<'a> {
    pub(super) fn new(anchor: &'a Key, asker: Asker, length: usize) -> Self {
        Self {
            asker,
            signer: Cow::Borrowed(anchor),
            is_first: true,
            max_length: i32::try_from(length).unwrap_or(i32::MAX),
            name_constraints: None,
            policies: Policies::new(length),
            unchecked: None,
        }
    }

    /// Moves on to the certificate below, whose signature must verify with `key`.
    pub(super) fn go_on(&mut self, key: &'a Key) {
        self.signer = match key.completed(&self.signer) {
            Some(key) => Cow::Owned(key),
            None => Cow::Borrowed(key),
        };
        self.is_first = false;
    }

    pub(super) fn unchecked(&self) -> Option<Unchecked> {
        self.unchecked
    }
}

impl<'a> Case<'a> {
    /// Checks a path of served certificates, from just below the anchor down to the leaf.
    pub(super) fn check_path(&self, anchor: usize, path: &[usize], asker: Asker) -> Result<Option<Unchecked>, Refusal> {
        let Some(trusted) = self.anchors.get(anchor) else { return Ok(None) };
        self.check_anchor_key(anchor, trusted)?;
        let mut state = State::new(&trusted.key, asker, path.len());
        for (step, served) in path.iter().enumerate() {
            let Some(certificate) = self.chain.get(*served) else { continue };
            let rank = if step + 1 == path.len() { Rank::Leaf } else { Rank::Issuer };
            self.check_certificate(certificate, *served, rank, &mut state)?;
        }
        Ok(state.unchecked)
    }

    pub(super) fn check_anchor_key(&self, anchor: usize, trusted: &Certificate) -> Result<(), Refusal> {
        if self.judge.restrictions.allows_anchor(trusted.key.kind, self.occasion()) {
            Ok(())
        } else {
            self.refuse(Place::Anchor(anchor), Rule::DisabledAnchorKey)
        }
    }

    /// Applies the `AlgorithmChecker` with `jdk.certpath.disabledAlgorithms`.
    pub(super) fn check_algorithm(&self, certificate: &Certificate, place: Place) -> Result<(), Refusal> {
        if self.judge.restrictions.allows_certificate(certificate, self.occasion()) {
            Ok(())
        } else {
            self.refuse(place, Rule::DisabledAlgorithm { algorithm: certificate.algorithm.to_string() })
        }
    }

    fn check_certificate(
        &self,
        certificate: &'a Certificate,
        served: usize,
        rank: Rank,
        state: &mut State<'a>,
    ) -> Result<(), Refusal> {
        let place = Place::Served(served);
        self.check_algorithm(certificate, place)?;
        if rank == Rank::Issuer {
            if !certificate.may_sign_certificates() {
                self.refuse(place, Rule::MayNotSign)?;
            }
            self.check_authority(certificate, place, state)?;
        }
        self.check_names(certificate, place, rank, state)?;
        self.check_policies(certificate, place, state)?;
        self.check_dates(certificate, place)?;
        self.check_signature(certificate, served, state)?;
        self.check_tls(certificate, place, state)?;
        self.check_extensions(certificate, place)?;
        state.go_on(&certificate.key);
        Ok(())
    }

    /// Checks an issuer as `ConstraintsChecker.checkBasicConstraints` does.
    fn check_authority(&self, certificate: &Certificate, place: Place, state: &mut State<'_>) -> Result<(), Refusal> {
        let length = match certificate.version {
            3.. => certificate.extensions.path_length,
            // Certificates of these versions have no basicConstraints. A self-issued certificate directly below the anchor
            // counts as an authority.
            _ => (state.is_first && certificate.is_self_issued()).then_some(i32::MAX),
        };
        if length.is_none() {
            self.refuse(place, Rule::NotAnAuthority)?;
        }
        if !certificate.is_self_issued() {
            if state.max_length <= 0 {
                self.refuse(place, Rule::PathLength)?;
            }
            state.max_length = state.max_length.saturating_sub(1);
        }
        state.max_length = state.max_length.min(length.unwrap_or(i32::MAX));
        Ok(())
    }

    fn check_names(
        &self,
        certificate: &Certificate,
        place: Place,
        rank: Rank,
        state: &mut State<'_>,
    ) -> Result<(), Refusal> {
        use name_constraints::Violation;

        let jdk = self.judge.jdk;
        let mut outcome = Ok(());
        if let Some(constraints) = &state.name_constraints
            && (rank == Rank::Leaf || !certificate.is_self_issued())
        {
            outcome = constraints.check(certificate, jdk).map(|common| {
                if rank == Rank::Leaf && !self.judge.is_off(Shortcut::CommonName) {
                    self.learn(common);
                }
            });
        }
        if outcome.is_ok()
            && let Some(next) = &certificate.extensions.name_constraints
        {
            match &mut state.name_constraints {
                Some(constraints) => outcome = constraints.merge(next, jdk),
                None => state.name_constraints = Some(next.clone()),
            }
        }
        match outcome {
            Ok(()) => Ok(()),
            Err(Violation::Name) => self.refuse(place, Rule::NameConstraints),
            Err(Violation::Bounded) => self.refuse(place, Rule::UnsupportedNameConstraints),
            Err(Violation::Thrown) => self.refuse(place, Rule::UnsupportedNameConstraints).map_err(Refusal::ending_all),
        }
    }

    fn check_policies(&self, certificate: &Certificate, place: Place, state: &mut State<'_>) -> Result<(), Refusal> {
        match state.policies.check(certificate) {
            Ok(()) => Ok(()),
            Err(policy::Violation::NoneLeft | policy::Violation::MapsAny) => self.refuse(place, Rule::Policy),
            Err(policy::Violation::TooMany) => Err(Refusal::of(place, Rule::TooComplex).ending_all()),
        }
    }

    pub(super) fn check_extensions(&self, certificate: &Certificate, place: Place) -> Result<(), Refusal> {
        self.check_critical(certificate, place, &PROCESSED)
    }

    pub(super) fn check_critical(
        &self,
        certificate: &Certificate,
        place: Place,
        known: &[&[u8]],
    ) -> Result<(), Refusal> {
        match certificate.extensions.critical().find(|oid| !known.contains(oid)) {
            Some(oid) => self.refuse(place, Rule::CriticalExtension { oid: super::der::dotted(oid) }),
            None => Ok(()),
        }
    }

    pub(super) fn check_dates(&self, certificate: &Certificate, place: Place) -> Result<(), Refusal> {
        let now = self.millis();
        if certificate.not_before > now {
            self.refuse(place, Rule::NotYetValid { from: super::period::first_second(certificate) })?;
        }
        if certificate.not_after < now {
            self.refuse(place, Rule::Expired { since: super::period::last_second(certificate) })?;
        }
        Ok(())
    }

    pub(super) fn check_signature(
        &self,
        certificate: &Certificate,
        served: usize,
        state: &mut State<'_>,
    ) -> Result<(), Refusal> {
        let place = Place::Served(served);
        let scheme = certificate.algorithm.scheme();
        let jdk = self.judge.jdk;
        let is_unknown = match (scheme, state.signer.kind) {
            (None, _) => true,
            (Some(SignatureScheme::Ed25519 | SignatureScheme::Ed448), _) => jdk < Jdk::V17,
            (Some(SignatureScheme::Ecdsa(_)), Kind::Ec(curve)) => {
                jdk >= Jdk::V17 && !curve.names.iter().any(|name| tls::CURVES.contains(name))
            }
            _ => false,
        };
        if is_unknown {
            return self.refuse(place, Rule::UnknownAlgorithm { algorithm: certificate.algorithm.to_string() });
        }
        match self.signature(certificate, &state.signer)? {
            Check::Good => {}
            Check::Bad => self.refuse(place, Rule::Signature)?,
            Check::Unsupported => state.unchecked = state.unchecked.or(Some(Unchecked(served))),
        }
        Ok(())
    }

    /// Applies the `AlgorithmChecker` with the constraints of the TLS session.
    pub(super) fn check_tls(&self, certificate: &Certificate, place: Place, state: &State<'_>) -> Result<(), Refusal> {
        let (judge, algorithm) = (self.judge, || certificate.algorithm.to_string());
        let session = (judge.jdk, judge.engine, judge.protocol);
        if !tls::supports(&certificate.algorithm, session, &judge.restrictions) {
            self.refuse(place, Rule::NotOffered { algorithm: algorithm() })?;
        }
        let signer = (!state.is_first || state.asker == Asker::Builder).then_some(state.signer.kind);
        if judge.restrictions.allows_in_tls(certificate, signer) {
            Ok(())
        } else {
            self.refuse(place, Rule::DisabledInTls { algorithm: algorithm() })
        }
    }

    /// Checks an anchor that issued a certificate, as `PKIXValidator.verifyTrustAnchor` does.
    pub(super) fn check_anchor(&self, anchor: usize) -> Result<(), Refusal> {
        let Some(trusted) = self.anchors.get(anchor) else { return Ok(()) };
        let place = Place::Anchor(anchor);
        if self.judge.restrictions.any_anchor || (trusted.version < 3 && !self.judge.is_off(Shortcut::OldAnchor)) {
            return Ok(());
        }
        if !trusted.is_authority() {
            self.refuse(place, Rule::AnchorNotAnAuthority)?;
        }
        if !trusted.may_sign_certificates() {
            self.refuse(place, Rule::AnchorMayNotSign)?;
        }
        Ok(())
    }
}
