use super::{
    closed::without,
    pass,
    story::{self, ANN, Facts, MINT, snapshot},
};
use crate::{
    address,
    audit::{Auditor, Check, Finding, Report, Scope, Seized, Totals, solvency::Owed, vaults},
    decode::{Account, Event},
    model::{
        State,
        rules::{LedgerState, PoolState, PositionState},
    },
};
use bytemuck::Zeroable;
use tessera_types::{
    Address,
    accounts::{Campaign, Claim, Plan, StakePool},
    events::{Closed, Receipt},
};

/// What is found of a vault that owes 100 and holds 99, when `seized` is known to have been seized.
fn short(flags: u8, seized: u128) -> Report {
    let mut facts = Facts::default();
    facts.plan.terms.flags = flags;
    let mut auditor = passed(&snapshot(&facts).events);
    book(&mut auditor, seized);
    auditor.finish()
}

fn passed(events: &[Vec<u8>]) -> Auditor {
    let mut auditor = Auditor::new(Scope::default());
    pass(&mut auditor, events);
    auditor
}

fn book(auditor: &mut Auditor, seized: u128) {
    let looked = auditor.look_at_vault(&story::vault(), 99);
    let seized = Seized {
        amount: seized,
        detail: "seized".to_owned(),
    };
    auditor.book_vault(&story::vault(), 99, looked, &seized);
}

#[test]
fn a_vault_that_holds_too_little_breaks_the_law_but_by_a_seizure_agreed_to() {
    // Without consent to a seizure, none explains the shortage.
    for seized in [0, 1] {
        let insolvent = short(0, seized);
        let (findings, notices) = of_solvency(&insolvent);
        let [finding] = &findings[..] else {
            panic!("{findings:?}");
        };
        assert_eq!(finding.account, story::vault());
        assert_eq!(finding.detail, "the vault holds 99 and owes 100");
        assert_eq!(notices, Vec::<&Finding>::new());
    }

    let unexplained = short(Plan::PERMANENT_DELEGATE, 0);
    let (findings, notices) = of_solvency(&unexplained);
    let [finding] = &findings[..] else {
        panic!("{findings:?}");
    };
    let rest = "nothing explains that 1 are missing";
    assert!(finding.detail.ends_with(rest), "{}", finding.detail);
    assert_eq!(notices, Vec::<&Finding>::new());

    let seized = short(Plan::PERMANENT_DELEGATE, 1);
    let (findings, notices) = of_solvency(&seized);
    assert_eq!(findings, Vec::<&Finding>::new());
    let [notice] = &notices[..] else {
        panic!("{notices:?}");
    };
    assert_eq!(notice.account, story::vault());
    assert!(notice.detail.contains("seized"), "{}", notice.detail);
}

#[test]
fn what_a_plan_consented_to_outlives_the_plan() {
    let mut facts = Facts::default();
    facts.plan.terms.flags = Plan::PERMANENT_DELEGATE;
    let mut auditor = passed(&without(&snapshot(&facts), story::plan(), |_| {}).events);
    assert!(!auditor.state.plans.contains_key(&story::plan()));
    book(&mut auditor, 1);
    let report = auditor.finish();
    let (findings, notices) = of_solvency(&report);
    assert_eq!((findings.len(), notices.len()), (0, 1), "{findings:?}");
}

/// The findings and the notices about vaults.
fn of_solvency(report: &Report) -> (Vec<&Finding>, Vec<&Finding>) {
    let of = |found: &'_ &Finding| found.check == Check::Solvency;
    (
        report.findings.iter().filter(of).collect(),
        report.notices.iter().filter(of).collect(),
    )
}

/// The report on vaults that hold so much.
fn report(state: State, held: &[(Address, u64)]) -> Report {
    let mut auditor = Auditor::resume(state, Totals::default(), Scope::default());
    for (vault, held) in held {
        let looked = auditor.look_at_vault(vault, *held);
        auditor.book_vault(vault, *held, looked, &Seized::default());
    }
    auditor.finish()
}

const POOL: Address = Address::new_from_array([20; 32]);
const STAKES: Address = Address::new_from_array([21; 32]);
const REWARDS: Address = Address::new_from_array([22; 32]);

