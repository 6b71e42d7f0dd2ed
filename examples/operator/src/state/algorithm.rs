//! Reads and writes a node's trust manager as a value of Cassandra's setting `algorithm`.

use certgen::path::TrustManager;
use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

const NAMES: [(TrustManager, &str); 2] = [(TrustManager::Pkix, "PKIX"), (TrustManager::SunX509, "SunX509")];

#[expect(clippy::ref_option, clippy::trivially_copy_pass_by_ref, reason = "serde passes the field")]
pub(super) fn serialize<S: Serializer>(manager: &Option<TrustManager>, serializer: S) -> Result<S::Ok, S::Error> {
    let name = |manager: &TrustManager| {
        let found = NAMES.into_iter().find(|(known, _)| known == manager).map(|(_, name)| name);
        found.ok_or_else(|| S::Error::custom(format!("the trust manager {manager:?} has no name")))
    };
    manager.as_ref().map(name).transpose()?.serialize(serializer)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<TrustManager>, D::Error> {
    let manager = |text: String| {
        let found = NAMES.into_iter().find(|(_, name)| *name == text).map(|(manager, _)| manager);
        found.ok_or_else(|| D::Error::custom(format!("the trust manager {text:?} is neither PKIX nor SunX509")))
    };
    Option::<String>::deserialize(deserializer)?.map(manager).transpose()
}
