//! The selection of a request's extensions.

use std::str::FromStr;

use der::asn1::ObjectIdentifier;

use crate::error::{Error, ErrorKind};
use crate::extension::{Criticality, Extension};
use crate::oid;

/// The extensions of a request that are copied to the certificate.
///
/// The text form is that of `keytool -gencert -ext honored=...`: a comma-separated list of `all` and of extensions. An
/// extension is given by its name, by an abbreviation such as `san`, or by its object identifier. `:critical` or
/// `:non-critical` after an extension sets its criticality, and `-` before an extension excludes it. If an extension occurs
/// more than once, the last occurrence counts. Extensions that the request does not contain are not added. By default,
/// nothing is copied, as in keytool.
///
/// ```
/// use certgen::Honored;
///
/// let names_and_usages: Honored = "san,ku:critical,eku".parse()?;
/// let all_but_one: Honored = "all,-1.3.6.1.4.1.311.20.2".parse()?;
/// # Ok::<(), certgen::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Honored {
    all: bool,
    items: Vec<Item>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Item {
    oid: ObjectIdentifier,
    treatment: Treatment,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Treatment {
    LeaveOut,
    TakeOver,
    TakeOverAs(Criticality),
}

/// The extensions that keytool knows by name, each with one of keytool's abbreviations.
const NAMES: [(&str, &str, ObjectIdentifier); 8] = [
    ("basicconstraints", "bc", oid::BASIC_CONSTRAINTS),
    ("keyusage", "ku", oid::KEY_USAGE),
    ("extendedkeyusage", "eku", oid::EXTENDED_KEY_USAGE),
    ("subjectalternativename", "san", oid::SUBJECT_ALT_NAME),
    ("issueralternativename", "ian", oid::ISSUER_ALT_NAME),
    ("subjectinfoaccess", "sia", oid::SUBJECT_INFO_ACCESS),
    ("authorityinfoaccess", "aia", oid::AUTHORITY_INFO_ACCESS),
    ("crldistributionpoints", "crl", oid::CRL_DISTRIBUTION_POINTS),
];

impl Honored {
    pub(super) fn take(&self, extension: &Extension) -> Option<Extension> {
        let last = self.items.iter().rfind(|item| item.oid == *extension.oid()).map(|item| item.treatment);
        match last {
            None => self.all.then(|| extension.clone()),
            Some(Treatment::LeaveOut) => None,
            Some(Treatment::TakeOver) => Some(extension.clone()),
            Some(Treatment::TakeOverAs(criticality)) => Some(extension.clone().with(criticality)),
        }
    }
}

impl FromStr for Honored {
    type Err = Error;

    /// # Errors
    /// [`ErrorKind::InvalidHonored`] with the invalid part of the list.
    fn from_str(list: &str) -> Result<Self, Error> {
        let mut honored = Self::default();
        for item in list.split(',').map(str::trim) {
            if item.eq_ignore_ascii_case("all") {
                honored.all = true;
            } else {
                let invalid = || Error::new(ErrorKind::InvalidHonored { item: item.to_owned() });
                honored.items.push(Item::read(&item.to_ascii_lowercase()).ok_or_else(invalid)?);
            }
        }
        Ok(honored)
    }
}

impl Item {
    fn read(item: &str) -> Option<Self> {
        if let Some(name) = item.strip_prefix('-') {
            return Some(Self { oid: named(name)?, treatment: Treatment::LeaveOut });
        }
        let (name, treatment) = match item.split_once(':') {
            None => (item, Treatment::TakeOver),
            Some((name, "critical")) => (name, Treatment::TakeOverAs(Criticality::Critical)),
            Some((name, "non-critical")) => (name, Treatment::TakeOverAs(Criticality::NonCritical)),
            Some(_) => return None,
        };
        Some(Self { oid: named(name)?, treatment })
    }
}

fn named(name: &str) -> Option<ObjectIdentifier> {
    let known = NAMES.iter().find(|(long, short, _)| [*long, *short].contains(&name)).map(|(.., oid)| *oid);
    known.or_else(|| ObjectIdentifier::new(name).ok())
}
