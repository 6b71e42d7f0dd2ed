//! Types for untrusted text.
//!
//! The text is checked when it is parsed, before it reaches a playbook, a shell, a path or a terminal.

mod digest;
mod host_path;
mod line;
mod name;

pub use digest::Digest;
pub use host_path::HostPath;
pub use line::Line;
pub use name::Name;

/// Implements conversions and `Display` for a type whose `FromStr` checks the text.
macro_rules! checked_text {
    ($type:ident) => {
        impl $type {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $type {
            type Error = $crate::input::Refused;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$type> for String {
            fn from(checked: $type) -> Self {
                checked.0
            }
        }

        impl std::borrow::Borrow<str> for $type {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    };
}
use checked_text;

/// The reason why a text is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused(String);

impl Refused {
    fn because(what: &str, text: &str, why: &str) -> Self {
        Self(format!("the {what} \"{}\" {why}", crate::shown::shown(text)))
    }
}

impl std::fmt::Display for Refused {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}
