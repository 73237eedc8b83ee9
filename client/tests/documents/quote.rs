//! The section on quotes.

use crate::markdown::{fields, hex};
use solana_sdk_ids::ed25519_program;
use std::mem::offset_of;
use tessera_client::types::{
    Address,
    args::SubscribeArgs,
    describe::Field,
    quote::{
        CHANGE_DOMAIN, INSTRUCTION_HEADER, INSTRUCTION_LEN, MESSAGE_LEN, MESSAGE_OFFSET,
        PUBLIC_KEY_OFFSET, Quote, SIGNATURE_OFFSET, SUBSCRIBE_DOMAIN,
    },
};

macro_rules! field {
    ($name:ident: $type:ty, $about:literal) => {
        Field {
            name: stringify!($name),
            type_name: stringify!($type),
            offset: offset_of!(Quote, $name),
            len: size_of::<$type>(),
            about: $about,
        }
    };
}

/// The fields of a quote, which `programs/tessera-types/src/quote.rs` declares.
pub(crate) const FIELDS: [Field; 11] = [
    field!(domain: [u8; 16], "ASCII, so that the signature means nothing anywhere else."),
    field!(cluster_tag: [u8; 8], "The org's `cluster_tag`."),
    field!(program: Address, "The program."),
    field!(org: Address, "The org."),
    field!(plan: Address, "The plan."),
    field!(wallet: Address, "The only wallet that may use it."),
    field!(price: u64, "Price of a period, in the mint's smallest unit."),
    field!(deadline: i64, "Void after this time, Unix seconds."),
    field!(nonce: u64, "Above that of every quote that the subscription has used: each is good once."),
    field!(most_periods: u32, "Most later periods that may be approved at this price."),
    field!(spare: [u8; 4], "Zero."),
];

fn ascii(domain: [u8; 16]) -> String {
    String::from_utf8(domain.to_vec()).expect("ASCII")
}

pub(crate) fn section() -> String {
    let (subscribe, change) = (ascii(SUBSCRIBE_DOMAIN), ascii(CHANGE_DOMAIN));
    let piece = |offset: usize, end: usize, what: &str| {
        format!("| {offset} | {} | {what} |\n", end - offset)
    };
    [
        format!(
            "
## Quotes

A quote is what an org's `quote_authority` signs to set the price of one wallet's subscription. Its {} bytes appear in no transaction; what is signed, by Ed25519, is their SHA-256, {MESSAGE_LEN} bytes. The receipt of a subscription by quote has its nonce, its deadline and its price (`terms.price`); `most_periods` is the 4 bytes at {} of the data of the instruction `subscribe`. `domain` is `{subscribe}`; `{change}` is reserved for a change of plan.
",
            size_of::<Quote>(),
            // Behind the instruction's number.
            1 + offset_of!(SubscribeArgs, quote_most_periods)
        ),
        fields(&FIELDS, 0),
        format!(
            "
The signature is in an instruction of the same transaction, to the program `{}`, without accounts, whose data is these {INSTRUCTION_LEN} bytes and no others. It is one of the message's own instructions, anywhere among them.

| offset | bytes | what |
|--:|--:|---|
",
            ed25519_program::ID
        ),
        piece(0, PUBLIC_KEY_OFFSET, &header()),
        piece(PUBLIC_KEY_OFFSET, SIGNATURE_OFFSET, "The `quote_authority`."),
        piece(SIGNATURE_OFFSET, MESSAGE_OFFSET, "The signature."),
        piece(MESSAGE_OFFSET, INSTRUCTION_LEN, "The SHA-256 of the quote."),
    ]
    .concat()
}

fn header() -> String {
    format!(
        "`{}`: the number of signatures, 1, and a byte 0; then numbers of two bytes: where the signature begins, {SIGNATURE_OFFSET}, and in which instruction, {here}, which is this one; where the key begins, {PUBLIC_KEY_OFFSET}, and {here}; where the message begins, {MESSAGE_OFFSET}, its length, {MESSAGE_LEN}, and {here}.",
        hex(&INSTRUCTION_HEADER),
        here = u16::MAX
    )
}
