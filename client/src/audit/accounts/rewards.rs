//! Members and their points, campaigns and claims, pools and positions.

use crate::{
    audit::{
        Check, Report,
        report::{At, compare_fields},
    },
    decode::Account,
    model::{
        MemberState, State,
        rules::{PoolState, PositionState},
    },
};
use tessera_types::accounts::{Campaign, Claim, Member, NullifierPage, Position, StakePool};

/// Compares an account of these kinds; none when it is of another, or no receipt names it.
pub(super) fn compare(
    at: At,
    account: &Account,
    replay: &State,
    report: &mut Report,
) -> Option<()> {
    match account {
        Account::Member(it) => member(at, replay.members.get(&at.0)?, it, report),
        Account::Campaign(it) => campaign(at, replay.campaigns.get(&at.0)?, it, report),
        Account::NullifierPage(it) => page(at, replay.pages.get(&at.0)?, it, report),
        Account::Claim(it) => claim(at, replay.claims.get(&at.0)?, it, report),
        Account::StakePool(it) => pool(at, replay.pools.get(&at.0)?, it, report),
        Account::Position(it) => position(at, replay.positions.get(&at.0)?, it, report),
        _ => return None,
    }
    Some(())
}

fn member(at: At, expected: &MemberState, found: &Member, report: &mut Report) {
    compare_fields!(
        report, Check::Referrals, at, expected.account, found;
        org, wallet, referrers, code, registered_at,
    );
    compare_fields!(report, Check::Subscriptions, at, expected.account, found; flags);
    let held = &expected.balance;
    let (points, times) = held.expiring();
    report.compare(Check::Points, at, "tier", held.tier, found.tier);
    report.compare(Check::Points, at, "expires_at", times, found.expires_at);
    let expiring = found.expiring_points.map(u128::from);
    report.compare(Check::Points, at, "expiring_points", points, expiring);
    let amounts = [
        ("points", held.points, found.points),
        ("lifetime_points", held.lifetime, found.lifetime_points),
        ("points_debt", held.debt, found.points_debt),
    ];
    for (what, expected, found) in amounts {
        report.compare(Check::Points, at, what, expected, u128::from(found));
    }
    let numbers = &expected.references;
    let expected = (numbers.highest(), numbers.window());
    let used = (found.highest_reference, found.used_references);
    report.compare(Check::Points, at, "references", expected, used);
}

fn campaign(at: At, expected: &Campaign, found: &Campaign, report: &mut Report) {
    compare_fields!(
        report, Check::Vouchers, at, expected, found;
        org, mint, token_program, vault, id, cap, opens_at, closes_at, vesting_starts_at, root,
        cliff_secs, vesting_secs, flags, claimed,
    );
}

fn page(at: At, expected: &NullifierPage, found: &NullifierPage, report: &mut Report) {
    compare_fields!(report, Check::Vouchers, at, expected, found; campaign, number);
    let whole = expected.claimed == found.claimed;
    let detail = "the vouchers that it says were claimed are not those of its receipts";
    report.require(Check::Vouchers, at, whole, detail);
}

fn claim(at: At, expected: &Claim, found: &Claim, report: &mut Report) {
    compare_fields!(
        report, Check::Vouchers, at, expected, found;
        campaign, wallet, entitled, claimed,
    );
}

fn wide(whole: u64, fraction: u64) -> u128 {
    u128::from(whole) << 64 | u128::from(fraction)
}

fn pool(at: At, expected: &PoolState, found: &StakePool, report: &mut Report) {
    compare_fields!(
        report, Check::Stakes, at, expected, found;
        org, stake_mint, reward_mint, stake_vault, reward_vault, id, staked, budget, streamed,
        streams_from, streams_until, forfeited, funded, paid, positions,
    );
    let per_share = wide(found.per_share_whole, found.per_share_fraction);
    let expected = expected.per_share;
    report.compare(Check::Stakes, at, "per_share", expected, per_share);
}

fn position(at: At, expected: &PositionState, found: &Position, report: &mut Report) {
    compare_fields!(
        report, Check::Stakes, at, expected, found;
        pool, wallet, staked, harvested,
    );
    let amounts = [
        (
            "per_share",
            expected.per_share,
            wide(found.per_share_whole, found.per_share_fraction),
        ),
        ("owed", expected.owed, wide(found.owed, found.owed_fraction)),
    ];
    for (what, expected, found) in amounts {
        report.compare(Check::Stakes, at, what, expected, found);
    }
}
