//! Bags written again, but for what changes.

use super::attributes::NewAttributes;
use super::bag::{Bag, Value};
use super::write::Writer;
use crate::error::Error;
use std::collections::BTreeMap;

/// What is to become of a bag.
#[derive(Clone, Debug)]
pub(super) enum Change {
    Remove,
    Attributes(NewAttributes),
}

/// Changes to the bags of one part, by where the bags start.
pub(super) type Changes = BTreeMap<usize, Change>;

/// Writes all bags; those that do not change keep their octets.
pub(super) fn write(contents: &[u8], bags: &[Bag], changes: &Changes, writer: &mut Writer) -> Result<(), Error> {
    for bag in bags {
        let encoded = contents.get(bag.encoded.clone()).unwrap_or_default();
        match (&bag.value, changes.get(&bag.encoded.start)) {
            (_, Some(Change::Remove)) => {}
            (_, Some(Change::Attributes(attributes))) => Bag::write_changed(encoded, attributes, writer)?,
            (Value::Nested(inner), None) if changes.range(bag.encoded.clone()).next().is_some() => {
                Bag::write_nested(encoded, writer, |writer| write(contents, inner, changes, writer))?;
            }
            (_, None) => {
                writer.raw(encoded);
            }
        }
    }
    Ok(())
}
