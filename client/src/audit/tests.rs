#[cfg(feature = "checkpoint")]
mod checkpoint;
mod closed;
mod movements;
mod passing;
mod solvency;
mod story;

use super::{Auditor, Check, MintTotals, Passing, Report, Snapshot, audit};
use crate::decode::Account;
use story::{ANN, BOB, CHARGED, Facts, MINT, TOKEN, snapshot};
use tessera_types::{Address, NO_ADDRESS, events::Settlement};

/// The laws that are broken, where and by which receipt, in the order of the findings.
fn broken(report: &Report) -> Vec<(Check, Address, Option<u64>)> {
    report
        .findings
        .iter()
        .map(|finding| (finding.check, finding.account, finding.seq))
        .collect()
}

/// Hands receipts to an audit, without their transactions and tokens.
fn pass(auditor: &mut Auditor, events: &[Vec<u8>]) {
    for raw in events {
        auditor.take(&Passing {
            slot: None,
            transaction: None,
            raw,
            tokens: None,
        });
    }
}

/// What the audit finds about receipts that were edited and hashed again, as a faulty program would
/// leave them.
#[track_caller]
fn assert_refused(edit: impl FnOnce(&mut Facts), expected: &[(Check, Address, u64)]) {
    let mut facts = Facts::default();
    edit(&mut facts);
    let report = audit(&snapshot(&facts));
    let found: Vec<_> = broken(&report)
        .into_iter()
        .filter_map(|(check, account, seq)| Some((check, account, seq?)))
        .collect();
    assert_eq!(found, expected, "{:#?}", report.findings);
}

/// Whether the audit sees that an account is not what its receipts say.
#[track_caller]
fn assert_seen(check: Check, account: Address, edit: impl FnOnce(&mut Account)) {
    let mut snapshot = snapshot(&Facts::default());
    edit(snapshot.accounts.get_mut(&account).expect("account"));
    let report = audit(&snapshot);
    let finding = (check, account, None);
    assert!(broken(&report).contains(&finding), "{:#?}", report.findings);
}

#[track_caller]
fn assert_first(snapshot: &Snapshot, expected: (Check, Address, u64)) {
    let (check, account, seq) = expected;
    let report = audit(snapshot);
    let first = broken(&report).first().copied();
    assert_eq!(first, Some((check, account, Some(seq))));
}

/// Sets a field of an account of this kind.
macro_rules! set {
    ($kind:ident, $($field:ident).+ = $value:expr) => {
        |account: &mut Account| match account {
            Account::$kind(it) => it.$($field).+ = $value,
            other => panic!("{other:?}"),
        }
    };
}

#[test]
fn a_receipt_that_is_missing_edited_or_doubled_is_named() {
    let whole = snapshot(&Facts::default());
    let charge = (Check::Receipts, story::subscription(), 2);

    let mut missing = whole.clone();
    missing.events.remove(CHARGED);
    let (check, account, seq) = charge;
    let named = (check, account, Some(seq));
    assert!(broken(&audit(&missing)).contains(&named));

    let mut doubled = whole.clone();
    doubled.events.push(whole.events[CHARGED].clone());
    assert_first(&doubled, charge);

    let mut edited = whole.clone();
    edited.events[CHARGED][80] ^= 1;
    assert!(broken(&audit(&edited)).contains(&(charge.0, charge.1, Some(3))));
}

#[test]
fn a_receipt_of_an_account_that_is_gone_is_named() {
    let mut gone = snapshot(&Facts::default());
    gone.accounts.remove(&story::code());
    assert_first(&gone, (Check::Receipts, story::code(), 2));
}

#[test]
fn an_account_without_receipts_is_named() {
    for (account, check) in [
        (story::org(), Check::Configuration),
        (story::member(&ANN), Check::Referrals),
        (story::subscription(), Check::Subscriptions),
        (story::ledger(), Check::Commission),
    ] {
        let mut bare = snapshot(&Facts::default());
        // The account now stands at an address without receipts.
        let it = bare.accounts.remove(&account).expect("account");
        bare.events.clear();
        bare.accounts = [(account, it)].into();
        let report = audit(&bare);
        assert!(
            broken(&report).contains(&(check, account, None)),
            "{report:#?}"
        );
    }
}

