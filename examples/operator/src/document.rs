//! JSON documents for programs, such as the output of `--json`.
//!
//! Each document contains the name of its schema. The schemas are in `docs/schema`: for example, the schema
//! `cassandra-tls/plan/3` is in `plan-3.json`.

use anstream::println;
use anyhow::{Context as _, ensure};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::shown;

/// The name of a schema, as in the field `schema` of a document.
///
/// The number at the end changes whenever the schema changes in a way that could break a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schema(&'static str);

impl Schema {
    /// The output of `apply`.
    pub const APPLY: Self = Self("cassandra-tls/apply/2");
    /// The output of `plan compare`.
    pub const COMPARISON: Self = Self("cassandra-tls/comparison/1");
    /// The output of `convert`.
    pub const CONVERT: Self = Self("cassandra-tls/convert/1");
    /// The error of a subcommand, or of the command line.
    pub const ERROR: Self = Self("cassandra-tls/error/1");
    /// The output of `expiry`.
    pub const EXPIRY: Self = Self("cassandra-tls/expiry/4");
    /// The output of `inspect`.
    pub const INSPECT: Self = Self("cassandra-tls/inspect/3");
    /// `manifest.json` of a generation, and the usual output of `prepare`.
    ///
    /// The output with `--requests` or `--replies` is of [`REQUESTS`](Self::REQUESTS).
    pub const MANIFEST: Self = Self("cassandra-tls/manifest/2");
    /// The output of `observe playbook` and of `observe trees`.
    pub const OBSERVE: Self = Self("cassandra-tls/observe/4");
    /// The output of `plan`, except of `plan compare` and `plan --verify`.
    pub const PLAN: Self = Self("cassandra-tls/plan/3");
    /// The output of `plan --verify`.
    pub const VERIFICATION: Self = Self("cassandra-tls/verification/1");
    /// `playbook.json`: a plan for the Ansible role.
    pub const PLAYBOOK: Self = Self("cassandra-tls/playbook/4");
    /// The output of `preflight`.
    pub const PREFLIGHT: Self = Self("cassandra-tls/preflight/2");
    /// The output of `probe`.
    pub const PROBE: Self = Self("cassandra-tls/probe/3");
    /// The output of `prepare --requests` and of `prepare --replies`.
    pub const REQUESTS: Self = Self("cassandra-tls/requests/2");
    /// The state of a cluster, such as the file that `observe trees` writes.
    pub const STATE: Self = Self("cassandra-tls/state/4");
    /// The output of `observe stores`.
    pub const STORES: Self = Self("cassandra-tls/stores/1");

    /// Writes a document of this schema, with control and invisible characters escaped.
    ///
    /// # Errors
    /// If `body` cannot be written as a JSON object.
    pub fn write(self, body: &impl Serialize) -> anyhow::Result<String> {
        #[derive(Serialize)]
        struct Document<'a, T> {
            schema: &'static str,
            #[serde(flatten)]
            body: &'a T,
        }
        Ok(shown::json(&serde_json::to_string_pretty(&Document { schema: self.0, body })?) + "\n")
    }

    /// Reads a document of this schema.
    ///
    /// # Errors
    /// If the text is not JSON, names no schema or a different schema, or does not contain a `T`.
    pub fn read<T: DeserializeOwned>(self, text: &str) -> anyhow::Result<T> {
        #[derive(Deserialize)]
        struct Named {
            schema: Option<String>,
        }
        let named: Named = serde_json::from_str(text).context("not a JSON document")?;
        let found = named.schema.with_context(|| format!("names no schema; this program reads {}", self.0))?;
        ensure!(found == self.0, "has the schema {found}; this program reads {}", self.0);
        Ok(serde_json::from_str(text)?)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Text,
    Json,
}

impl Form {
    pub(crate) fn print(
        self,
        schema: Schema,
        body: &impl Serialize,
        text: impl FnOnce() -> String,
    ) -> anyhow::Result<()> {
        let text = match self {
            Self::Text => shown::terminal(&text()),
            Self::Json => schema.write(body)?,
        };
        if !text.is_empty() {
            println!("{}", text.trim_end());
        }
        Ok(())
    }
}
