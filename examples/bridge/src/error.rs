//! The errors of translations between the libraries.

use std::fmt;

/// An error of a translation between the libraries.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// A store cannot be read or written.
    Keystore(keystore_core::Error),
    /// A key or a certificate cannot be made or read.
    Certificate(certgen::Error),
    /// A setting cannot be read or written.
    Settings(cassandra_props::Error),
    /// The planner refuses the input.
    Planner(rotation_planner::Error),
    /// The input cannot be used, for the reason in the text.
    Invalid(String),
    /// An error about the item that the text names.
    In(&'static str, Box<Self>),
}

impl Error {
    pub(crate) fn invalid(what: impl Into<String>) -> Self {
        Self::Invalid(what.into())
    }

    pub(crate) fn of(self, what: &'static str) -> Self {
        Self::In(what, Box::new(self))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Keystore(error) => error.fmt(formatter),
            Self::Certificate(error) => error.fmt(formatter),
            Self::Settings(error) => error.fmt(formatter),
            Self::Planner(error) => error.fmt(formatter),
            Self::Invalid(what) => formatter.write_str(what),
            Self::In(what, error) => write!(formatter, "{what}: {error}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<keystore_core::Error> for Error {
    fn from(error: keystore_core::Error) -> Self {
        Self::Keystore(error)
    }
}

impl From<certgen::Error> for Error {
    fn from(error: certgen::Error) -> Self {
        Self::Certificate(error)
    }
}

impl From<rotation_planner::Error> for Error {
    fn from(error: rotation_planner::Error) -> Self {
        Self::Planner(error)
    }
}

impl From<cassandra_props::Error> for Error {
    fn from(error: cassandra_props::Error) -> Self {
        Self::Settings(error)
    }
}
