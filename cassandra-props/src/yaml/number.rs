//! Numbers, as SnakeYAML's `SafeConstructor` reads them.

/// Whether a text is an integer of any size.
pub(super) fn is_integer(text: &str) -> bool {
    let text = text.replace('_', "");
    let (_, digits, radix) = parts(&text);
    let all = |digits: &str| !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix));
    if radix == 10 { digits.split(':').all(all) } else { all(digits) }
}

/// Whether a text is an integer that fits into Java's `int`.
pub(super) fn is_int(text: &str) -> bool {
    let text = text.replace('_', "");
    let (sign, digits, radix) = parts(&text);
    let fits = || i32::from_str_radix(&[sign, digits].concat(), radix).is_ok();
    // SnakeYAML adds the parts of `12:30` without a check for an overflow.
    is_integer(&text) && (digits.contains(':') || fits())
}

/// The sign, the digits and their radix. A decimal number may have several parts, as `12:30` has.
fn parts(text: &str) -> (&str, &str, u32) {
    let (sign, digits) = match text.split_at_checked(1) {
        Some((sign @ ("-" | "+"), digits)) => (sign, digits),
        _ => ("", text),
    };
    match digits.strip_prefix('0').map(|rest| (rest, rest.split_at_checked(1))) {
        None | Some(("", _)) => (sign, digits, 10),
        Some((_, Some(("x", hex)))) => (sign, hex, 16),
        Some((_, Some(("b", binary)))) => (sign, binary, 2),
        Some((rest, _)) => (sign, rest, 8),
    }
}
