//! Sun's JKS.

pub(crate) mod key_protector;
