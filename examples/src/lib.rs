//! What the programs share: files on a host, and a lab of nodes that speak real TLS.

pub mod files;
pub mod observe;
