//! The audit on a network that a business and strangers write to all the time while it reads. What
//! the network shows comes from the model, so that each part of it can be bent.

mod checkpoints;
mod network;
mod tampering;
mod vaults;

use crate::support::database::Mirror;
use network::{Busy, Network};
use tessera_cli::audit::{self, AuditError, Nothing, Options, Proof};
use tessera_client::audit::Check;
use tessera_store::{Key, mirror::cursor};

/// Audits all of the network.
async fn prove(network: &Network) -> Result<Proof, AuditError> {
    audit::prove(network, network, &Options::default(), &mut Nothing).await
}

/// The laws that do not hold, and how often.
fn wrong(proof: &Proof) -> Vec<(Check, u64)> {
    let wrong = proof.report.wrong.iter();
    wrong.map(|(check, count)| (*check, *count)).collect()
}

#[tokio::test]
async fn an_audit_ends_while_everybody_writes() {
    let network = Network::start(Busy::Writing);
    let proof = prove(&network).await.expect("it ends");
    assert_eq!(wrong(&proof), [], "{:?}", proof.report.findings);
    assert!(network.written_meanwhile() > 100);
    assert_eq!(proof.report.totals.members, 65);
    assert!(proof.position.slot <= network.slot());
    // What is compared is all of the accounts, and what no audit read is later than it.
    let accounts = network.accounts().len() as u64;
    let receipts = proof.report.checked[&Check::Receipts];
    assert!(receipts >= accounts, "{receipts} {accounts}");
}

#[tokio::test]
async fn kinds_that_are_too_long_for_an_answer_are_read_in_parts() {
    let network = Network::start(Busy::Writing);
    network.bend(|bent| bent.most_accounts = 3);
    let proof = prove(&network).await.expect("it ends");
    assert_eq!(wrong(&proof), [], "{:?}", proof.report.findings);
    assert!(network.bend(|bent| bent.too_long) > 3);
}

#[tokio::test]
async fn receipts_are_seen_as_they_pass_with_their_places() {
    let network = Network::start(Busy::Resting);
    let mut kept = audit::Kept::default();
    let proof = audit::prove(&network, &network, &Options::default(), &mut kept)
        .await
        .expect("it ends");
    assert_eq!(kept.0.len() as u64, proof.figures.receipts);
    assert_eq!(kept.0.len(), network.transactions());
    let places: Vec<_> = kept.0.iter().map(|it| it.place).collect();
    assert!(places.is_sorted());
}

#[tokio::test]
async fn a_mirror_of_another_network_is_no_finding() -> anyhow::Result<()> {
    let network = Network::start(Busy::Resting);
    let mirror = Mirror::create().await?;
    cursor::init(&mut *mirror.pool.acquire().await?, Key([9; 32]), 0).await?;
    let options = Options::default();
    let audited = audit::prove_with_mirror(&network, &network, &options, &mirror.pool).await;
    assert!(
        matches!(&audited, Err(AuditError::OtherNetwork { .. })),
        "{audited:?}"
    );
    Ok(())
}
