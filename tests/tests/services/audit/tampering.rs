//! What a faulty or lying node, or a faulty program, shows.

use super::{
    network::{Busy, Happened, Network},
    prove, wrong,
};
use tessera_cli::audit::{self, Nothing, Options};
use tessera_client::{Account, Event, audit::Check, types::Address};

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
}
