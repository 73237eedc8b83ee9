//! docs/receipts.md.

use crate::{
    carriers,
    markdown::{NUMBERS, event, part, values},
    quote,
};
use tessera_client::types::{
    ID, REFERRAL_LEVELS,
    accounts::{DISCRIMINATOR_LEN, Plan, Terms, Tier},
    args::CreatePlanArgs,
    events::{
        Cancelled, Charged, CodeCreated, CommissionClaimed, IssuerSet, LedgerOpened, LedgerShare,
        MemberRegistered, OrgCreated, PlanCreated, PointsAwarded, PointsRedeemed, Receipt,
        Settlement, Subscribed,
    },
};

fn introduction() -> String {
    let share = size_of::<LedgerShare>();
    format!(
        "# Receipts

What the instructions of the program `{ID}` leave behind, generated from `programs/tessera-types/src/events.rs`, for auditors in any language. Each instruction leaves one receipt: an event, about one account. The account's header (`accounts.md`) counts and hashes its receipts, so with all of them one proves that none is missing, added, moved or edited. How to read it:

- An event begins with 8 bytes, its discriminator: the first 8 bytes of the SHA-256 of `event:` and its name, here in hexadecimal, first byte first. Then comes the Receipt, then the event's own fields.
- Offsets in the table of an event count from its first byte, so the discriminator is 0 to 7 and the Receipt begins at 8. Offsets in the tables of parts (Receipt, Settlement, LedgerShare, Terms, Tier, CreatePlanArgs) count from the start of the part. Lengths of events include the discriminator.
- An event has exactly the length that is named here, and behind it only the shares of a payment. Another length, or a discriminator that is not here, is an error and not to be guessed at.
{NUMBERS}
## Shares

Behind a payment, `Subscribed` or `Charged`, stand its shares: as many LedgerShares of {share} bytes as `levels` in its Settlement says, 0 to {REFERRAL_LEVELS}, the nearest referrer's first. No count stands before them and no other event has any. While the vault is frozen there are none, and `flags` says so. `debit = merchant + keeper_fee + the amounts of the shares`.

## The chain

The head of an account without receipts is 32 zero bytes. With each receipt it becomes `sha256(head || discriminator || event || shares)`, the 32 bytes of the head before and then the receipt as it was carried, whole, without anything between. To prove an account:

1. Read it, and check it as `accounts.md` says. Its header has `life`, `receipt_seq` and `receipt_head`. Without receipts (`receipt_seq = 0`) nothing is proven; an Authority never has any.
2. Read the transactions that name the account (`getSignaturesForAddress`): all its receipts are in them. A node that does not keep the whole history does not have them all.
3. Of the receipts in them, keep those whose `account` is the account's address, whose `life` is the account's and whose `seq` is at most `receipt_seq`; what is later came after step 1. One that was read twice is the same to the byte and counts once.
4. By rising `seq` they are 1, 2, … up to `receipt_seq`, each once, and the head over them is `receipt_head`.
"
    )
}

pub(crate) fn document() -> String {
    let len = DISCRIMINATOR_LEN + size_of::<Subscribed>();
    let shares = |len: usize| {
        let share = size_of::<LedgerShare>();
        format!(" With n shares behind it: {len} + {share} × n bytes.")
    };
    [
        introduction(),
        carriers::section(),
        part::<Receipt>("Receipt"),
        event::<OrgCreated>(""),
        part::<Tier>("Tier"),
        event::<PlanCreated>(""),
        part::<CreatePlanArgs>("CreatePlanArgs"),
        values::<Plan>("Bits of `flags`, and of `consents` in Subscribed:"),
        event::<IssuerSet>(""),
        event::<CodeCreated>(""),
        event::<MemberRegistered>(""),
        event::<Subscribed>(&shares(len)),
        part::<Terms>("Terms"),
        part::<Settlement>("Settlement"),
        values::<Settlement>("Bits of `flags`:"),
        part::<LedgerShare>("LedgerShare"),
        event::<Charged>(&shares(DISCRIMINATOR_LEN + size_of::<Charged>())),
        event::<Cancelled>(""),
        event::<PointsAwarded>(""),
        event::<PointsRedeemed>(""),
        event::<LedgerOpened>(""),
        event::<CommissionClaimed>(""),
        quote::section(),
    ]
    .concat()
}
