//! docs/accounts.md.

use crate::markdown::{NUMBERS, account, part, values};
use tessera_client::types::{
    ID,
    accounts::{
        Authority, Code, Header, ISSUER_WINDOW, Issuer, Ledger, MEMBER_WINDOW, Member, Org, Plan,
        Subscription, SubscriptionState, Terms, Tier,
    },
    events::Settlement,
    seeds, window,
};

fn introduction() -> String {
    format!(
        "# Accounts

What stands where in the accounts of the program `{ID}`, generated from `programs/tessera-types/src/accounts`. `receipts.md` has the events that its instructions leave behind. How to read it:

- An account's data begins with 8 bytes, its discriminator: the first 8 bytes of the SHA-256 of `account:` and the name of its kind, here in hexadecimal, first byte first. Behind it come header and fields.
- Offsets in the table of an account count from the start of its data, so the header is at 8 and its `version` is the byte at 8, too. Offsets in the tables of Header, Tier and Terms, which are parts, count from the start of the part. Lengths of accounts include the discriminator.
{NUMBERS}- Later versions append fields and never move one: read `version`, require at least 1, and accept more bytes than this document knows.

Before you believe an account: its owner is the program, its discriminator is the one below, its address is the one of its seeds, and its org is the one that you mean. `receipt_seq = 0` proves nothing.

What is often read wrongly:

- A subscription serves a paying customer while `paid_through` is later than now. `state` is as of the last receipt: an active one may be unpaid, a cancelled one may have time left.
- What a ledger lets its owner claim now is `claimable`, plus `held` when `release_at` has come, plus `queued` when `release_at` and `queued_release_at` both have.
- A plan belongs to the org in its field `org`, a member likewise: anybody can create an org of the same id.
"
    )
}

fn addresses() -> String {
    let vault = String::from_utf8_lossy(seeds::VAULT);
    format!(
        "
## Addresses

The address of an account is the program-derived address of its seeds and the program's id, with the highest bump that gives one, as `findProgramAddress` of every Solana library returns it. Each section names the seeds in their order: a word in quotes is its ASCII bytes, an address its 32 bytes, an `id` its 8 bytes, a code its 16 bytes.

The vault, which holds the commission of an org in a mint, has its address from the same program, but is a token account of the program that owns the mint, and its own owner. Seeds: `{vault}`, org, mint.
"
    )
}

fn window_of_numbers() -> String {
    assert!(window::MAX_JUMP.is_power_of_two());
    let jump = window::MAX_JUMP.ilog2();
    let reach = |words: usize| (words - 1) * 64;
    format!(
        "
## The window

References count once: `used_references` is a ring of n words, {MEMBER_WINDOW} in a Member and {ISSUER_WINDOW} in an Issuer, in which number r is bit r mod 64, the lowest first, of word (r div 64) mod n, and a bit that is set says that its number is used. A number above `highest_reference` is free when it is at most 2^{jump} above it; using it makes it the highest, and first clears the word of each block of 64 numbers after the old highest one's, up to and including its own. A number that is not above the highest is free when its bit is not set and it is at most 64 × (n − 1) below, which is {} in a Member and {} in an Issuer; what is further below is refused, used or not, since its word may be a later block's.
",
        reach(MEMBER_WINDOW),
        reach(ISSUER_WINDOW)
    )
}

pub(crate) fn document() -> String {
    [
        introduction(),
        addresses(),
        part::<Header>("Header"),
        account::<Org>(),
        values::<Org>("Bits of `pause_flags`:"),
        part::<Tier>("Tier"),
        account::<Plan>(),
        values::<Plan>("Bits of `flags`, and of `consents` in a Subscription:"),
        account::<Member>(),
        account::<Subscription>(),
        values::<SubscriptionState>("Values of `state`, a `SubscriptionState`:"),
        values::<Settlement>("Bits of `period_flags`, the `flags` of a Settlement:"),
        part::<Terms>("Terms"),
        account::<Authority>(),
        account::<Ledger>(),
        account::<Code>(),
        account::<Issuer>(),
        window_of_numbers(),
    ]
    .concat()
}
