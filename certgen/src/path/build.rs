//! Searches for a path, as `SunCertPathBuilder` and `ForwardBuilder` do.

use super::Shortcut;
use super::case::{Case, Trusted};
use super::certificate::Certificate;
use super::check::Asker;
use super::refusal::{Place, Refusal, Rule};

/// The maximum number of authorities, without self-issued ones (`getMaxPathLength`).
const MAX_AUTHORITIES: i32 = 5;

/// The top of the path so far (`ForwardState`).
#[derive(Clone, Copy)]
struct State<'a> {
    certificate: &'a Certificate,
    authorities: i32,
    is_self_issued: bool,
}

#[derive(Clone, Copy)]
struct Candidate<'a> {
    certificate: &'a Certificate,
    place: Place,
}

struct Search<'c, 'a> {
    case: &'c Case<'a>,
    /// The indices of the served certificates, from the leaf upwards.
    path: Vec<usize>,
    /// Whether an anchor must be valid at the time of the handshake.
    ///
    /// Java's selector for issuers checks the dates of anchors only from its second use on.
    asks_for_dates: bool,
    closest: Option<Refusal>,
}

impl Case<'_> {
    pub(super) fn build(&self) -> Result<Trusted, Refusal> {
        let mut search = Search { case: self, path: Vec::new(), asks_for_dates: false, closest: None };
        let found = match self.chain.first() {
            Some(leaf) => search.start_at(leaf)?,
            None => None,
        };
        let Some(found) = found else {
            return Err(Refusal::of_all(Rule::NoPath).with_closest(search.closest));
        };
        self.check_anchor(found.anchor)?;
        Ok(found)
    }
}

