//! What a faulty or lying node, or a faulty program, shows.

use super::{
    network::{Busy, Happened, Network},
    prove, wrong,
};
use tessera_cli::audit::{self, Nothing, Options};
use tessera_client::{
    Account, Event,
    audit::Check,
    carried::InnerCall,
    model::Transfer,
    types::{Address, ID, carrier::TOKEN_PROGRAM},
};

/// The laws that break when the network shows accounts like this.
async fn broken(bend: fn(&mut Account)) -> Vec<Check> {
    let network = Network::start(Busy::Writing);
    network.bend(|bent| bent.account = bend);
    let proof = prove(&network).await.expect("it ends");
    proof.report.wrong.keys().copied().collect()
}

#[tokio::test]
async fn accounts_that_are_not_what_receipts_made_them_are_named() {
    let points = broken(|account| {
        if let Account::Member(it) = account {
            it.points ^= 1;
        }
    });
    assert_eq!(points.await, [Check::Points]);
    let budget = broken(|account| {
        if let Account::Issuer(it) = account {
            it.epoch_used += 1;
        }
    });
    assert_eq!(budget.await, [Check::Points]);
    let owner = broken(|account| {
        if let Account::Code(it) = account {
            it.owner = Address::default();
        }
    });
    assert_eq!(owner.await, [Check::Configuration]);
    let generation = broken(|account| {
        if let Account::Authority(it) = account {
            it.generation += 1;
        }
    });
    assert_eq!(generation.await, [Check::Approvals]);
    let head = broken(|account| {
        if let Account::Subscription(it) = account {
            it.header.receipt_head[7] ^= 1;
        }
    });
    assert_eq!(head.await, [Check::Receipts]);
}

/// The laws that break when the node shows transactions like this.
async fn with(bend: fn(Happened) -> Option<Happened>) -> Vec<Check> {
    let network = Network::start(Busy::Writing);
    network.bend(|bent| bent.transaction = bend);
    let proof = prove(&network).await.expect("it ends");
    proof.report.wrong.keys().copied().collect()
}

#[tokio::test]
async fn payments_that_went_elsewhere_are_named() {
    let diverted = with(|mut it| {
        let raw = it.raw.clone()?;
        if matches!(Event::decode(&raw), Ok(Event::Charged(..))) {
            it.transfers[0].to = Address::new_from_array([5; 32]);
        }
        Some(it)
    });
    assert_eq!(diverted.await, [Check::Charges]);
    let others = with(|mut it| {
        let raw = it.raw.clone()?;
        if matches!(Event::decode(&raw), Ok(Event::CommissionClaimed(_))) {
            it.transfers[0].from = Address::new_from_array([5; 32]);
        }
        Some(it)
    });
    assert_eq!(others.await, [Check::Commission]);
}

#[tokio::test]
async fn tokens_that_no_receipt_states_are_named() {
    const STOLEN: Transfer = Transfer {
        from: Address::new_from_array([6; 32]),
        to: Address::new_from_array([5; 32]),
        amount: 7,
    };
    let silent = with(|mut it| {
        let raw = it.raw.clone()?;
        if matches!(Event::decode(&raw), Ok(Event::PointsAwarded(_))) {
            it.transfers.push(STOLEN);
        }
        Some(it)
    });
    assert_eq!(silent.await, [Check::Points]);
    let closing = with(|mut it| {
        let raw = it.raw.clone()?;
        if matches!(Event::decode(&raw), Ok(Event::Closed(_))) {
            it.transfers.push(STOLEN);
        }
        Some(it)
    });
    assert_eq!(closing.await, [Check::Charges]);
}

/// The laws that break when each award of points comes with these calls.
async fn with_calls(calls: fn() -> Vec<InnerCall>) -> Vec<Check> {
    let network = Network::start(Busy::Resting);
    network.bend(|bent| bent.calls = calls);
    let proof = prove(&network).await.expect("it ends");
    proof.report.wrong.keys().copied().collect()
}

fn call(program: Address, number: u8, height: u32) -> InnerCall {
    InnerCall {
        program,
        accounts: vec![Address::new_from_array([6; 32]); 3],
        data: [&[number][..], &7u64.to_le_bytes()].concat(),
        height: Some(height),
    }
}

