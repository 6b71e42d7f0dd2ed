//! Findings about the PEM texts that a `cassandra.yaml` contains or names.

use cassandra_props::{CassandraYaml, InternodeTls, PemText, Release, Section, Setting};
use certgen::pem::decode_certificates;
use certgen::{CertificateInfo, CertificateRole, Time};

use super::{FindingView, certificate};
use crate::pem_stores::{PemPlace, PemRead, PemStores};
use crate::reading::Root;
use crate::status::Severity;

/// The newest Java that runs Cassandra 5.0 (in Edge 4.54).
const JAVA: u32 = 21;

const SOURCE: &str = "PEMBasedSslContextFactory";

pub(super) fn findings(file: &CassandraYaml, tls: InternodeTls, release: Release, now: Time) -> Vec<FindingView> {
    // The lint of the settings reports settings that do not load.
    let Ok(Some(stores)) = PemStores::of(file, Section::Server, release) else { return Vec::new() };
    let mut findings = Vec::new();
    let mut text = |place| text(place, &mut findings);
    let (key, trusted) = (text(&stores.key), text(&stores.trusted));
    let outbound = stores.outbound.as_ref().and_then(text);
    let read = |setting| {
        let read = match setting {
            Setting::Keystore => &key,
            Setting::OutboundKeystore => &outbound,
            _ => &trusted,
        };
        read.as_ref().map(|read| PemText::read(&read.text))
    };
    findings.extend(tls.lint_pem(file, JAVA, read).iter().map(FindingView::of_settings));
    for (read, first) in
        [(key, CertificateRole::Node), (outbound, CertificateRole::Node), (trusted, CertificateRole::Anchor)]
    {
        findings.extend(read.iter().flat_map(|read| of_certificates(read, first, now)));
    }
    findings
}

fn text(place: &PemPlace, findings: &mut Vec<FindingView>) -> Option<PemRead> {
    match place.read(&Root::Host) {
        Ok(read) => Some(read),
        Err(error) => {
            let text = format!("{error:#}: preflight --root reads it in a copy of the node's tree");
            findings.push(FindingView::new(Severity::Note, &text, None, SOURCE));
            None
        }
    }
}

fn of_certificates(read: &PemRead, first: CertificateRole, now: Time) -> Vec<FindingView> {
    let certificates = match decode_certificates(read.text.as_bytes()) {
        Ok(certificates) => certificates,
        Err(error) => return vec![certificate::unreadable(&read.place, &error)],
    };
    let mut findings = Vec::new();
    for (place, der) in certificates.iter().enumerate() {
        let name = format!("{}, certificate {} of {}", read.place, place + 1, certificates.len());
        match CertificateInfo::read(der) {
            Ok(info) => {
                let role = match (first, place) {
                    (first, 0) => first,
                    (CertificateRole::Node, _) if info.subject() != info.issuer() => CertificateRole::Issuer,
                    _ => CertificateRole::Anchor,
                };
                findings.extend(certificate::findings(&name, &info, role, now));
            }
            Err(error) => findings.push(certificate::unreadable(&name, &error)),
        }
    }
    findings
}
