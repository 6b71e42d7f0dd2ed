//! Opaque labels for nodes, identities and anchors.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

/// The text of a label, which clones share.
#[derive(Clone, Eq, PartialOrd, Ord)]
struct Text(Arc<str>);

impl Text {
    /// Whether the texts are shared and therefore equal.
    ///
    /// `false` does not mean that the texts differ.
    fn is_shared(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl PartialEq for Text {
    /// A shared text is not read, which would be slow if it is not in the processor's cache.
    fn eq(&self, other: &Self) -> bool {
        self.is_shared(other) || self.0 == other.0
    }
}

impl Hash for Text {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

macro_rules! label {
    ($(#[$attribute:meta])* $name:ident) => {
        $(#[$attribute])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        #[cfg_attr(feature = "serde", serde(transparent))]
        pub struct $name(#[cfg_attr(feature = "serde", serde(with = "written"))] Text);

        impl $name {
            /// The label as the caller gave it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(label: &str) -> Self {
                Self(Text(label.into()))
            }
        }

        impl From<String> for $name {
            fn from(label: String) -> Self {
                Self(Text(label.into()))
            }
        }

        impl From<&$name> for $name {
            fn from(label: &$name) -> Self {
                label.clone()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_visible(f, &self.0)
            }
        }
    };
}

/// Compares names; runs of digits are compared as numbers.
///
/// Names that differ only in leading zeros are ordered by their text.
fn natural_order(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a.as_bytes(), b.as_bytes());
    loop {
        let common = left.iter().zip(right).take_while(|(one, other)| one == other).count();
        let digits = left.iter().take(common).rev().take_while(|byte| byte.is_ascii_digit()).count();
        (left, right) = (after(left, common - digits), after(right, common - digits));
        let (number, other) = (leading_digits(left), leading_digits(right));
        if number.is_empty() || other.is_empty() {
            return left.cmp(right).then_with(|| a.cmp(b));
        }
        let [value, other_value] =
            [number, other].map(|digits| after(digits, digits.iter().take_while(|digit| **digit == b'0').count()));
        match (value.len(), value).cmp(&(other_value.len(), other_value)) {
            Ordering::Equal => (left, right) = (after(left, number.len()), after(right, other.len())),
            different => return different,
        }
    }
}

fn after(bytes: &[u8], count: usize) -> &[u8] {
    bytes.get(count..).unwrap_or_default()
}

fn leading_digits(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    bytes.get(..end).unwrap_or_default()
}

/// Writes a label on one line.
///
/// Control characters and common invisible characters are escaped.
fn write_visible(f: &mut fmt::Formatter<'_>, label: &str) -> fmt::Result {
    let is_hidden = |letter: char| {
        letter.is_control()
            || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    label.split_inclusive(is_hidden).try_for_each(|part| {
        let hidden = part.chars().next_back().filter(|letter| is_hidden(*letter));
        f.write_str(hidden.map_or(part, |letter| part.strip_suffix(letter).unwrap_or(part)))?;
        hidden.map_or(Ok(()), |letter| write!(f, "{}", letter.escape_unicode()))
    })
}

label! {
    /// The name of a node, for example `node0` or `10.0.0.11`.
    ///
    /// Names are ordered with runs of digits as numbers: `node2` comes before `node10`. Plans break ties by this order.
    NodeName
}

impl NodeName {
    /// Whether the names share their text and are therefore equal.
    ///
    /// `false` does not mean that the names differ.
    pub(crate) fn is_shared(&self, other: &Self) -> bool {
        self.0.is_shared(&other.0)
    }
}

impl Ord for NodeName {
    fn cmp(&self, other: &Self) -> Ordering {
        natural_order(&self.0, &other.0)
    }
}

impl PartialOrd for NodeName {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

label! {
    /// The label of a key and its certificate, for example the certificate's SHA-256.
    #[derive(PartialOrd, Ord)]
    IdentityId
}
label! {
    /// The label of a truststore entry: a self-signed certificate or an issuing authority.
    #[derive(PartialOrd, Ord)]
    AnchorId
}

/// The label of a key and certificate, with the labels of the certificate's anchors.
///
/// A peer that trusts one of the anchors trusts the identity. Clones are cheap, because they share the labels.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(from = "IdentityLabels", into = "IdentityLabels"))]
pub struct Identity {
    labels: Arc<IdentityLabels>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename = "Identity"))]
struct IdentityLabels {
    id: IdentityId,
    anchor: AnchorId,
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "BTreeSet::is_empty"))]
    others: BTreeSet<AnchorId>,
}

impl Identity {
    /// An identity that is trusted through `anchor`, for example through its issuing authority.
    pub fn new(id: impl Into<IdentityId>, anchor: impl Into<AnchorId>) -> Self {
        IdentityLabels { id: id.into(), anchor: anchor.into(), others: BTreeSet::new() }.into()
    }

    /// The same identity, also trusted through `anchor`.
    ///
    /// For example, `anchor` is the intermediate below the root, or a renewed or cross-signed authority.
    #[must_use]
    pub fn or_through(mut self, anchor: impl Into<AnchorId>) -> Self {
        let anchor = anchor.into();
        if anchor != self.labels.anchor {
            Arc::make_mut(&mut self.labels).others.insert(anchor);
        }
        self
    }

    /// A self-signed identity, which is its own anchor under the same label.
    pub fn self_signed(id: &str) -> Self {
        let label = Text(id.into());
        Self::new(IdentityId(label.clone()), AnchorId(label))
    }

    /// The label of the key and certificate.
    pub fn id(&self) -> &IdentityId {
        &self.labels.id
    }

    /// Whether the two labels of keys and certificates are equal.
    pub(crate) fn is_labelled_as(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.labels, &other.labels) || self.id() == other.id()
    }

    /// The anchor that a plan usually adds to a truststore with none of [`Identity::anchors`].
    ///
    /// A plan prefers another of the anchors to one that is foreign or is to be dropped.
    pub fn anchor(&self) -> &AnchorId {
        &self.labels.anchor
    }

    /// The anchors, [`Identity::anchor`] first. A peer must trust at least one of them.
    pub fn anchors(&self) -> impl Iterator<Item = &AnchorId> {
        std::iter::once(&self.labels.anchor).chain(&self.labels.others)
    }
}

impl From<IdentityLabels> for Identity {
    fn from(labels: IdentityLabels) -> Self {
        Self { labels: Arc::new(labels) }
    }
}

#[cfg(feature = "serde")]
impl From<Identity> for IdentityLabels {
    fn from(identity: Identity) -> Self {
        Arc::unwrap_or_clone(identity.labels)
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.id(), f)
    }
}

/// Serializes and deserializes a text as a string, without serde's feature `rc`.
#[cfg(feature = "serde")]
mod written {
    use serde::{Deserialize, Deserializer, Serializer};

    use super::Text;

    pub(super) fn serialize<S: Serializer>(label: &str, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(label)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Text, D::Error> {
        String::deserialize(deserializer).map(|label| Text(label.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_the_names_of_nodes_count() {
        let names = [
            "",
            "10.0.0.9",
            "10.0.0.11",
            "a",
            "a-2",
            "a-10",
            "a1b",
            "a02",
            "a2",
            "a02x",
            "a2y",
            "b",
            "node1",
            "node2",
            "node10",
        ];
        let mut sorted: Vec<NodeName> = names.iter().rev().map(|name| NodeName::from(*name)).collect();
        sorted.sort();
        assert_eq!(sorted.iter().map(NodeName::as_str).collect::<Vec<_>>(), names);
    }
}
