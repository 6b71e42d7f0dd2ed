//! The labels of a node's certificates: its name, as the procedure has it, then `node1-2`, `node1-3` and so on.

use crate::Error;

/// The label of a node's `number`th certificate, from 1.
pub fn label(node: &str, number: u32) -> String {
    if number <= 1 { node.to_owned() } else { format!("{node}-{number}") }
}

/// The label of the certificate that follows the one of this label.
///
/// # Errors
/// If the label ends in a number that has no successor.
pub fn next_label(of: &str) -> Result<String, Error> {
    let numbered = of.rsplit_once('-').and_then(|(node, number)| Some((node, number.parse::<u32>().ok()?)));
    let (node, number) = numbered.unwrap_or((of, 1));
    let next = number.checked_add(1).ok_or_else(|| Error::invalid(format!("{of} has no successor")))?;
    Ok(format!("{node}-{next}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_count_up_from_the_second_certificate() {
        assert_eq!([1, 2, 3].map(|number| label("node1", number)), ["node1", "node1-2", "node1-3"]);
        for (of, next) in
            [("node1", "node1-2"), ("node1-2", "node1-3"), ("dc-east", "dc-east-2"), ("n-9", "n-10"), ("n-0", "n-1")]
        {
            assert_eq!(next_label(of).unwrap(), next);
        }
        let error = next_label("n-4294967295").unwrap_err();
        assert_eq!(error.to_string(), "n-4294967295 has no successor");
    }
}