#[test]
fn a_debit_is_the_price_and_the_sum_of_its_parts() {
    let sub = story::subscription();
    assert_refused(
        |facts| {
            facts.charged.settlement.debit = 1_001;
            facts.charged.settlement.merchant = 896;
        },
        &[(Check::Charges, sub, 2), (Check::Charges, sub, 2)],
    );
    assert_refused(
        |facts| facts.charged.settlement.merchant = 894,
        &[(Check::Charges, sub, 2)],
    );
    assert_refused(
        |facts| facts.subscribed.settlement.merchant = 899,
        &[(Check::Charges, sub, 1)],
    );
}

#[test]
fn a_keeper_is_paid_by_the_time_of_the_charge_and_never_for_the_first_period() {
    let sub = story::subscription();
    assert_refused(
        |facts| {
            facts.charged.settlement.keeper_fee = 6;
            facts.charged.settlement.merchant = 894;
        },
        &[(Check::Charges, sub, 2), (Check::Charges, sub, 2)],
    );
    assert_refused(
        |facts| {
            facts.subscribed.settlement.keeper_fee = 1;
            facts.subscribed.settlement.merchant = 899;
        },
        &[(Check::Charges, sub, 1), (Check::Charges, sub, 1)],
    );
    assert_refused(
        |facts| {
            facts.charged.settlement.keeper_fee = 0;
            facts.charged.settlement.merchant = 900;
        },
        &[],
    );
}

#[test]
fn a_charge_comes_when_it_is_due_and_before_a_whole_period_is_missed() {
    let sub = story::subscription();
    for at in [4_599, 8_200] {
        let mut facts = Facts::default();
        facts.charged.receipt.at = at;
        let report = audit(&snapshot(&facts));
        assert!(broken(&report).contains(&(Check::Charges, sub, Some(2))));
    }
    assert_refused(
        |facts| facts.plan.terms.ends_at = 4_900,
        &[(Check::Charges, sub, 2)],
    );
}

#[test]
fn no_more_periods_are_collected_than_were_approved() {
    let sub = story::subscription();
    assert_refused(
        |facts| {
            facts.subscribed.terms.approved_periods = 0;
            facts.subscribed.outstanding = 0;
        },
        &[
            (Check::Subscriptions, sub, 1),
            (Check::Charges, sub, 2),
            (Check::Approvals, sub, 2),
        ],
    );
}

#[test]
fn terms_are_those_of_plan_and_org_at_the_signature() {
    let sub = story::subscription();
    assert_refused(
        |facts| facts.subscribed.terms.boost_bps[3] = 1,
        &[(Check::Subscriptions, sub, 1)],
    );
    assert_refused(
        |facts| facts.subscribed.terms.hold_secs = 0,
        &[(Check::Subscriptions, sub, 1)],
    );
    assert_refused(
        |facts| facts.org.settings.commission_bps[2] = 0,
        &[(Check::Commission, sub, 1)],
    );
    assert_refused(
        |facts| facts.plan.terms.price = 999,
        &[(Check::Charges, sub, 1)],
    );
}

#[test]
fn a_quote_sets_the_price_within_the_bounds_of_the_plan() {
    let sub = story::subscription();
    assert_refused(
        |facts| {
            facts.plan.terms.price = 999;
            facts.subscribed.quote_nonce = 1;
            facts.subscribed.quote_deadline = 1_000;
        },
        &[],
    );
    assert_refused(
        |facts| {
            facts.subscribed.quote_nonce = 1;
            facts.subscribed.quote_deadline = 999;
        },
        &[(Check::Subscriptions, sub, 1)],
    );
    assert_refused(
        |facts| {
            facts.plan.terms.price_floor = 1_001;
            facts.plan.terms.price = 1_001;
            facts.subscribed.quote_nonce = 1;
            facts.subscribed.quote_deadline = 1_000;
        },
        &[(Check::Charges, sub, 1)],
    );
}

#[test]
fn commission_is_the_signed_rate_in_the_referrers_ledger() {
    let (sub, ledger) = (story::subscription(), story::ledger());
    assert_refused(
        |facts| {
            facts.shares[1].as_mut().expect("share").amount = 99;
            facts.charged.settlement.merchant = 896;
        },
        &[(Check::Charges, sub, 2), (Check::Commission, sub, 2)],
    );
    assert_refused(
        |facts| facts.claimed.amount = 101,
        &[(Check::Commission, ledger, 2)],
    );
}