/// 7 of the rewards were not paid, and 30 are staked.
fn with_pool(stakes: u64, rewards: u64) -> Report {
    let mut state = State::default();
    let pool = PoolState {
        stake_mint: MINT,
        reward_mint: MINT,
        stake_vault: STAKES,
        reward_vault: REWARDS,
        funded: 10,
        paid: 3,
        ..PoolState::default()
    };
    state.pools.insert(POOL, pool);
    for (wallet, staked) in [(1, 10), (2, 20)] {
        let at = Address::new_from_array([30 + wallet; 32]);
        let position = PositionState {
            pool: POOL,
            staked,
            ..PositionState::default()
        };
        state.positions.insert(at, position);
    }
    report(state, &[(STAKES, stakes), (REWARDS, rewards)])
}

#[test]
fn a_pool_holds_what_is_staked_and_what_was_put_in_and_not_paid() {
    for (stakes, rewards, vault, detail) in [
        (29, 7, STAKES, "the vault holds 29 and owes 30"),
        (30, 6, REWARDS, "the vault holds 6 and owes 7"),
    ] {
        let report = with_pool(stakes, rewards);
        let (findings, notices) = of_solvency(&report);
        let [finding] = &findings[..] else {
            panic!("{findings:?}");
        };
        assert_eq!((finding.account, &finding.detail[..]), (vault, detail));
        assert_eq!(notices, Vec::<&Finding>::new());
    }
    assert_eq!(of_solvency(&with_pool(30, 7)), (vec![], vec![]));
    assert_eq!(of_solvency(&with_pool(31, 8)), (vec![], vec![]));
}

#[test]
fn a_campaign_that_holds_less_than_claims_wait_for_is_worth_a_look() {
    let report = |held: u64| {
        let mut state = State::default();
        let [campaign, claim] = [40, 41].map(|it| Address::new_from_array([it; 32]));
        let vault = address::campaign_vault(&campaign);
        let given = Campaign {
            vault,
            cap: 100,
            claimed: 20,
            ..Campaign::zeroed()
        };
        let waits = Claim {
            campaign,
            wallet: ANN,
            entitled: 60,
            claimed: 20,
            ..Claim::zeroed()
        };
        state.campaigns.insert(campaign, given);
        state.claims.insert(claim, waits);
        report(state, &[(vault, held)])
    };
    let short = report(39);
    let (findings, notices) = of_solvency(&short);
    assert_eq!((findings.len(), notices.len()), (0, 1));
    assert!(notices[0].detail.contains("wait for 40"), "{notices:?}");
    assert_eq!(of_solvency(&report(40)), (vec![], vec![]));
}

#[test]
fn an_audit_needs_the_balance_of_every_vault() {
    let mut accounts = snapshot(&Facts::default()).accounts;
    let pool = StakePool {
        stake_vault: STAKES,
        reward_vault: REWARDS,
        ..StakePool::zeroed()
    };
    accounts.insert(POOL, Account::StakePool(pool));
    let named = [story::vault(), STAKES, REWARDS];
    assert_eq!(vaults(&accounts), named.into());
}

#[test]
fn of_vaults_whose_pools_and_ledgers_closed_nothing_is_kept() {
    let mut state = State::default();
    let pool = PoolState {
        stake_vault: STAKES,
        reward_vault: REWARDS,
        funded: 10,
        ..PoolState::default()
    };
    state.pools.insert(POOL, pool);
    let ledgers = [40, 41].map(|wallet| Address::new_from_array([wallet; 32]));
    for ledger in ledgers {
        state.ledgers.insert(ledger, LedgerState::default());
    }
    let claim = Claim {
        campaign: POOL,
        entitled: 5,
        ..Claim::zeroed()
    };
    let claimed = Address::new_from_array([42; 32]);
    state.claims.insert(claimed, claim);
    let mut owed = Owed::of(&state);
    for account in ledgers.into_iter().chain([POOL, claimed]) {
        assert!(owed.len() > 0);
        let receipt = Receipt {
            account,
            ..Receipt::zeroed()
        };
        let event = Event::Closed(Closed {
            receipt,
            ..Closed::zeroed()
        });
        owed.turn(&state, &event, false);
        state.evolve(&event);
        owed.turn(&state, &event, true);
    }
    assert_eq!(owed.len(), 0, "{owed:?}");
}
