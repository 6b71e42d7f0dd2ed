//! What was found, in a terminal.

use std::fmt::{self, Write as _};

use anstyle::{AnsiColor, Style};

use super::{CertificateView, Content, EntryView, Inspected, SettingView};
use crate::shown::shown;
use crate::status::Severity;

const TITLE: Style = Style::new().bold();

impl fmt::Display for Inspected {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut text, file) = (String::new(), shown(&self.file));
        match &self.content {
            Content::Store { format, entries, entries_left_out } => {
                let count = counted(entries.len() + entries_left_out, "entry", "entries");
                let _ = writeln!(text, "{TITLE}{file}{TITLE:#}: {format}, {count}");
                for entry in entries {
                    push_entry(&mut text, entry);
                }
                push_left_out(&mut text, "  ", *entries_left_out, ("entry is", "entries are"));
            }
            Content::Certificates { certificates } => {
                let count = counted(certificates.len(), "certificate", "certificates");
                let _ = writeln!(text, "{TITLE}{file}{TITLE:#}: {count}");
                for certificate in certificates {
                    push_certificate(&mut text, certificate);
                }
            }
            Content::Properties { settings } => {
                let _ = writeln!(text, "{TITLE}{file}{TITLE:#}: {} settings of internode TLS", settings.len());
                for SettingView { key, value, line } in settings {
                    let _ = writeln!(text, "  {line:>4}  {} = {}", shown(key), shown(value));
                }
            }
        }
        for finding in &self.findings {
            let style = style(finding.severity);
            let _ = writeln!(text, "  {style}{}{style:#} [{}]", shown(&finding.text), finding.source);
        }
        push_left_out(&mut text, "  ", self.findings_left_out, ("finding is", "findings, none of them worse, are"));
        formatter.write_str(text.trim_end())
    }
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn push_entry(text: &mut String, entry: &EntryView) {
    let _ = writeln!(text, "  {}, {}", shown(&entry.alias), entry.entry_type);
    for certificate in &entry.certificates {
        push_certificate(text, certificate);
    }
    push_left_out(
        text,
        "    ",
        entry.certificates_left_out,
        ("certificate of its chain is", "certificates of its chain are"),
    );
}

/// Says that not everything is shown.
fn push_left_out(text: &mut String, indent: &str, count: usize, (one, many): (&str, &str)) {
    if count > 0 {
        let _ = writeln!(text, "{indent}{} not shown", counted(count, &format!("more {one}"), &format!("more {many}")));
    }
}

fn push_certificate(text: &mut String, certificate: &CertificateView) {
    let CertificateView { subject, issuer, serial, not_before, not_after, expiry, alt_names, key, signature, sha256 } =
        certificate;
    let issuer = if subject == issuer { "itself".into() } else { shown(issuer) };
    let _ = writeln!(text, "    {}, signed by {issuer}", shown(subject));
    let _ = writeln!(text, "    {key}, {signature}, serial {serial}, {}", shown(&alt_names.join(", ")));
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
