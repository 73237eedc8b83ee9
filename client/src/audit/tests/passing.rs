//! Receipts that pass one by one, with what is known of their transactions.

use super::{
    closed::without,
    story::{self, ANN, BOB, CHARGED, Facts, LIFE, snapshot},
};
use crate::{
    audit::{Auditor, Check, Passing, Scope},
    decode::Account,
};

/// Passes the first `count` receipts of an honest business, as of a transaction in `slot`.
fn passed(scope: Scope, count: usize, slot: u64) -> Auditor {
    let mut auditor = Auditor::new(scope);
    for (at, raw) in snapshot(&Facts::default())
        .events
        .iter()
        .take(count)
        .enumerate()
    {
        auditor.take(&Passing {
            slot: Some(slot),
            transaction: Some([u8::try_from(at).expect("few"); 64]),
            raw,
            tokens: None,
        });
    }
    auditor
}

#[test]
fn a_life_begins_with_the_slot_of_its_first_receipt() {
    let other = passed(Scope::default(), 2, LIFE + 1);
    let findings = &other.report().findings;
    assert_eq!(findings.len(), 2, "{findings:?}");
    assert_eq!(findings[1].check, Check::Receipts);
    assert_eq!(findings[1].transaction, Some([1; 64]));
    let rest = passed(Scope::default(), 2, LIFE);
    assert_eq!(rest.report().findings, []);
}

#[test]
fn a_generation_begins_with_the_slot_of_its_signature() {
    let mut auditor = passed(Scope::default(), 8, LIFE);
    let mut facts = Facts::default();
    let take = |auditor: &mut Auditor, facts: &Facts| {
        auditor.take(&Passing {
            slot: Some(LIFE),
            transaction: None,
            raw: &snapshot(facts).events[8],
            tokens: None,
        });
    };
    // The story's receipts name an earlier one.
    take(&mut auditor, &facts);
    let finding = auditor.report().findings.first().expect("a finding");
    assert_eq!(finding.check, Check::Approvals);
    assert_eq!(finding.account, story::subscription());
    let mut auditor = passed(Scope::default(), 8, LIFE);
    facts.subscribed.authority_generation = LIFE;
    take(&mut auditor, &facts);
    assert_eq!(auditor.report().findings, []);
}

#[test]
fn an_account_is_looked_at_between_the_receipts_of_its_slot() {
    let whole = snapshot(&Facts::default());
    let sub = story::subscription();
    let account = whole.accounts.get(&sub);
    let all = whole.events.len();
    for count in [CHARGED, all - 1] {
        let looked = passed(Scope::default(), count, LIFE).look(&sub, account);
        assert!(!looked.holds());
    }
    let auditor = passed(Scope::default(), all, LIFE);
    assert!(auditor.look(&sub, account).holds());
    assert!(!auditor.look(&sub, None).holds());
    assert!(auditor.look(&ANN, None).holds());
}

#[test]
fn data_that_is_no_account_is_named_and_what_nobody_opened_is_none() {
    let auditor = passed(Scope::default(), 0, LIFE);
    assert!(!auditor.look_at_data(&ANN, Some(&[1; 40])).holds());
    assert!(auditor.look_at_data(&ANN, Some(&[0; 40])).holds());
    assert!(auditor.look_at_data(&ANN, Some(&[u8::MAX; 40])).holds());
    assert!(auditor.look_at_data(&ANN, None).holds());
}

#[test]
fn a_part_of_all_reports_on_its_own_accounts() {
    let scope = Scope {
        org: Some(story::org()),
        wallet: Some(BOB),
    };
    let mut auditor = passed(scope, 14, LIFE);
    let meant: Vec<_> = auditor.accounts().copied().collect();
    let bob = story::member(&BOB);
    assert!(meant.contains(&bob) && meant.contains(&story::subscription()));
    assert!(!meant.contains(&story::member(&ANN)) && !meant.contains(&story::org()));
    auditor.take(&Passing {
        slot: None,
        transaction: None,
        raw: &snapshot(&Facts::default()).events[1],
        tokens: None,
    });
    auditor.take(&Passing {
        slot: None,
        transaction: None,
        raw: &snapshot(&Facts::default()).events[9],
        tokens: None,
    });
    let report = auditor.finish();
    let named: Vec<_> = report.findings.iter().map(|it| it.account).collect();
    // The first finding is that the story's generation is no slot of its transactions.
    assert_eq!(named, [story::subscription(), bob]);
    assert_eq!(report.totals.members, 1);
    assert_eq!(report.totals.receipts, 6);
}

#[test]
fn what_outlives_a_plan_stays_its_orgs() {
    let closed = without(&snapshot(&Facts::default()), story::plan(), |_| {});
    let org = Some(story::org());
    for wallet in [None, Some(BOB)] {
        let mut auditor = Auditor::new(Scope { org, wallet });
        for raw in &closed.events {
            auditor.take(&Passing {
                slot: None,
                transaction: None,
                raw,
                tokens: None,
            });
        }
        let meant: Vec<_> = auditor.accounts().copied().collect();
        assert!(meant.contains(&story::subscription()));
        assert!(!meant.contains(&story::plan()));
    }
}

#[test]
fn what_vaults_owe_is_what_their_accounts_are_owed() {
    let whole = snapshot(&Facts::default());
    for count in 0..=whole.events.len() {
        let auditor = passed(Scope::default(), count, LIFE);
        let counted = auditor.owed();
        let summed = crate::audit::solvency::Owed::of(&auditor.state);
        assert!(counted.owes_as(&summed), "{counted:?} {summed:?}");
    }
    assert!(matches!(
        whole.accounts[&story::ledger()],
        Account::Ledger(_)
    ));
}