#[tokio::test]
async fn what_else_may_move_tokens_is_named() {
    const OTHER: Address = Address::new_from_array([9; 32]);
    let burn = with_calls(|| vec![call(TOKEN_PROGRAM, 8, 2)]).await;
    assert_eq!(burn, [Check::Points]);
    let approve = with_calls(|| vec![call(TOKEN_PROGRAM, 4, 2)]).await;
    assert_eq!(approve, [Check::Approvals]);
    let nested = with_calls(|| vec![call(OTHER, 0, 2), call(TOKEN_PROGRAM, 3, 3)]).await;
    assert_eq!(nested, [Check::Points]);
    // An invocation of its own, which leaves no receipt.
    let unstated = with_calls(|| vec![call(ID, 6, 2), call(TOKEN_PROGRAM, 3, 3)]).await;
    assert_eq!(unstated, [Check::Receipts]);
    assert_eq!(with_calls(|| vec![call(ID, 6, 2)]).await, []);
}

#[tokio::test]
async fn a_hidden_transaction_is_named_by_what_follows() {
    let network = Network::start(Busy::Resting);
    network.bend(|bent| bent.transaction = |it| (it.slot % 40 != 7).then_some(it));
    let proof = prove(&network).await.expect("it ends");
    assert!(proof.report.wrong[&Check::Receipts] > 0);
}

#[tokio::test]
async fn what_cannot_be_read_is_a_finding_and_no_end() {
    let network = Network::start(Busy::Resting);
    network.bend(|bent| bent.unreadable = Some(90));
    let proof = prove(&network).await.expect("it ends");
    let finding = proof.report.findings.iter();
    let mut finding = finding.filter(|it| it.detail.contains("of another version"));
    let finding = finding.next().expect("it is named");
    assert_eq!(finding.check, Check::Receipts);
    assert!(finding.transaction.is_some());
}

#[tokio::test]
async fn what_is_wrong_once_and_right_when_it_is_read_again_is_no_finding() {
    let network = Network::start(Busy::Writing);
    network.bend(|bent| bent.flicker = 5);
    let proof = prove(&network).await.expect("it ends");
    assert_eq!(wrong(&proof), [], "{:?}", proof.report.findings);
    assert_eq!(network.bend(|bent| bent.flicker), 0);
}

#[tokio::test]
async fn one_org_or_one_member_is_reported_on_alone() {
    let network = Network::start(Busy::Writing);
    network.bend(|bent| {
        bent.account = |account| {
            if let Account::Member(it) = account {
                it.points ^= 1;
            }
        };
    });
    let (_, member) = network.accounts_of(3);
    let scope = audit::scope_of_member(&network, member).await.expect("one");
    let of = |scope| Options {
        scope,
        ..Options::default()
    };
    let proof = audit::prove(&network, &network, &of(scope), &mut Nothing)
        .await
        .expect("it ends");
    let named: Vec<Address> = proof.report.findings.iter().map(|it| it.account).collect();
    assert_eq!(named, [member]);
    assert_eq!(proof.report.totals.members, 1);
    let org = tessera_client::audit::Scope {
        org: Some(network.org(2)),
        wallet: None,
    };
    let proof = audit::prove(&network, &network, &of(org), &mut Nothing)
        .await
        .expect("it ends");
    assert_eq!(wrong(&proof), [(Check::Points, 13)]);
    let (subscription, _) = network.accounts_of(3);
    let refused = audit::scope_of_member(&network, subscription).await;
    assert!(matches!(refused, Err(audit::AuditError::NoMember(_))));
    let org = audit::scope_of_org(&network, network.org(2)).await;
    assert_eq!(org.expect("one").org, Some(network.org(2)));
}

#[tokio::test]
async fn what_is_no_org_is_refused_as_one() {
    let network = Network::start(Busy::Resting);
    let (subscription, member) = network.accounts_of(3);
    for other in [subscription, member, Address::default(), network.vault(1)] {
        let refused = audit::scope_of_org(&network, other).await;
        let error = refused.expect_err("no org").to_string();
        assert!(error.contains("--org") && error.contains(&other.to_string()));
    }
}
