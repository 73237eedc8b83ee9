//! What the source says of a structure, for documents that are generated from it.

/// A structure that can be shown field by field.
pub trait Described {
    /// Its documentation.
    const ABOUT: &'static str;
    /// Its fields, in the order of the wire.
    const FIELDS: &'static [Field];
}

/// A structure or enumeration that names values of a byte.
pub trait Valued {
    /// The values, rising.
    const VALUES: &'static [Value];
}

/// A value that has a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Value {
    /// Its name.
    pub name: &'static str,
    /// What stands in the byte: all of it, or one bit.
    pub value: u8,
    /// Its documentation.
    pub about: &'static str,
}

/// A field of a structure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// Its type, as the source writes it.
    pub type_name: &'static str,
    /// From the start of the structure, in bytes.
    pub offset: usize,
    /// In bytes.
    pub len: usize,
    /// Its documentation.
    pub about: &'static str,
}
