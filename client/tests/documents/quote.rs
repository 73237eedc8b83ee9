//! The section on quotes.

use crate::markdown::{field, fields, hex};
use solana_sdk_ids::ed25519_program;
use std::mem::offset_of;
use tessera_client::types::{
    Address,
    args::{ChangePlanArgs, PayInvoiceArgs, SignedTerms, SubscribeArgs},
    describe::Field,
    quote::{
        CHANGE_DOMAIN, INSTRUCTION_HEADER, INSTRUCTION_LEN, INVOICE_DOMAIN, MESSAGE_LEN,
        MESSAGE_OFFSET, PUBLIC_KEY_OFFSET, Quote, SIGNATURE_OFFSET, SUBSCRIBE_DOMAIN,
    },
};

/// The fields of a quote, which `programs/tessera-types/src/quote.rs` declares.
pub(crate) const FIELDS: [Field; 12] = [
    field!(Quote.domain: [u8; 16], "ASCII, so that the signature means nothing anywhere else."),
    field!(Quote.cluster_tag: [u8; 8], "The org's `cluster_tag`."),
    field!(Quote.program: Address, "The program."),
    field!(Quote.org: Address, "The org."),
    field!(Quote.plan: Address, "The plan; of a change the one that it leads to."),
    field!(Quote.wallet: Address, "The only wallet that may use it."),
    field!(Quote.price: u64, "Price of a period, or the invoice's amount, in the mint's smallest unit."),
    field!(Quote.deadline: i64, "Void after this time, Unix seconds."),
    field!(Quote.nonce: u64, "Above that of every quote that the subscription has used: each is good once. Of an invoice its id, paid once by a wallet under a plan."),
    field!(Quote.points: u64, "Points that an invoice gives; 0 elsewhere."),
    field!(Quote.most_periods: u32, "Most later periods that may be approved at this price; 0 in an invoice."),
    field!(Quote.spare: [u8; 4], "Zero."),
];

fn ascii(domain: [u8; 16]) -> String {
    String::from_utf8(domain.to_vec()).expect("ASCII")
}

pub(crate) fn section() -> String {
    let domains = [SUBSCRIBE_DOMAIN, CHANGE_DOMAIN, INVOICE_DOMAIN];
    let [subscribe, change, invoice] = domains.map(ascii);
    // The terms come first in both instructions, behind the number.
    const {
        assert!(offset_of!(SubscribeArgs, terms) == 0 && offset_of!(ChangePlanArgs, terms) == 0);
    };
    let most_periods = 1 + offset_of!(SignedTerms, quote_most_periods);
    let piece = |offset: usize, end: usize, what: &str| {
        format!("| {offset} | {} | {what} |\n", end - offset)
    };
    [
        format!(
            "
## Quotes and invoices

A quote is what an org's `quote_authority` signs to set the price of one wallet's subscription, with the `domain` `{subscribe}`, or of its change to another plan, with `{change}`; an invoice is the same structure with `{invoice}`. Its {} bytes appear in no transaction; what is signed, by Ed25519, is their SHA-256, {MESSAGE_LEN} bytes. The receipt of a subscription or change by quote has its nonce, its deadline and its price (`terms.price`), that of an invoice its id, its deadline and its amount (`settlement.debit`); `most_periods` is the 4 bytes at {most_periods} of the data of the instruction `subscribe` or `change_plan`, and the points of an invoice the 8 bytes at {} of that of `pay_invoice`.
",
            size_of::<Quote>(),
            1 + offset_of!(PayInvoiceArgs, points),
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
