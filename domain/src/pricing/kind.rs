//! Structures of several kinds that differ in their fields, read field by field: what is wrong is
//! then named with its place, which serde forgets where it reads a tag.

use serde::de::Error;

/// The field of a kind that must have it.
pub(super) fn given<T, E: Error>(field: Option<T>, name: &'static str) -> Result<T, E> {
    field.ok_or_else(|| E::missing_field(name))
}

/// Refuses fields that are there and not `known` to the kind.
pub(super) fn only<E: Error>(
    fields: &[(&str, bool)],
    known: &'static [&'static str],
) -> Result<(), E> {
    match fields
        .iter()
        .find(|(name, there)| *there && !known.contains(name))
    {
        Some((name, _)) => Err(E::unknown_field(name, known)),
        None => Ok(()),
    }
}