impl<'a> Search<'_, 'a> {
    fn start_at(&mut self, leaf: &'a Certificate) -> Result<Option<Trusted>, Refusal> {
        let place = Place::Served(0);
        let sound =
            self.case.check_dates(leaf, place).and_then(|()| self.case.check_extensions(leaf, place)).and_then(|()| {
                match leaf.extensions.path_length {
                    Some(..0) => Err(Refusal::of(place, Rule::NoPath)),
                    _ => Ok(()),
                }
            });
        if let Err(refusal) = sound {
            self.closest = Some(refusal);
            return Ok(None);
        }
        self.path.push(0);
        let state = State { certificate: leaf, authorities: 0, is_self_issued: leaf.is_self_issued() };
        let found = self.issuers(state);
        self.path.pop();
        found
    }

    /// Tries the candidates for the issuer in turn, and returns the first path that passes.
    fn issuers(&mut self, state: State<'a>) -> Result<Option<Trusted>, Refusal> {
        for candidate in self.candidates(state) {
            self.case.spend()?;
            match candidate.place {
                Place::Anchor(anchor) => {
                    let path: Vec<usize> = self.path.iter().rev().copied().collect();
                    match self.case.check_path(anchor, &path, Asker::Builder) {
                        Ok(unchecked) => return Ok(Some(Trusted { path, anchor, unchecked })),
                        Err(refusal) if refusal.is_final => return Err(refusal),
                        Err(refusal) => self.closest = Some(refusal),
                    }
                }
                Place::Served(served) => {
                    if let Err(refusal) = self.check_issuer(candidate.certificate, candidate.place) {
                        self.closest.get_or_insert(refusal);
                        continue;
                    }
                    let is_self_issued = candidate.certificate.is_self_issued();
                    // After two self-issued certificates in a row, Java tries no other candidate for this issuer either.
                    if state.is_self_issued && is_self_issued {
                        return Ok(None);
                    }
                    self.path.push(served);
                    let counts = !is_self_issued && candidate.certificate.is_authority();
                    let authorities = state.authorities + i32::from(counts);
                    let above = State { certificate: candidate.certificate, authorities, is_self_issued };
                    let found = self.issuers(above);
                    self.path.pop();
                    if let Some(found) = found? {
                        return Ok(Some(found));
                    }
                }
            }
        }
        Ok(None)
    }

    /// Checks an issuer that is not an anchor, as `ForwardBuilder.verifyCert` does.
    fn check_issuer(&self, certificate: &Certificate, place: Place) -> Result<(), Refusal> {
        self.case.check_extensions(certificate, place)?;
        if !certificate.is_authority() {
            self.case.refuse(place, Rule::NotAnAuthority)?;
        }
        if !certificate.may_sign_certificates() {
            self.case.refuse(place, Rule::MayNotSign)?;
        }
        Ok(())
    }

    /// The possible issuers by name, dates and path length, the lowest rank first.
    fn candidates(&mut self, state: State<'a>) -> Vec<Candidate<'a>> {
        let case = self.case;
        let below = state.certificate;
        let dates = std::mem::replace(&mut self.asks_for_dates, true);
        let fits_anchor = |anchor: &&Certificate| {
            let old = anchor.version < 3;
            let covers = anchor.is_valid_at(below.not_before) && anchor.is_valid_at(below.not_after);
            anchor.subject == below.issuer
                && (!old || covers)
                && (!dates || anchor.is_valid_at(case.millis()) || case.judge.is_off(Shortcut::DatedAnchor))
        };
        let fits_served = |served: &&Certificate| {
            served.subject == below.issuer
                && served.is_valid_at(case.millis())
                && served.extensions.path_length.unwrap_or(-1) >= state.authorities
                && (served.version >= 3
                    || (served.is_valid_at(below.not_before) && served.is_valid_at(below.not_after)))
        };
        let anchors = candidates(case.anchors, Place::Anchor, fits_anchor);
        let served = if state.authorities < MAX_AUTHORITIES || case.judge.is_off(Shortcut::MaxAuthorities) {
            candidates(case.chain, Place::Served, fits_served)
        } else {
            Vec::new()
        };
        let served_count = served.len();
        let mut ordered: Vec<(u8, Candidate<'a>)> = Vec::new();
        let all = in_hash_order(anchors, case.anchors.len()).into_iter().chain(in_hash_order(served, served_count));
        for candidate in all.filter(|candidate| !self.is_repeated(candidate)) {
            if case.anchors.contains(candidate.certificate) && matches!(candidate.place, Place::Served(_)) {
                continue;
            }
            let rank = self.rank(below, candidate.certificate);
            let before = ordered.iter().position(|(other, _)| *other >= rank).unwrap_or(ordered.len());
            ordered.insert(before, (rank, candidate));
        }
        ordered.into_iter().map(|(_, candidate)| candidate).collect()
    }

    /// The rank of a candidate by the first two rules of `PKIXCertComparator`.
    fn rank(&self, below: &Certificate, candidate: &Certificate) -> u8 {
        let wanted = &below.extensions.authority_key_identifier;
        if wanted.is_some() && *wanted == candidate.extensions.subject_key_identifier {
            0
        } else if self.case.anchors.iter().any(|anchor| anchor.subject == candidate.issuer) {
            1
        } else {
            2
        }
    }

    fn is_repeated(&self, candidate: &Candidate<'_>) -> bool {
        let own = candidate.certificate;
        let same = |other: &Certificate| {
            own == other
                || (own.subject == other.subject
                    && own.key == other.key
                    && own.extensions.alt_names_der == other.extensions.alt_names_der)
        };
        self.path.iter().filter_map(|served| self.case.chain.get(*served)).any(same)
    }
}

impl Case<'_> {
    /// The first anchor that fits, in the order of a `java.util.HashSet` of all anchors.
    pub(super) fn first_anchor(&self, fits: impl Fn(&Certificate) -> bool) -> Option<usize> {
        let anchors = candidates(self.anchors, Place::Anchor, |anchor| fits(anchor));
        let first = in_hash_order(anchors, self.anchors.len()).into_iter().next()?;
        if let Place::Anchor(place) = first.place { Some(place) } else { None }
    }
}

fn candidates<'a>(
    certificates: &'a [Certificate],
    place: impl Fn(usize) -> Place,
    fits: impl Fn(&&Certificate) -> bool,
) -> Vec<Candidate<'a>> {
    let all = certificates.iter().enumerate().filter(|(_, certificate)| fits(certificate));
    let mut distinct: Vec<Candidate<'a>> = Vec::new();
    for (index, certificate) in all {
        if !distinct.iter().any(|other| other.certificate == certificate) {
            distinct.push(Candidate { certificate, place: place(index) });
        }
    }
    distinct
}

/// Sorts candidates into the iteration order of a `java.util.HashSet` of `elements` elements.
fn in_hash_order(mut candidates: Vec<Candidate<'_>>, elements: usize) -> Vec<Candidate<'_>> {
    if candidates.len() > 1 {
        let table = (elements * 4 / 3 + 1).next_power_of_two().max(16);
        let mask = u32::try_from(table - 1).unwrap_or(u32::MAX);
        candidates.sort_by_cached_key(|candidate| {
            let hash = java_hash(&candidate.certificate.der);
            (hash ^ (hash >> 16)) & mask
        });
    }
    candidates
}

/// The value of `Arrays.hashCode(byte[])`.
fn java_hash(bytes: &[u8]) -> u32 {
    let step = |hash: u32, byte: &u8| hash.wrapping_mul(31).wrapping_add_signed(i32::from(byte.cast_signed()));
    bytes.iter().fold(1, step)
}
