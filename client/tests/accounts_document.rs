//! docs/accounts.md is what the types say: `UPDATE_ACCOUNTS=1` writes it again.

use std::fmt::Write;
use tessera_client::types::{
    accounts::{
        AccountType, Authority, Code, DISCRIMINATOR_LEN, Header, Issuer, Ledger, Member, Org, Plan,
        Subscription, Terms, Tier,
    },
    describe::Described,
};

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/accounts.md");

/// Lamports for a byte of an account, its 128 bytes of overhead included, for good.
const LAMPORTS_PER_BYTE: usize = 6_960;
const OVERHEAD: usize = 128;

const INTRODUCTION: &str = "# Accounts

What stands where in the accounts of the program, generated from `programs/tessera-types/src/accounts`. Numbers are little-endian, times Unix seconds or seconds, amounts in the mint's smallest unit, and every account begins with its discriminator and a header. Later versions append fields and never move one: read `version`, require at least 1, and accept more bytes than this document knows. Bytes called spare are zero.

Before you believe an account: its owner is the program, its discriminator is the one below, its address derives from its own keys (`client/src/address.rs`), and its org is the one that you mean. `seq = 0` proves nothing.

What is often read wrongly:

- A subscription serves a paying customer while `paid_through` is later than now. `state` is as of the last receipt: an active one may be unpaid, a cancelled one may have time left.
- What a ledger lets its owner claim now is more than `claimable` when `release_at` has passed (`Ledger::claimable_at`).
- A plan belongs to the org in its field `org`, a member likewise: anybody can create an org of the same id and name.
";

/// Text that stands in one cell or line.
fn line(about: &str) -> String {
    let words: Vec<&str> = about.split_whitespace().collect();
    // Links into the source lead nowhere in this document.
    let mut text = String::new();
    for word in words {
        let word = match word.split_once("](") {
            Some((name, rest)) => {
                let end = rest.find(')').map_or("", |at| &rest[at + 1..]);
                format!("{}{end}", name.trim_start_matches('['))
            }
            None => word.replace("[`", "`").replace("`]", "`"),
        };
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&word);
    }
    text.replace('|', "\\|")
}

fn table<T: Described>(document: &mut String, base: usize) -> std::fmt::Result {
    writeln!(document, "\n| offset | bytes | field | type | meaning |")?;
    writeln!(document, "|--:|--:|---|---|---|")?;
    for field in T::FIELDS {
        writeln!(
            document,
            "| {} | {} | `{}` | `{}` | {} |",
            base + field.offset,
            field.len,
            field.name,
            field.type_name,
            line(field.about)
        )?;
    }
    Ok(())
}

fn part<T: Described>(document: &mut String, name: &str) -> std::fmt::Result {
    let len: usize = T::FIELDS.iter().map(|field| field.len).sum();
    writeln!(document, "\n## {name}, {len} bytes\n\n{}", line(T::ABOUT))?;
    table::<T>(document, 0)
}

fn account<T: AccountType>(document: &mut String) -> std::fmt::Result {
    let rent = (T::LEN + OVERHEAD) * LAMPORTS_PER_BYTE;
    writeln!(
        document,
        "\n## {}, {} bytes\n\n{} Discriminator `{}`. Rent: {rent} lamports.",
        T::NAME,
        T::LEN,
        line(T::ABOUT),
        T::DISCRIMINATOR.map(|byte| format!("{byte:02x}")).concat()
    )?;
    table::<T>(document, DISCRIMINATOR_LEN)
}

fn generate() -> Result<String, std::fmt::Error> {
    let mut document = INTRODUCTION.to_owned();
    part::<Header>(&mut document, "Header")?;
    account::<Org>(&mut document)?;
    part::<Tier>(&mut document, "Tier")?;
    account::<Plan>(&mut document)?;
    account::<Member>(&mut document)?;
    account::<Subscription>(&mut document)?;
    part::<Terms>(&mut document, "Terms")?;
    account::<Authority>(&mut document)?;
    account::<Ledger>(&mut document)?;
    account::<Code>(&mut document)?;
    account::<Issuer>(&mut document)?;
    Ok(document)
}

#[test]
fn the_document_says_what_the_types_say() {
    let generated = generate().expect("text");
    if std::env::var_os("UPDATE_ACCOUNTS").is_some() {
        std::fs::write(DOCUMENT, &generated).expect("docs/accounts.md");
    }
    let committed = std::fs::read_to_string(DOCUMENT).unwrap_or_default();
    assert!(
        committed == generated,
        "docs/accounts.md is stale: UPDATE_ACCOUNTS=1 cargo test -p tessera-client"
    );
}

#[test]
fn fields_leave_no_gap() {
    fn gapless<T: Described>(len: usize) {
        let mut end = 0;
        for field in T::FIELDS {
            assert_eq!(field.offset, end, "{}", field.name);
            end += field.len;
        }
        assert_eq!(end, len);
    }
    gapless::<Header>(size_of::<Header>());
    gapless::<Org>(size_of::<Org>());
    gapless::<Tier>(size_of::<Tier>());
    gapless::<Plan>(size_of::<Plan>());
    gapless::<Member>(size_of::<Member>());
    gapless::<Subscription>(size_of::<Subscription>());
    gapless::<Terms>(size_of::<Terms>());
    gapless::<Authority>(size_of::<Authority>());
    gapless::<Ledger>(size_of::<Ledger>());
    gapless::<Code>(size_of::<Code>());
    gapless::<Issuer>(size_of::<Issuer>());
}
