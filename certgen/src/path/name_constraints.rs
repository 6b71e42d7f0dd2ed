//! Name constraints as Java merges and checks them (`NameConstraintsExtension`).

use super::Jdk;
use super::certificate::Certificate;
use super::der::{self, Read, Unreadable, Value};
use super::general_name::{GeneralName, Incomparable, Meaning, Relation, is_dns_name, is_email};
use super::hostname;
use super::name::Name;

/// The names that the certificates below may have.
///
/// A missing or empty list allows every name.
#[derive(Clone, Debug)]
pub(super) struct NameConstraints {
    permitted: Option<Vec<Subtree>>,
    excluded: Option<Vec<Subtree>>,
}

#[derive(Clone, Debug)]
struct Subtree {
    base: GeneralName,
    /// Whether the subtree has a maximum, or a minimum other than 0, which Java does not support.
    bounded: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Violation {
    /// A name is excluded, or not permitted.
    Name,
    Bounded,
    /// Java cannot compare or intersect names, and its exception ends the search for a path.
    Thrown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Position {
    Leaf,
    Authority,
}

impl From<Incomparable> for Violation {
    fn from(_: Incomparable) -> Self {
        Self::Thrown
    }
}

impl NameConstraints {
    /// Reads `NameConstraints` (RFC 5280, section 4.2.1.10).
    ///
    /// ```text
    /// NameConstraints ::= SEQUENCE {
    ///    permittedSubtrees  [0] GeneralSubtrees OPTIONAL,
    ///    excludedSubtrees   [1] GeneralSubtrees OPTIONAL }
    /// ```
    pub(super) fn read(bytes: &[u8]) -> Read<Self> {
        let (mut permitted, mut excluded) = (None, None);
        for field in Value::only(bytes)?.sequence("name constraints are not a SEQUENCE")?.all()? {
            let place = if field.is_context(0) { &mut permitted } else { &mut excluded };
            let known = (field.is_context(0) || field.is_context(1)) && field.is_constructed();
            let trees = field.reader().all()?.into_iter().map(Subtree::read).collect::<Read<Vec<_>>>()?;
            if !known || place.replace(trees).is_some() {
                return Err(Unreadable("name constraints are malformed"));
            }
        }
        Ok(Self { permitted, excluded })
    }

    pub(super) fn merge(&mut self, next: &Self, jdk: Jdk) -> Result<(), Violation> {
        if let Some(excluded) = &next.excluded {
            match &mut self.excluded {
                Some(own) => union(own, excluded, jdk)?,
                None => self.excluded = Some(excluded.clone()),
            }
        }
        if let Some(permitted) = &next.permitted {
            match &mut self.permitted {
                Some(own) => {
                    if let Some(excluded) = intersect(own, permitted, jdk)? {
                        union(self.excluded.get_or_insert_default(), &excluded, jdk)?;
                    }
                }
                None => self.permitted = Some(permitted.clone()),
            }
        }
        if let (Some(permitted), Some(excluded)) = (&mut self.permitted, &self.excluded) {
            reduce(permitted, excluded, jdk)?;
        }
        Ok(())
    }

    /// Checks that all names of a certificate are allowed.
    ///
    /// The names are the subject and the alternative names. If there are no alternative names, the email addresses of
    /// the subject count instead. The common name counts too, if it is an address or a DNS name and no other name is of
    /// that kind.
    ///
    /// If there are alternative names, Java adds the common name that counts to them, and also compares it with the
    /// peer's name. This function returns the added name.
    pub(super) fn check(&self, certificate: &Certificate, jdk: Jdk) -> Result<Option<GeneralName>, Violation> {
        let mut names = match &certificate.extensions.alt_names {
            Some(names) => names.clone(),
            None => emails(certificate).collect(),
        };
        let common = certificate.subject.common_name().and_then(common_name);
        let common = common.filter(|name| !names.iter().any(|other| other.is_same_kind(name)));
        names.extend(common.clone());
        self.check_all(certificate, &names, jdk)?;
        Ok(common.filter(|_| certificate.extensions.alt_names.is_some()))
    }

    /// Whether OpenSSL accepts the names (`NAME_CONSTRAINTS_check`, `NAME_CONSTRAINTS_check_CN`).
    ///
    /// The email addresses of the subject always count. The common name counts if it is a leaf's and a DNS name with a dot,
    /// and there is no alternative DNS name.
    pub(super) fn is_met_for_openssl(&self, certificate: &Certificate, position: Position) -> bool {
        let mut names = certificate.extensions.alt_names.clone().unwrap_or_default();
        let common = certificate.subject.common_name().filter(|name| position == Position::Leaf && name.contains('.'));
        let common = common.and_then(common_name).filter(|name| matches!(name, GeneralName::Dns(_)));
        names.extend(common.filter(|name| !names.iter().any(|other| other.is_same_kind(name))));
        names.extend(emails(certificate));
        self.check_all(certificate, &names, Jdk::V25).is_ok()
    }

    fn check_all(&self, certificate: &Certificate, names: &[GeneralName], jdk: Jdk) -> Result<(), Violation> {
        let trees = self.permitted.iter().chain(&self.excluded).flatten();
        if trees.into_iter().any(|tree| tree.bounded) {
            return Err(Violation::Bounded);
        }
        let subject = &certificate.subject;
        if !subject.is_empty() {
            self.check_name(&GeneralName::Directory(subject.clone()), jdk)?;
        }
        names.iter().try_for_each(|name| self.check_name(name, jdk))
    }

    fn check_name(&self, name: &GeneralName, jdk: Jdk) -> Result<(), Violation> {
        for tree in self.excluded.iter().flatten() {
            if matches!(tree.base.relation(name, jdk)?, Relation::Match | Relation::Narrows) {
                return Err(Violation::Name);
            }
        }
        let mut same_kind = false;
        for tree in self.permitted.iter().flatten() {
            match tree.base.relation(name, jdk)? {
                Relation::OtherKind => {}
                Relation::Widens | Relation::Apart => same_kind = true,
                Relation::Match | Relation::Narrows => return Ok(()),
            }
        }
        if same_kind { Err(Violation::Name) } else { Ok(()) }
    }
}

fn emails(certificate: &Certificate) -> impl Iterator<Item = GeneralName> {
    certificate.subject.emails().filter(|email| is_email(email)).map(|email| GeneralName::Email(email.to_owned()))
}

fn common_name(text: &str) -> Option<GeneralName> {
    match hostname::literal(text) {
        Some(std::net::IpAddr::V4(address)) => Some(GeneralName::Ip(address.octets().to_vec())),
        Some(std::net::IpAddr::V6(address)) => Some(GeneralName::Ip(address.octets().to_vec())),
        None => is_dns_name(text).then(|| GeneralName::Dns(text.to_owned())),
    }
}

impl Subtree {
    fn read(value: Value<'_>) -> Read<Self> {
        let mut reader = value.sequence("a subtree is not a SEQUENCE")?;
        let base = GeneralName::read(reader.next()?, Meaning::Constraint)?;
        let mut bounded = false;
        for bound in reader.all()? {
            let number = bound.with_tag(der::INTEGER).int()?;
            bounded |= match (bound.is_implicit(0), bound.is_implicit(1)) {
                (true, _) => number != 0,
                (_, true) => number != -1,
                _ => return Err(Unreadable("a subtree is malformed")),
            };
        }
        Ok(Self { base, bounded })
    }

    fn relation(&self, other: &Self, jdk: Jdk) -> Result<Relation, Incomparable> {
        self.base.relation(&other.base, jdk)
    }

    fn of(base: GeneralName) -> Self {
        Self { base, bounded: false }
    }
}

fn remove(trees: &mut Vec<Subtree>, place: usize) -> usize {
    if place < trees.len() {
        trees.remove(place);
    }
    place
}

/// Removes subtrees until no subtree of the list contains another.
fn minimize(trees: &mut Vec<Subtree>, jdk: Jdk) -> Result<(), Incomparable> {
    let mut place = 0;
    while let Some(current) = trees.get(place).cloned() {
        let (mut redundant, mut other) = (false, place + 1);
        while let Some(subsequent) = trees.get(other) {
            match current.relation(subsequent, jdk)? {
                Relation::OtherKind | Relation::Apart => other += 1,
                Relation::Narrows => other = remove(trees, other),
                Relation::Match | Relation::Widens => {
                    redundant = true;
                    break;
                }
            }
        }
        place = if redundant { remove(trees, place) } else { place + 1 };
    }
    Ok(())
}

fn union(trees: &mut Vec<Subtree>, other: &[Subtree], jdk: Jdk) -> Result<(), Incomparable> {
    trees.extend_from_slice(other);
    minimize(trees, jdk)
}

/// Removes the permitted subtrees that are excluded as a whole.
fn reduce(permitted: &mut Vec<Subtree>, excluded: &[Subtree], jdk: Jdk) -> Result<(), Incomparable> {
    for tree in excluded {
        let mut place = 0;
        while let Some(other) = permitted.get(place) {
            place = match tree.relation(other, jdk)? {
                Relation::Match | Relation::Narrows => remove(permitted, place),
                _ => place + 1,
            };
        }
    }
    Ok(())
}

/// Keeps the names that both lists permit (`GeneralSubtrees.intersect`).
///
/// If both lists limit directory names and have none in common, returns a subtree of all directory names, which the
/// caller must exclude. For other kinds of names, Java throws an exception in this case.
fn intersect(trees: &mut Vec<Subtree>, other: &[Subtree], jdk: Jdk) -> Result<Option<Vec<Subtree>>, Violation> {
    if trees.is_empty() {
        union(trees, other, jdk)?;
        return Ok(None);
    }
    let mut other = other.to_vec();
    minimize(trees, jdk)?;
    minimize(&mut other, jdk)?;
    let (mut narrower, mut excluded) = (Vec::new(), None);
    let mut place = 0;
    while let Some(current) = trees.get(place).cloned() {
        place = match fate(&current, &other, jdk)? {
            Fate::Kept => place + 1,
            Fate::Replaced(tree) => {
                narrower.push(tree);
                remove(trees, place)
            }
            Fate::Dropped => {
                if !have_common(trees, &current, &other, jdk)? {
                    if !matches!(current.base, GeneralName::Directory(_)) {
                        return Err(Violation::Thrown);
                    }
                    excluded = Some(vec![Subtree::of(GeneralName::Directory(Name::empty()))]);
                }
                remove(trees, place)
            }
        };
    }
    if !narrower.is_empty() {
        union(trees, &narrower, jdk)?;
    }
    for tree in other {
        if is_of_new_kind(trees, &tree, jdk)? {
            trees.push(tree);
        }
    }
    Ok(excluded)
}

enum Fate {
    Kept,
    Replaced(Subtree),
    Dropped,
}

fn fate(tree: &Subtree, other: &[Subtree], jdk: Jdk) -> Result<Fate, Incomparable> {
    let mut fate = Fate::Kept;
    for candidate in other {
        match tree.relation(candidate, jdk)? {
            Relation::Narrows => return Ok(Fate::Replaced(candidate.clone())),
            Relation::Match | Relation::Widens => return Ok(Fate::Kept),
            Relation::Apart => fate = Fate::Dropped,
            Relation::OtherKind => {}
        }
    }
    Ok(fate)
}

fn have_common(trees: &[Subtree], tree: &Subtree, other: &[Subtree], jdk: Jdk) -> Result<bool, Incomparable> {
    for own in trees.iter().filter(|own| own.base.is_same_kind(&tree.base)) {
        for candidate in other {
            if !matches!(own.relation(candidate, jdk)?, Relation::Apart | Relation::OtherKind) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

fn is_of_new_kind(trees: &[Subtree], tree: &Subtree, jdk: Jdk) -> Result<bool, Incomparable> {
    let mut different = false;
    for own in trees {
        if own.relation(tree, jdk)? != Relation::OtherKind {
            return Ok(false);
        }
        different = true;
    }
    Ok(different)
}
