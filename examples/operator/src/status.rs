//! The severity of a finding, and the resulting exit status.

use std::fmt;
use std::process::ExitCode;

use serde::Serialize;

use crate::shown::{self, shown};

/// The severity of a finding, from any library.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Works today; breaks for some readers, or later.
    Warning,
    /// Does not work.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

macro_rules! same_levels {
    ($($severity:ty),*) => {$(
        impl From<$severity> for Severity {
            fn from(severity: $severity) -> Self {
                match severity {
                    <$severity>::Note => Self::Note,
                    <$severity>::Warning => Self::Warning,
                    <$severity>::Error => Self::Error,
                }
            }
        }
    )*};
}

same_levels!(keystore_core::lint::Severity, certgen::Severity, cassandra_props::Severity);

/// The exit status of every subcommand. If there are several results, the worst one counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// 0: done, with notes at most.
    Fine,
    /// 1: warnings only.
    Warnings,
    /// 2: the answer is no.
    ///
    /// For example, a finding stops a node, there is no safe plan, or a gate does not hold.
    No,
    /// 3: the subcommand failed.
    ///
    /// For example, an input is invalid or cannot be read, or a result cannot be written.
    Failed,
}

impl Status {
    /// The status for the most severe finding; `None` means that there is none.
    pub fn of(worst: Option<Severity>) -> Self {
        match worst {
            None | Some(Severity::Note) => Self::Fine,
            Some(Severity::Warning) => Self::Warnings,
            Some(Severity::Error) => Self::No,
        }
    }

    /// The number of the exit status.
    pub fn code(self) -> u8 {
        match self {
            Self::Fine => 0,
            Self::Warnings => 1,
            Self::No => 2,
            Self::Failed => 3,
        }
    }
}

/// A file, an entry of a store or a server that could not be read. The rest is still reported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The name of the file, entry or server in reports.
    pub name: String,
    /// The reason.
    pub error: String,
}

impl Failure {
    pub(crate) fn of(name: &str, error: &anyhow::Error) -> Self {
        Self { name: name.to_owned(), error: format!("{error:#}") }
    }
}

impl fmt::Display for Failure {
    /// Writes one line.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", shown(&self.name), shown(&self.error))
    }
}

/// An error whose exit status is [`Status::No`] instead of [`Status::Failed`].
#[derive(Debug)]
pub struct Refused(pub String);

impl fmt::Display for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}

/// Several errors, such as those of several nodes.
#[derive(Debug)]
pub struct Several(Vec<anyhow::Error>);

impl Several {
    /// Combines errors, and names the places that have the same error together.
    pub(crate) fn of<P: fmt::Display>(errors: Vec<(P, anyhow::Error)>) -> Option<anyhow::Error> {
        let mut different: Vec<(String, Vec<String>, anyhow::Error)> = Vec::new();
        for (place, error) in errors {
            let said = format!("{error:#}");
            match different.iter_mut().find(|(known, ..)| *known == said) {
                Some((_, places, _)) => places.push(place.to_string()),
                None => different.push((said, vec![place.to_string()], error)),
            }
        }
        let named = different.into_iter().map(|(_, places, error)| error.context(places.join(", ")));
        let mut named: Vec<anyhow::Error> = named.collect();
        if named.len() > 1 { Some(Self(named).into()) } else { named.pop() }
    }
}

impl fmt::Display for Several {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} errors:", self.0.len())?;
        self.0.iter().try_for_each(|error| write!(formatter, "\n  {}", shown::error(error)))
    }
}

impl std::error::Error for Several {}

impl Status {
    pub(crate) fn of_error(error: &anyhow::Error) -> Self {
        match error.downcast_ref::<Several>() {
            Some(Several(errors)) => errors.iter().map(Self::of_error).max().unwrap_or(Self::Failed),
            None if error.is::<Refused>() => Self::No,
            None => Self::Failed,
        }
    }
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(status.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_errors_the_worst_counts() {
        let refused = |why: &str| anyhow::Error::from(Refused(why.to_owned()));
        let of = |errors: Vec<anyhow::Error>| {
            let several = Several::of(errors.into_iter().enumerate().collect()).unwrap();
            Status::of_error(&several.context("the cluster"))
        };
        assert_eq!(of(vec![refused("a")]), Status::No);
        assert_eq!(of(vec![refused("a"), refused("b")]), Status::No);
        assert_eq!(of(vec![refused("a"), anyhow::anyhow!("b")]), Status::Failed);
    }
}
