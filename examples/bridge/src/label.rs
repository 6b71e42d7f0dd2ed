//! The labels of a node's certificates: `node1`, `node1-2`, `node1-3` and so on.

/// The label of a node's certificate with this number, counted from 1.
pub fn label(node: &str, number: u32) -> String {
    if number <= 1 { node.to_owned() } else { format!("{node}-{number}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_count_up_from_the_second_certificate() {
        assert_eq!([1, 2, 3].map(|number| label("node1", number)), ["node1", "node1-2", "node1-3"]);
    }
}