#[test]
fn a_frozen_vault_owes_nothing_and_the_merchant_gets_it() {
    let sub = story::subscription();
    let mut facts = Facts::default();
    facts.shares[1] = None;
    facts.charged.settlement = Settlement {
        merchant: 995,
        levels: 0,
        flags: Settlement::VAULT_FROZEN,
        ..facts.charged.settlement
    };
    let mut frozen = snapshot(&facts);
    for account in frozen.accounts.values_mut() {
        match account {
            Account::Ledger(ledger) => (ledger.held, ledger.accrued_at) = (0, 1_000),
            Account::Subscription(it) => it.period_flags = Settlement::VAULT_FROZEN,
            _ => {}
        }
    }
    frozen.vaults = [(story::vault(), 0)].into();
    assert_eq!(audit(&frozen).findings, []);

    assert_refused(
        |it| {
            it.shares[1] = None;
            it.charged.settlement.merchant = 995;
            it.charged.settlement.levels = 0;
        },
        &[
            (Check::Charges, sub, 2),
            (Check::Commission, sub, 2),
            (Check::Commission, sub, 2),
        ],
    );
}

#[test]
fn points_follow_from_tier_and_boost_as_signed_and_balances_from_points() {
    let (sub, bob) = (story::subscription(), story::member(&BOB));
    assert_refused(
        |facts| facts.charged.settlement.points = 100,
        &[(Check::Points, sub, 2), (Check::Points, bob, 3)],
    );
    assert_refused(
        |facts| facts.awarded.balance = 151,
        &[(Check::Points, bob, 2)],
    );
    assert_refused(
        |facts| facts.redeemed.balance = 231,
        &[(Check::Points, bob, 3)],
    );
}

#[test]
fn an_issuer_stays_within_its_budget() {
    assert_refused(
        |facts| facts.issuer.epoch_budget = 49,
        &[(Check::Points, story::member(&BOB), 2)],
    );
}

#[test]
fn a_cancellation_ends_the_agreement_that_it_names_and_frees_its_approval() {
    let sub = story::subscription();
    assert_refused(
        |facts| facts.cancelled.agreement_seq = 2,
        &[(Check::Subscriptions, sub, 3)],
    );
    assert_refused(
        |facts| facts.cancelled.outstanding = 1,
        &[(Check::Approvals, sub, 3)],
    );
    assert_refused(
        |facts| facts.subscribed.outstanding = 2_001,
        &[(Check::Approvals, sub, 1), (Check::Approvals, sub, 3)],
    );
}

#[test]
fn referrers_are_the_owner_of_the_code_and_those_above() {
    let bob = story::member(&BOB);
    assert_refused(
        |facts| facts.bob.code = [0; 16],
        &[(Check::Referrals, bob, 1)],
    );
    assert_refused(
        |facts| facts.bob.referrers[2] = BOB,
        &[
            (Check::Referrals, bob, 1),
            (Check::Commission, story::subscription(), 1),
        ],
    );
    assert_refused(
        |facts| facts.code.owner = TOKEN,
        &[
            (Check::Configuration, story::code(), 1),
            (Check::Referrals, bob, 1),
        ],
    );
}

