//! Audits that go on where another one ended.

use super::{
    broken,
    closed::without,
    pass,
    story::{self, CHARGED, Facts, snapshot},
};
use crate::audit::{
    Auditor, Check, Checkpoint, CheckpointError, Position, Report, Scope, Seized, Snapshot,
};

use tessera_types::accounts::Plan;

const GENESIS: [u8; 32] = [7; 32];
const HERE: Position = Position {
    slot: 80,
    last: Some(([3; 64], 79)),
};

/// The checkpoint of an audit that has seen the receipts up to the charge.
fn left(snapshot: &Snapshot) -> Vec<u8> {
    let mut auditor = Auditor::new(Scope::default());
    pass(&mut auditor, &snapshot.events[..CHARGED]);
    let mut bytes = Vec::new();
    auditor
        .write_checkpoint(&mut bytes, GENESIS, HERE)
        .expect("written");
    bytes
}

/// What the next audit finds.
fn resumed(bytes: &[u8], snapshot: &Snapshot) -> Report {
    let checkpoint = Checkpoint::read(bytes, GENESIS).expect("a checkpoint");
    assert_eq!(checkpoint.position, HERE);
    let mut auditor = Auditor::from_checkpoint(checkpoint, Scope::default());
    pass(&mut auditor, &snapshot.events[CHARGED..]);
    for (address, account) in &snapshot.accounts {
        let looked = auditor.look(address, Some(account));
        auditor.book(looked);
    }
    for (vault, held) in &snapshot.vaults {
        let looked = auditor.look_at_vault(vault, *held);
        auditor.book_vault(vault, *held, looked, &Seized::default());
    }
    auditor.finish()
}

#[test]
fn a_checkpoint_that_is_cut_or_changed_anywhere_is_refused() {
    let bytes = left(&snapshot(&Facts::default()));
    for at in (0..bytes.len()).step_by(7).chain([bytes.len() - 1]) {
        let mut edited = bytes.clone();
        edited[at] ^= 1;
        assert!(Checkpoint::read(&edited[..], GENESIS).is_err(), "byte {at}");
        assert!(Checkpoint::read(&bytes[..at], GENESIS).is_err(), "cut {at}");
    }
    let longer = [&bytes[..], &[0]].concat();
    let refused = Checkpoint::read(&longer[..], GENESIS).expect_err("longer");
    assert!(matches!(refused, CheckpointError::Digest), "{refused}");
}

#[test]
fn a_checkpoint_of_another_network_program_or_version_is_refused() {
    let bytes = left(&snapshot(&Facts::default()));
    let refused = Checkpoint::read(&bytes[..], [8; 32]).expect_err("network");
    assert!(
        matches!(refused, CheckpointError::Network { .. }),
        "{refused}"
    );
    let mut program = bytes.clone();
    program[48] ^= 1;
    let refused = Checkpoint::read(&program[..], GENESIS).expect_err("program");
    assert!(matches!(refused, CheckpointError::Program(_)), "{refused}");
    let mut version = bytes;
    version[15] = b'0';
    let refused = Checkpoint::read(&version[..], GENESIS).expect_err("version");
    assert!(matches!(refused, CheckpointError::Version), "{refused}");
    let refused = Checkpoint::read(&b"{}"[..], GENESIS).expect_err("something else");
    assert!(matches!(refused, CheckpointError::Version), "{refused}");
}

#[test]
fn what_a_checkpoint_says_wrongly_the_chain_does_not_bear_out() {
    let honest = snapshot(&Facts::default());
    let mut auditor = Auditor::new(Scope::default());
    pass(&mut auditor, &honest.events[..CHARGED]);
    // As a forger would leave it who hides a receipt, or moves points from one member to another.
    let sub = story::subscription();
    auditor.state.chains.get_mut(&sub).expect("chain").head = [0; 32];
    let member = story::member(&story::ANN);
    let known = auditor.state.members.get_mut(&member).expect("member");
    known.balance.points += 1;
    let mut bytes = Vec::new();
    auditor
        .write_checkpoint(&mut bytes, GENESIS, HERE)
        .expect("written");
    let found = broken(&resumed(&bytes, &honest));
    let head = (Check::Receipts, sub, Some(3));
    assert!(found.contains(&head), "{found:?}");
    assert!(found.contains(&(Check::Points, member, None)), "{found:?}");
    assert_eq!(found.len(), 2, "{found:?}");
}

#[test]
fn what_outlives_a_plan_outlives_an_audit() {
    let mut facts = Facts::default();
    facts.plan.terms.flags = Plan::PERMANENT_DELEGATE;
    let closed = without(&snapshot(&facts), story::plan(), |_| {});
    let mut auditor = Auditor::new(Scope::default());
    pass(&mut auditor, &closed.events);
    let mut bytes = Vec::new();
    auditor
        .write_checkpoint(&mut bytes, GENESIS, HERE)
        .expect("written");
    let checkpoint = Checkpoint::read(&bytes[..], GENESIS).expect("a checkpoint");
    let scope = Scope {
        org: Some(story::org()),
        wallet: None,
    };
    let auditor = Auditor::from_checkpoint(checkpoint, scope);
    assert!(auditor.accounts().any(|it| *it == story::subscription()));
    let short = auditor.look_at_vault(&story::vault(), 99).shortage();
    assert!(short.is_some_and(|it| it.seizable));
}

#[test]
fn an_audit_goes_on_where_another_one_ended() {
    let honest = snapshot(&Facts::default());
    let bytes = left(&honest);
    let report = resumed(&bytes, &honest);
    assert_eq!(report.findings, []);
    let whole = super::audit(&honest);
    assert_eq!(report.totals, whole.totals);
    assert_eq!(left(&honest), bytes);
}

#[test]
fn figures_that_no_account_can_have_are_findings_and_no_end() {
    let honest = snapshot(&Facts::default());
    let mut auditor = Auditor::new(Scope::default());
    pass(&mut auditor, &honest.events[..CHARGED]);
    let state = &mut auditor.state;
    for chain in state.chains.values_mut() {
        chain.seq = u64::MAX;
    }
    for ledger in state.ledgers.values_mut() {
        (ledger.held, ledger.queued, ledger.claimable) = (u128::MAX, u128::MAX, u128::MAX);
    }
    for member in state.members.values_mut() {
        member.balance.points = u128::MAX;
    }
    auditor.sums.receipts = u64::MAX;
    for sums in auditor.sums.mints.values_mut() {
        (sums.paid, sums.claimed) = (u128::MAX, u128::MAX);
    }
    let mut bytes = Vec::new();
    auditor
        .write_checkpoint(&mut bytes, GENESIS, HERE)
        .expect("written");
    assert!(resumed(&bytes, &honest).wrong.len() > 1);
}

#[test]
fn a_file_that_cannot_be_read_is_not_said_to_be_of_another_version() {
    struct Unreadable;
    impl std::io::Read for Unreadable {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::IsADirectory.into())
        }
    }
    let refused = Checkpoint::read(Unreadable, GENESIS).expect_err("unreadable");
    assert!(matches!(refused, CheckpointError::File(_)), "{refused}");
    let bytes = left(&snapshot(&Facts::default()));
    for cut in [17, 40, 70] {
        let refused = Checkpoint::read(&bytes[..cut], GENESIS).expect_err("cut");
        assert!(
            matches!(refused, CheckpointError::Digest),
            "{cut} {refused}"
        );
    }
}
