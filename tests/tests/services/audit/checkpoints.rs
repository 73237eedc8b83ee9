//! Audits that go on where the last one ended.

use super::network::{Busy, Network};
use solana_address::Address;
use std::{fs, path::PathBuf};
use tempfile::TempDir;
use tessera_cli::audit::{self, AuditError, Nothing, Options, Proof, Refused};
use tessera_client::{
    Account,
    audit::{Check, CheckpointError},
};

struct Desk {
    network: Network,
    folder: TempDir,
}

impl Desk {
    fn new() -> Self {
        Self {
            network: Network::start(Busy::Writing),
            folder: TempDir::new().expect("a folder"),
        }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("checkpoint")
    }

    async fn audit(&self) -> Result<Proof, AuditError> {
        let options = Options {
            checkpoint: Some(self.file()),
            ..Options::default()
        };
        audit::prove(&self.network, &self.network, &options, &mut Nothing).await
    }

    async fn refusal(&self) -> Refused {
        match self.audit().await {
            Err(AuditError::Checkpoint { why, .. }) => why,
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn the_next_audit_reads_only_what_came_since() {
    let desk = Desk::new();
    let first = desk.audit().await.expect("it ends");
    assert!(first.left_checkpoint && first.since.is_none());
    let before = desk.network.bend(|bent| std::mem::take(&mut bent.shown));
    desk.network.live(40);
    let second = desk.audit().await.expect("it ends");
    assert_eq!(second.report.findings, []);
    assert_eq!(second.since, Some(first.position.slot));
    let shown = desk.network.bend(|bent| bent.shown);
    assert!(shown < before / 2, "{shown} {before}");
    let whole = super::prove(&desk.network).await.expect("it ends");
    let all = first.figures.receipts + second.figures.receipts;
    assert_eq!(second.report.totals.receipts, all);
    assert!(whole.figures.receipts >= all);
    let leftovers = fs::read_dir(desk.folder.path()).expect("readable").count();
    assert_eq!(leftovers, 1);
}

#[tokio::test]
async fn a_checkpoint_is_kept_when_something_is_found() {
    let desk = Desk::new();
    desk.audit().await.expect("it ends");
    let kept = fs::read(desk.file()).expect("a checkpoint");
    desk.network.live(40);
    desk.network.bend(|bent| {
        bent.account = |account| {
            if let Account::Code(it) = account {
                it.created_at += 1;
            }
        };
    });
    let proof = desk.audit().await.expect("it ends");
    assert!(proof.report.wrong.contains_key(&Check::Configuration));
    assert!(!proof.left_checkpoint);
    assert_eq!(fs::read(desk.file()).expect("a checkpoint"), kept);
}

#[tokio::test]
async fn no_checkpoint_is_left_of_what_does_not_hold() {
    let desk = Desk::new();
    desk.network.bend(|bent| {
        bent.transaction = |mut it| {
            if let Some(raw) = &mut it.raw
                && raw.len() > 200
                && it.slot.is_multiple_of(50)
            {
                raw[150] ^= 1;
            }
            Some(it)
        };
    });
    let lied = desk.audit().await.expect("it ends");
    assert!(!lied.left_checkpoint && !desk.file().exists());
}

#[tokio::test]
async fn a_folder_that_takes_no_checkpoint_is_named_before_anything_is_read() {
    let desk = Desk::new();
    let options = Options {
        checkpoint: Some(desk.folder.path().join("missing").join("checkpoint")),
        ..Options::default()
    };
    let refused = audit::prove(&desk.network, &desk.network, &options, &mut Nothing).await;
    let Err(error @ AuditError::Unwritable { .. }) = refused else {
        panic!("{refused:?}");
    };
    assert!(error.to_string().contains("missing/checkpoint"), "{error}");
    assert_eq!(desk.network.bend(|bent| bent.shown), 0);
}

#[tokio::test]
async fn a_checkpoint_of_another_network_is_refused() {
    let desk = Desk::new();
    desk.audit().await.expect("it ends");
    desk.network.bend(|bent| bent.genesis = [12; 32]);
    let why = desk.refusal().await;
    let network = matches!(why, Refused::Itself(CheckpointError::Network { .. }));
    assert!(network, "{why}");
    let asked = Address::new_from_array([12; 32]);
    let shown = format!(", not {asked}");
    assert!(why.to_string().ends_with(&shown), "{why}");
}

#[tokio::test]
async fn a_checkpoint_whose_last_transaction_nobody_knows_is_refused() {
    let desk = Desk::new();
    desk.audit().await.expect("it ends");
    let young = Desk {
        network: Network::young(),
        folder: desk.folder,
    };
    let why = young.refusal().await;
    assert!(matches!(why, Refused::Ahead(..)), "{why}");
    young.network.live(6_000);
    let why = young.refusal().await;
    assert!(matches!(why, Refused::Unknown(..)), "{why}");
}

#[tokio::test]
async fn a_damaged_checkpoint_is_refused_and_left_alone() {
    let desk = Desk::new();
    desk.audit().await.expect("it ends");
    let mut bytes = fs::read(desk.file()).expect("a checkpoint");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(desk.file(), &bytes).expect("written");
    let why = desk.refusal().await;
    let damaged = matches!(why, Refused::Itself(CheckpointError::Digest));
    assert!(damaged, "{why}");
    assert_eq!(fs::read(desk.file()).expect("still there"), bytes);
}

#[tokio::test]
async fn a_node_that_is_a_little_behind_catches_up_with_a_checkpoint() {
    let desk = Desk::new();
    let first = desk.audit().await.expect("it ends");
    desk.network.bend(|bent| bent.behind = 200);
    let second = desk.audit().await.expect("it ends");
    assert_eq!(second.since, Some(first.position.slot));
    assert_eq!(desk.network.bend(|bent| bent.behind), 0);
}

#[tokio::test]
async fn no_checkpoint_is_left_when_another_program_is_deployed() {
    let desk = Desk::new();
    let options = Options {
        checkpoint: Some(desk.file()),
        found: true,
        ..Options::default()
    };
    let proof = audit::prove(&desk.network, &desk.network, &options, &mut Nothing).await;
    let proof = proof.expect("it ends");
    assert_eq!(proof.report.findings, []);
    assert!(!proof.left_checkpoint && !desk.file().exists());
}