#[test]
fn an_account_that_is_not_what_its_receipts_say_is_named() {
    use Check::{
        Addresses, Approvals, Commission, Configuration, Points, Receipts, Referrals, Subscriptions,
    };
    let (org, plan, issuer) = (story::org(), story::plan(), story::issuer());
    assert_seen(
        Configuration,
        org,
        set!(Org, settings.commission_bps = [1; 3]),
    );
    assert_seen(
        Configuration,
        org,
        set!(Org, settings.quote_authority = ANN),
    );
    assert_seen(Addresses, org, set!(Org, creator = ANN));
    assert_seen(Configuration, plan, set!(Plan, destination = ANN));
    assert_seen(Configuration, plan, set!(Plan, vault = ANN));
    assert_seen(Configuration, plan, set!(Plan, price_floor = 1));
    assert_seen(Configuration, issuer, set!(Issuer, epoch_budget = 61));
    assert_seen(Points, issuer, set!(Issuer, epoch_used = 49));
    assert_seen(Points, issuer, set!(Issuer, epoch_started_at = 3));
    assert_seen(Points, issuer, set!(Issuer, used_references = [0; 16]));
    assert_seen(Configuration, story::code(), set!(Code, owner = BOB));

    let (bob, sub) = (story::member(&BOB), story::subscription());
    assert_seen(Points, bob, set!(Member, points = 231));
    assert_seen(Points, bob, set!(Member, lifetime_points = 259));
    assert_seen(Points, bob, set!(Member, tier = 2));
    assert_seen(Points, bob, set!(Member, highest_reference = 2));
    assert_seen(Referrals, bob, set!(Member, referrers = [NO_ADDRESS; 3]));
    assert_seen(Subscriptions, sub, set!(Subscription, terms.price = 999));
    assert_seen(Subscriptions, sub, set!(Subscription, payer_token = ANN));
    assert_seen(Subscriptions, sub, set!(Subscription, state = 2));
    assert_seen(Subscriptions, sub, set!(Subscription, quote_deadline = 1));
    assert_seen(Subscriptions, sub, set!(Subscription, consents = 1));
    assert_seen(Subscriptions, sub, set!(Subscription, period_points = 0));
    assert_seen(
        Commission,
        sub,
        set!(Subscription, ledgers = [NO_ADDRESS; 3]),
    );
    assert_seen(Approvals, sub, set!(Subscription, authority_generation = 1));

    let (ledger, authority) = (story::ledger(), crate::address::authority(&TOKEN));
    assert_seen(Commission, ledger, set!(Ledger, held = 99));
    assert_seen(Commission, ledger, set!(Ledger, release_at = 4_999));
    assert_seen(Commission, ledger, set!(Ledger, claimed = 0));
    assert_seen(Approvals, authority, set!(Authority, generation = 71));
    assert_seen(Approvals, authority, set!(Authority, outstanding = 1));
    assert_seen(
        Approvals,
        authority,
        set!(Authority, live_subscriptions = 1),
    );
    let mut without = snapshot(&Facts::default());
    without.accounts.remove(&authority).expect("authority");
    let found = broken(&audit(&without));
    assert!(found.contains(&(Approvals, authority, None)), "{found:?}");
    let seen = |report: Report| broken(&report).contains(&(Receipts, org, Some(1)));
    let mut headless = snapshot(&Facts::default());
    set!(Org, header.receipt_head = [0; 32])(headless.accounts.get_mut(&org).expect("org"));
    assert!(seen(audit(&headless)));
}

#[test]
fn everything_holds_in_an_honest_business() {
    let report = audit(&snapshot(&Facts::default()));
    assert_eq!(report.findings, []);
    let money = MintTotals {
        paid: 2_000,
        merchant: 1_795,
        keeper_fees: 5,
        commission: 200,
        refunded: 0,
        claimed: 100,
        vaults: 100,
    };
    assert_eq!(report.totals.mints, [(MINT, money)].into());
    assert_eq!((report.totals.receipts, report.totals.charges), (14, 2));
    assert_eq!((report.totals.members, report.totals.points), (2, 230));
}

#[test]
fn receipts_of_another_life_or_out_of_order_are_named() {
    let sub = story::subscription();
    let with = |edit: fn(&mut Vec<u8>)| {
        let mut snapshot = snapshot(&Facts::default());
        let mut other = snapshot.events[CHARGED].clone();
        edit(&mut other);
        snapshot.events.push(other);
        broken(&audit(&snapshot)).first().copied()
    };
    let life = |raw: &mut Vec<u8>| raw[40..48].copy_from_slice(&(story::LIFE - 1).to_le_bytes());
    assert_eq!(with(life), Some((Check::Receipts, sub, Some(2))));
    let later = |raw: &mut Vec<u8>| raw[48..56].copy_from_slice(&5u64.to_le_bytes());
    assert_eq!(with(later), Some((Check::Receipts, sub, Some(4))));
    let mut swapped = snapshot(&Facts::default());
    let cancelled = swapped.events.pop().expect("events");
    swapped.events.insert(CHARGED, cancelled);
    assert_first(&swapped, (Check::Receipts, sub, 2));
}
