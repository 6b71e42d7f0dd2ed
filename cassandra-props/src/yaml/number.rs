//! Numbers, as SnakeYAML's `SafeConstructor` reads them.

/// Whether a text is an integer of any size.
pub(super) fn is_integer(text: &str) -> bool {
    let text = text.replace('_', "");
    let digits = text.strip_prefix(['-', '+']).unwrap_or(&text);
    let all = |digits: &str, radix| !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix));
    match digits.strip_prefix('0') {
        Some("") => true,
        Some(rest) => match rest.split_at_checked(1) {
            Some(("x", hex)) => all(hex, 16),
            Some(("b", binary)) => all(binary, 2),
            _ => all(rest, 8),
        },
        None => digits.split(':').all(|digits| all(digits, 10)),
    }
}

/// Whether a text is an integer that fits into Java's `int`.
pub(super) fn is_int(text: &str) -> bool {
    let text = text.replace('_', "");
    let (sign, digits) = match text.split_at_checked(1) {
        Some((sign @ ("-" | "+"), digits)) => (sign, digits),
        _ => ("", text.as_str()),
    };
    let fits = |digits: &str, radix| i32::from_str_radix(&[sign, digits].concat(), radix).is_ok();
    is_integer(&text)
        && match digits.strip_prefix('0') {
            Some("") => true,
            Some(rest) => match rest.split_at_checked(1) {
                Some(("x", hex)) => fits(hex, 16),
                Some(("b", binary)) => fits(binary, 2),
                _ => fits(rest, 8),
            },
            // SnakeYAML adds the parts of `12:30` without a check for an overflow.
            None => digits.contains(':') || fits(digits, 10),
        }
}
