//! What both documents are made of: tables of fields and of values.

use tessera_client::types::{
    REFERRAL_LEVELS, TIERS,
    accounts::{
        AccountType, DISCRIMINATOR_LEN, EXPIRY_BUCKETS, ISSUER_WINDOW, MEMBER_WINDOW, PAGE_WORDS,
    },
    describe::{Described, Field, Valued},
    events::EventType,
};

/// Lamports for a byte of an account, its 128 bytes of overhead included, for good.
const LAMPORTS_PER_BYTE: usize = 6_960;
const OVERHEAD: usize = 128;

/// How both documents count and write.
pub(crate) const NUMBERS: &str = "\
- Numbers are little-endian and nothing stands between fields. `u8` to `u64` are unsigned, `i64` is two's complement. `u64::MAX` is 2^64 − 1, `i64::MAX` is 2^63 − 1.
- An `Address` is 32 bytes, all zero when there is none. `[T; n]` is n times T, one behind the other. A type that begins with a capital letter has a section of its own.
- Times are Unix seconds or seconds, amounts the mint's smallest unit, basis points ten-thousandths. Bytes called spare are zero.
";

/// A field of a structure that is signed or hashed and stored nowhere, so that the source says
/// nothing of it to documents.
macro_rules! field {
    ($of:ident.$name:ident: $type:ty, $about:literal) => {
        tessera_client::types::describe::Field {
            name: stringify!($name),
            type_name: stringify!($type),
            offset: std::mem::offset_of!($of, $name),
            len: size_of::<$type>(),
            about: $about,
        }
    };
}
pub(crate) use field;

/// Text that stands in one cell or line.
fn line(about: &str) -> String {
    plain(about).replace('|', "\\|")
}

/// Text without links, in one line.
pub(crate) fn plain(about: &str) -> String {
    let words: Vec<&str> = about.split_whitespace().collect();
    // Links into the source lead nowhere in this document.
    let mut text = words.join(" ");
    while let Some((before, link)) = text.split_once("](") {
        let (_, behind) = link.split_once(')').expect("an end of the link");
        let start = before.rfind('[').expect("a start of the link");
        text = format!("{}{}{behind}", &before[..start], &before[start + 1..]);
    }
    text.replace("[`crate::", "`")
        .replace("[`", "`")
        .replace("`]", "`")
}

/// A type as readers know it: lengths as numbers.
fn type_name(name: &str) -> String {
    match element_and_len(name) {
        Some((element, len)) => format!("[{element}; {len}]"),
        None => name.to_owned(),
    }
}

/// What an array is made of, and how many there are.
pub(crate) fn element_and_len(name: &str) -> Option<(&str, usize)> {
    let lengths = [
        ("REFERRAL_LEVELS", REFERRAL_LEVELS),
        ("TIERS", TIERS),
        ("MEMBER_WINDOW", MEMBER_WINDOW),
        ("ISSUER_WINDOW", ISSUER_WINDOW),
        ("EXPIRY_BUCKETS", EXPIRY_BUCKETS),
        ("PAGE_WORDS", PAGE_WORDS),
    ];
    let (element, len) = name
        .strip_prefix('[')?
        .strip_suffix(']')?
        .split_once("; ")?;
    let named = lengths.iter().find(|(name, _)| *name == len);
    let len = named.map_or_else(|| len.parse().expect("a length"), |(_, len)| *len);
    Some((element, len))
}

/// A table of fields whose offsets count from `base` bytes before them.
pub(crate) fn fields(fields: &[Field], base: usize) -> String {
    let rows = fields.iter().map(|field| {
        format!(
            "| {} | {} | `{}` | `{}` | {} |\n",
            base + field.offset,
            field.len,
            field.name,
            type_name(field.type_name),
            line(field.about)
        )
    });
    let head = "\n| offset | bytes | field | type | meaning |\n|--:|--:|---|---|---|\n";
    head.to_owned() + &rows.collect::<String>()
}

/// The values that `T` names, under a sentence that says where they stand.
pub(crate) fn values<T: Valued>(where_they_stand: &str) -> String {
    let rows = T::VALUES.iter().map(|value| {
        format!(
            "| {} | `{}` | {} |\n",
            value.value,
            value.name,
            line(value.about)
        )
    });
    format!("\n{where_they_stand}\n\n| value | name | meaning |\n|--:|---|---|\n")
        + &rows.collect::<String>()
}

/// A part of accounts or events; offsets count from its start.
pub(crate) fn part<T: Described>(name: &str) -> String {
    format!(
        "\n## {name}, {} bytes\n\n{}\n{}",
        size_of::<T>(),
        line(T::ABOUT),
        fields(T::FIELDS, 0)
    )
}

/// An account; offsets count from the start of its data, discriminator included.
pub(crate) fn account<T: AccountType>() -> String {
    format!(
        "\n## {}, {} bytes\n\n{} Discriminator `{}`. Rent: {} lamports.\n{}",
        T::NAME,
        T::LEN,
        line(T::ABOUT),
        hex(&T::DISCRIMINATOR),
        (T::LEN + OVERHEAD) * LAMPORTS_PER_BYTE,
        fields(T::FIELDS, DISCRIMINATOR_LEN)
    )
}

/// An event; offsets count from its first byte, discriminator included.
pub(crate) fn event<T: EventType>(behind: &str) -> String {
    format!(
        "\n## {}, {} bytes\n\n{} Discriminator `{}`.{behind}\n{}",
        T::NAME,
        DISCRIMINATOR_LEN + size_of::<T>(),
        line(T::ABOUT),
        hex(&T::DISCRIMINATOR),
        fields(T::FIELDS, DISCRIMINATOR_LEN)
    )
}

/// Bytes in their order, two digits each.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
