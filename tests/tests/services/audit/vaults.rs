//! Vaults that somebody charges, dusts and seizes from while they are audited.

use super::{
    network::{Busy, Network},
    prove, wrong,
};
use solana_signature::Signature;
use std::sync::atomic::{AtomicUsize, Ordering};
use tessera_cli::{
    audit::{self, Nothing, Options, Vaults},
    chain::ChainError,
};
use tessera_client::{
    Account,
    audit::{Check, Scope},
    types::{Address, accounts::Plan},
};
use tessera_indexer::node::{TokenBalances, TokenChange, async_trait};

#[tokio::test]
async fn a_vault_that_is_short_is_named_although_it_never_rests() {
    let network = Network::start(Busy::Writing);
    let vault = network.vault(4);
    // Nobody sends this one dust.
    network.send(vault, -1);
    let proof = prove(&network).await.expect("it ends");
    assert_eq!(wrong(&proof), [(Check::Solvency, 1)]);
    let [finding] = &proof.report.findings[..] else {
        panic!("{:?}", proof.report.findings);
    };
    assert_eq!(finding.account, vault);
}

#[tokio::test]
async fn dust_hinders_no_audit_and_makes_up_for_what_is_missing() {
    let network = Network::start(Busy::Writing);
    let vault = network.vault(4);
    network.send(vault, 1_000);
    network.send(vault, -1_000);
    let proof = prove(&network).await.expect("it ends");
    assert_eq!(wrong(&proof), [], "{:?}", proof.report.findings);
    assert!(network.written_meanwhile() > 100);
}

#[tokio::test]
async fn a_seizure_that_was_agreed_to_is_named_with_its_transaction() {
    let network = Network::seizable(Busy::Writing);
    let vault = network.vault(4);
    network.send(vault, 5);
    let seized = network.send(vault, -40);
    network.live(20);
    let proof = prove(&network).await.expect("it ends");
    assert_eq!(wrong(&proof), [], "{:?}", proof.report.findings);
    let [notice] = &proof.report.notices[..] else {
        panic!("{:?}", proof.report.notices);
    };
    assert_eq!(notice.account, vault);
    let named = format!("the mint's permanent delegate took 40 in transaction {seized}");
    assert!(notice.detail.ends_with(&named), "{}", notice.detail);
    let plans = network.accounts();
    let consents = |it: &Account| match it {
        Account::Plan(it) => it.flags & Plan::PERMANENT_DELEGATE != 0,
        _ => true,
    };
    assert!(plans.iter().all(|(_, it)| consents(it)));
}

#[tokio::test]
async fn what_no_seizure_explains_is_a_finding() {
    let network = Network::seizable(Busy::Writing);
    let vault = network.vault(4);
    network.send(vault, -40);
    // As if the program itself had paid somebody: no transaction of others took it.
    network.lose(vault, 2);
    let proof = prove(&network).await.expect("it ends");
    assert_eq!(wrong(&proof), [(Check::Solvency, 1)]);
    let [finding] = &proof.report.findings[..] else {
        panic!("{:?}", proof.report.findings);
    };
    let rest = "nothing explains that 2 are missing";
    assert!(finding.detail.ends_with(rest), "{}", finding.detail);
    assert_eq!(proof.report.notices.len(), 1);
}

#[tokio::test]
async fn a_seizure_that_was_given_back_explains_nothing() {
    for again in [40, 50] {
        let network = Network::seizable(Busy::Writing);
        let vault = network.vault(4);
        network.send(vault, -40);
        network.send(vault, again);
        network.lose(vault, again - 38);
        let proof = prove(&network).await.expect("it ends");
        assert_eq!(wrong(&proof), [(Check::Solvency, 1)], "{again}");
        assert_eq!(proof.report.notices, []);
    }
}

/// Gives back what was seized when it was looked at for the second time.
struct GivenBack<'a> {
    network: &'a Network,
    vault: Address,
    looks: AtomicUsize,
}

#[async_trait]
impl Vaults for GivenBack<'_> {
    async fn balances(
        &self,
        vaults: &[Address],
        min_slot: u64,
    ) -> Result<TokenBalances, ChainError> {
        let read = self.network.balances(vaults, min_slot).await;
        if self.looks.fetch_add(1, Ordering::SeqCst) == 1 {
            self.network.live(1);
            self.network.send(self.vault, 40);
        }
        read
    }

    async fn change(
        &self,
        transaction: &Signature,
        vault: &Address,
    ) -> Result<Option<TokenChange>, ChainError> {
        self.network.change(transaction, vault).await
    }
}

#[tokio::test]
async fn what_is_given_back_after_the_reading_does_not_make_a_seizure_a_finding() {
    let network = Network::seizable(Busy::Resting);
    let vault = network.vault(4);
    network.send(vault, -40);
    let vaults = GivenBack {
        network: &network,
        vault,
        looks: AtomicUsize::default(),
    };
    let proof = audit::prove(&network, &vaults, &Options::default(), &mut Nothing)
        .await
        .expect("it ends");
    assert_eq!(vaults.looks.load(Ordering::SeqCst), 2);
    assert_eq!(wrong(&proof), [], "{:?}", proof.report.findings);
    assert_eq!(proof.report.notices.len(), 1);
}

#[tokio::test]
async fn what_came_in_during_the_slot_of_a_reading_hides_nothing() {
    let network = Network::start(Busy::Writing);
    let vault = network.vault(4);
    network.send(vault, -1);
    let options = Options {
        scope: Scope {
            org: Some(network.org(4)),
            wallet: None,
        },
        ..Options::default()
    };
    // Each reading meets another moment of a slot.
    for turns in 1..4 {
        network.live(turns);
        let proof = audit::prove(&network, &network, &options, &mut Nothing)
            .await
            .expect("it ends");
        assert_eq!(wrong(&proof), [(Check::Solvency, 1)]);
    }
}
