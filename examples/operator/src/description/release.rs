//! A release of Cassandra in TOML and JSON: as text.

use cassandra_props::Release;
use serde::de::Error as _;
use serde::{Deserialize as _, Deserializer, Serializer};

pub(crate) fn serialize<S: Serializer>(release: &Release, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(release)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Release, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
}
