//! docs/receipts.md.

use crate::{
    carriers,
    markdown::{NUMBERS, event, part, values},
    quote,
};
use tessera_client::types::{
    ID, REFERRAL_LEVELS,
    accounts::{
        Campaign, Config, DISCRIMINATOR_LEN, Org, OrgSettings, Plan, SubscriptionState, Terms, Tier,
    },
    args::{CreateCampaignArgs, CreatePlanArgs},
    events::{
        AuthorityAccepted, AuthorityProposed, CampaignCreated, Cancelled, Charged, Closed,
        CodeCreated, CodeOffered, CodeTransferred, CommissionClaimed, CommissionReleased,
        ConfigSet, EventType, Harvested, InvoicePaid, IssuerSet, LedgerOpened, LedgerShare,
        MemberRegistered, OrgCreated, OrgPaused, OrgUpdated, PageOpened, Paused, PaymentMissed,
        PlanChanged, PlanCreated, PlanSunset, PointsAwarded, PointsRedeemed, PoolCreated,
        PoolFunded, Receipt, Refunded, Resumed, RootSet, Settlement, Staked, Subscribed, Unstaked,
        VoucherClaimed,
    },
};

fn introduction() -> String {
    let share = size_of::<LedgerShare>();
    format!(
        "# Receipts

What the instructions of the program `{ID}` leave behind, generated from `programs/tessera-types/src/events.rs`, for auditors in any language. Each instruction leaves one receipt, an event about one account, but for `open_ledger` where the ledger is open already, which leaves none. The account's header (`accounts.md`) counts and hashes its receipts, so with all of them one proves that none is missing, added, moved or edited. How to read it:

- An event begins with 8 bytes, its discriminator: the first 8 bytes of the SHA-256 of `event:` and its name, here in hexadecimal, first byte first. Then comes the Receipt, then the event's own fields.
- Offsets in the table of an event count from its first byte, so the discriminator is 0 to 7 and the Receipt begins at 8. Offsets in the tables of parts (Receipt, Settlement, LedgerShare, Terms, OrgSettings, Tier, CreatePlanArgs, CreateCampaignArgs) count from the start of the part. Lengths of events include the discriminator.
- An event has exactly the length that is named here, and behind it only the shares of a payment or refund. Another length, or a discriminator that is not here, is an error and not to be guessed at.
{NUMBERS}
## Shares

Behind a payment, `Subscribed`, `Charged`, `PlanChanged` or `InvoicePaid`, stand its shares: as many LedgerShares of {share} bytes as `levels` in its Settlement says, 0 to {REFERRAL_LEVELS}, the nearest referrer's first. No count stands before them. While the vault is frozen there are none, and while a level's ledger is closed its share is 0; `flags` says both. `debit = merchant + keeper_fee + the amounts of the shares − debt_repaid`.

Behind a refund, `Refunded`, stand the shares that it takes back, as many as `levels` in it says. What of them is above `from_vault` the ledgers owe from then on. No other event has any.

## The chain

The head of an account without receipts is 32 zero bytes. With each receipt it becomes `sha256(head || discriminator || event || shares)`, the 32 bytes of the head before and then the receipt as it was carried, whole, without anything between. To prove an account:

1. Read it, and check it as `accounts.md` says. Its header has `life`, `receipt_seq` and `receipt_head`. Without receipts (`receipt_seq = 0`) nothing is proven; an Authority has one only when it is closed.
2. Read the transactions that name the account (`getSignaturesForAddress`): all its receipts are in them. A node that does not keep the whole history does not have them all.
3. Of the receipts in them, keep those whose `account` is the account's address, whose `life` is the account's and whose `seq` is at most `receipt_seq`; what is later came after step 1. One that was read twice is the same to the byte and counts once.
4. By rising `seq` they are 1, 2, … up to `receipt_seq`, each once, and the head over them is `receipt_head`.

An account that was closed is gone, and the last receipt of its life, `Closed`, stands for it: `seq` in it is how many receipts there are, and its `head` is that over all before it. Who holds them proves them as above. Of an org the header stays (`accounts.md`).
"
    )
}

/// An event that shares stand behind.
fn with_shares<T: EventType>() -> String {
    let len = DISCRIMINATOR_LEN + size_of::<T>();
    let share = size_of::<LedgerShare>();
    event::<T>(&format!(
        " With n shares behind it: {len} + {share} × n bytes."
    ))
}

pub(crate) fn document() -> String {
    [
        introduction(),
        carriers::section(),
        part::<Receipt>("Receipt"),
        configuration(),
        membership(),
        subscriptions(),
        commission(),
        campaigns(),
        staking(),
        event::<Closed>(""),
        quote::section(),
    ]
    .concat()
}

fn configuration() -> String {
    [
        event::<ConfigSet>(""),
        values::<Config>("Bits of `pause_flags`:"),
        event::<AuthorityProposed>(""),
        event::<AuthorityAccepted>(""),
        event::<OrgCreated>(""),
        part::<OrgSettings>("OrgSettings"),
        values::<Org>("Bits of `pause_flags`, and of `flags` in OrgPaused:"),
        part::<Tier>("Tier"),
        event::<OrgUpdated>(""),
        event::<OrgPaused>(""),
        event::<PlanCreated>(""),
        part::<CreatePlanArgs>("CreatePlanArgs"),
        values::<Plan>("Bits of `flags`, and of `consents` in Subscribed and PlanChanged:"),
        event::<PlanSunset>(""),
        event::<IssuerSet>(""),
    ]
    .concat()
}

fn membership() -> String {
    [
        event::<CodeCreated>(""),
        event::<CodeOffered>(""),
        event::<CodeTransferred>(""),
        event::<MemberRegistered>(""),
        event::<PointsAwarded>(""),
        event::<PointsRedeemed>(""),
    ]
    .concat()
}

fn subscriptions() -> String {
    [
        with_shares::<Subscribed>(),
        part::<Terms>("Terms"),
        part::<Settlement>("Settlement"),
        values::<Settlement>("Bits of `flags`:"),
        part::<LedgerShare>("LedgerShare"),
        with_shares::<Charged>(),
        event::<PaymentMissed>(""),
        values::<SubscriptionState>("Values of `state`:"),
        event::<Cancelled>(""),
        event::<Resumed>(""),
        event::<Paused>(""),
        with_shares::<PlanChanged>(),
        with_shares::<InvoicePaid>(),
        with_shares::<Refunded>(),
    ]
    .concat()
}

fn commission() -> String {
    [
        event::<LedgerOpened>(""),
        event::<CommissionReleased>(""),
        event::<CommissionClaimed>(""),
    ]
    .concat()
}

fn campaigns() -> String {
    [
        event::<CampaignCreated>(""),
        part::<CreateCampaignArgs>("CreateCampaignArgs"),
        values::<Campaign>("Bits of `flags`:"),
        event::<RootSet>(""),
        event::<PageOpened>(""),
        event::<VoucherClaimed>(""),
    ]
    .concat()
}

fn staking() -> String {
    [
        event::<PoolCreated>(""),
        event::<PoolFunded>(""),
        event::<Staked>(""),
        event::<Unstaked>(""),
        event::<Harvested>(""),
    ]
    .concat()
}
