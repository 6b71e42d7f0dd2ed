//! Formats the results for a terminal.

use std::fmt::{self, Write as _};

use anstyle::{AnsiColor, Style};

use super::{CertificateView, Content, EntryView, Held, Inspected, SettingView};
use crate::shown::shown;
use crate::status::Severity;

const TITLE: Style = Style::new().bold();

impl fmt::Display for Inspected {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut text, file) = (String::new(), shown(&self.file));
        match &self.content {
            Content::Store { format, integrity, listed, entries, entries_left_out } => {
                let held = entries.len() + entries_left_out;
                let count = counted(held, "entry", "entries");
                let listed = if *listed == held { String::new() } else { format!(", of which Java lists {listed}") };
                let _ = writeln!(text, "{TITLE}{file}{TITLE:#}: {format}, {count}{listed}, {}", said(integrity));
                for entry in entries {
                    push_entry(&mut text, entry);
                }
                push_left_out(&mut text, "  ", *entries_left_out, ("entry is", "entries are"));
            }
            Content::Certificates { certificates } => {
                let count = counted(certificates.len(), "certificate", "certificates");
                let _ = writeln!(text, "{TITLE}{file}{TITLE:#}: {count}");
                for certificate in certificates {
                    push_held(&mut text, certificate);
                }
            }
            Content::Properties { settings } => {
                let count = counted(settings.len(), "setting", "settings");
                let _ = writeln!(text, "{TITLE}{file}{TITLE:#}: {count} of internode TLS");
                for SettingView { key, value, line } in settings {
                    let _ = writeln!(text, "  {line:>4}  {} = {}", shown(key), shown(value));
                }
            }
        }
        for finding in &self.findings {
            let (style, severity) = (style(finding.severity), finding.severity);
            let why = finding.why.as_deref().map(|why| format!(": {why}")).unwrap_or_default();
            let _ = writeln!(text, "  {style}{severity}: {}{style:#}{why} [{}]", shown(&finding.text), finding.source);
        }
        push_left_out(&mut text, "  ", self.findings_left_out, ("finding is", "findings, none of them worse, are"));
        formatter.write_str(text.trim_end())
    }
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn push_entry(text: &mut String, entry: &EntryView) {
    let visibility = match entry.visibility {
        "reachable" => String::new(),
        other => format!(", {other}: Java does not find it"),
    };
    let _ = writeln!(text, "  {}, {}{visibility}", shown(&entry.alias), entry.entry_type);
    for certificate in &entry.certificates {
        push_held(text, certificate);
    }
    push_left_out(
        text,
        "    ",
        entry.certificates_left_out,
        ("certificate of its chain is", "certificates of its chain are"),
    );
}

fn push_left_out(text: &mut String, indent: &str, count: usize, (one, many): (&str, &str)) {
    if count > 0 {
        let _ = writeln!(text, "{indent}{} not shown", counted(count, &format!("more {one}"), &format!("more {many}")));
    }
}

fn said(integrity: &str) -> &'static str {
    match integrity {
        "verified" => "integrity verified",
        "not_verified" => "integrity not verified",
        _ => "without a MAC",
    }
}

fn push_held(text: &mut String, held: &Held) {
    match held {
        Held::Read(certificate) => push_certificate(text, certificate),
        Held::Unread { error } => {
            let _ = writeln!(text, "    a certificate that cannot be read: {}", shown(error));
        }
    }
}

fn push_certificate(text: &mut String, certificate: &CertificateView) {
    let CertificateView { subject, issuer, serial, not_before, not_after, expiry, key, signature, sha256, .. } =
        certificate;
    let role = &certificate.role;
    let names = match certificate.alt_names.as_slice() {
        [] => "no alternative names".to_owned(),
        names => names.join(", "),
    };
    let issuer = if subject == issuer { "itself".into() } else { shown(issuer) };
    let _ = writeln!(text, "    {}, signed by {issuer}, judged as: {role}", shown(subject));
    let _ = writeln!(text, "    {key}, {signature}, serial {serial}, {}", shown(&names));
    let _ = writeln!(text, "    {not_before} to {not_after}: {expiry}");
    let _ = writeln!(text, "    SHA-256 {sha256}");
}

fn style(severity: Severity) -> Style {
    match severity {
        Severity::Note => Style::new(),
        Severity::Warning => AnsiColor::Yellow.on_default(),
        Severity::Error => AnsiColor::Red.on_default().bold(),
    }
}
