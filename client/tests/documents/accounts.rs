//! docs/accounts.md.

use crate::{
    markdown::{NUMBERS, account, part, values},
    voucher,
};
use tessera_client::types::{
    ID,
    accounts::{
        Authority, Campaign, Claim, Code, Config, DISCRIMINATOR_LEN, Header, ISSUER_WINDOW,
        Invoice, Issuer, Ledger, MEMBER_WINDOW, Member, NullifierPage, Org, OrgSettings, Plan,
        Position, StakePool, Subscription, SubscriptionState, Terms, Tier,
    },
    events::Settlement,
    seeds, window,
};

fn introduction() -> String {
    let stub = DISCRIMINATOR_LEN + size_of::<Header>();
    format!(
        "# Accounts

What stands where in the accounts of the program `{ID}`, generated from `programs/tessera-types/src/accounts`. `receipts.md` has the events that its instructions leave behind. How to read it:

- An account's data begins with 8 bytes, its discriminator: the first 8 bytes of the SHA-256 of `account:` and the name of its kind, here in hexadecimal, first byte first. Behind it come header and fields.
- Offsets in the table of an account count from the start of its data, so the header is at 8 and its `version` is the byte at 8, too. Offsets in the tables of Header, OrgSettings, Tier and Terms, which are parts, count from the start of the part. Lengths of accounts include the discriminator.
{NUMBERS}- Later versions append fields and never move one: read `version`, require at least 1, and accept more bytes than this document knows.

Before you believe an account: its owner is the program, its discriminator is the one below, its address is the one of its seeds, and its org is the one that you mean. `receipt_seq = 0` proves nothing. An account of the program whose discriminator is 8 bytes of 255 is what is left of an org that was closed, its header alone, {stub} bytes: nobody creates that org again.

What is often read wrongly:

- A subscription serves a paying customer while `paid_through` is later than now. `state` is as of the last receipt: an active one may be unpaid, a cancelled one may have time left.
- What a ledger lets its owner claim now is `claimable`, plus `held` when `release_at` has come, plus `queued` when `release_at` and `queued_release_at` both have.
- What a member can spend now is `points`, less those of `expiring_points` whose time in `expires_at` has come.
- A subscription's address has `first_plan` among its seeds, and not `plan`, which a change of plan changes.
- A plan belongs to the org in its field `org`, a member likewise: anybody can create an org of the same id.
"
    )
}

fn addresses() -> String {
    let [vault, campaign, stake, reward] = [
        seeds::VAULT,
        seeds::CAMPAIGN_VAULT,
        seeds::STAKE_VAULT,
        seeds::REWARD_VAULT,
    ]
    .map(String::from_utf8_lossy);
    format!(
        "
## Addresses

The address of an account is the program-derived address of its seeds and the program's id, with the highest bump that gives one, as `findProgramAddress` of every Solana library returns it. Each section names the seeds in their order: a word in quotes is its ASCII bytes, an address its 32 bytes, an `id` its 8 bytes, a code its 16 bytes, a page's number its 4 bytes.

Vaults have their addresses from the same program, but are token accounts of the program that owns the mint, each its own owner. The vault of an org and a mint holds commission. Seeds: `{vault}`, org, mint. That of a campaign holds what it gives. Seeds: `{campaign}`, campaign. A stake pool has one for what is staked and one for what is given. Seeds: `{stake}`, pool; `{reward}`, pool.
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

fn stream() -> String {
    "
## What a stake has earned

A pool is as of the last stake, withdrawal, harvest or funding, a position as of the last of the first three that was its wallet's. At a time between `streams_from` and `streams_until` the pool has streamed floor(`budget` × seconds since `streams_from` ÷ seconds between both), after it all of `budget`. What of that is above `streamed` is added to `forfeited` when `staked` is 0; else floor(that × 2^64 ÷ `staked`) is added to `per_share`, which is `per_share_whole` × 2^64 + `per_share_fraction`, in 2^-64 of a unit. A position then has earned `owed` × 2^64 + `owed_fraction` + `staked` × (the pool's `per_share` − its own), in the same measure, and is paid the whole units of it.
"
    .to_owned()
}

pub(crate) fn document() -> String {
    [
        introduction(),
        addresses(),
        part::<Header>("Header"),
        account::<Config>(),
        values::<Config>("Bits of `pause_flags`:"),
        account::<Org>(),
        part::<OrgSettings>("OrgSettings"),
        values::<Org>("Bits of `pause_flags`, and of `admin_pause_flags` in an Org:"),
        part::<Tier>("Tier"),
        account::<Plan>(),
        values::<Plan>("Bits of `flags`, and of `consents` in a Subscription:"),
        account::<Member>(),
        values::<Member>("Bits of `flags`:"),
        account::<Subscription>(),
        values::<SubscriptionState>("Values of `state`, a `SubscriptionState`:"),
        values::<Settlement>(
            "Bits of `period_flags`, and of `flags` in an Invoice, the `flags` of a Settlement:",
        ),
        part::<Terms>("Terms"),
        account::<Authority>(),
        account::<Invoice>(),
        account::<Ledger>(),
        account::<Code>(),
        account::<Issuer>(),
        window_of_numbers(),
        account::<Campaign>(),
        values::<Campaign>("Bits of `flags`:"),
        voucher::section(),
        account::<NullifierPage>(),
        account::<Claim>(),
        account::<StakePool>(),
        account::<Position>(),
        stream(),
    ]
    .concat()
}
