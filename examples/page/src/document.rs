//! The HTML document: markup, style, data, script and content security policy.

use base64ct::{Base64, Encoding as _};
use sha2::{Digest as _, Sha256};

use crate::story::Story;
use crate::text::embedded;
use crate::{Page, sections, xml};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

pub(crate) fn document(page: &Page<'_>) -> anyhow::Result<String> {
    let story = Story::of(page)?;
    let head = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>Plan {}: {}</title>\n<style>{STYLE}</style>\n</head>\n",
        policy(),
        xml(&page.id),
        xml(&page.title),
    );
    let body = [
        sections::head(page, &story),
        sections::explorer(story.data.by),
        sections::alternative(page)?,
        sections::waves(page, &story.data),
    ];
    let data = embedded(&story.data)?;
    Ok(format!(
        "{head}<body>\n<main>\n{}</main>\n<script type=\"application/json\" id=\"data\">{data}</script>\n\
         <script>{SCRIPT}</script>\n</body>\n</html>\n",
        body.concat()
    ))
}

/// The content security policy, which admits only the page's own script and style.
fn policy() -> String {
    let [script, style] = [SCRIPT, STYLE].map(|text| Base64::encode_string(&Sha256::digest(text.as_bytes())));
    format!(
        "default-src 'none'; script-src 'sha256-{script}'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'"
    )
}
