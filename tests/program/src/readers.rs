//! The program's accounts, as they stand for the world's org, plan and mint.

use crate::World;
use solana_address::Address;
use solana_keypair::Keypair;
use solana_signer::Signer;
use tessera_client::{
    address,
    types::accounts::{Authority, Config, Issuer, Ledger, Member, Org, Plan, Subscription},
};

impl World {
    /// The program's own settings.
    pub fn config(&self) -> Config {
        self.account(&address::config())
    }

    /// The org.
    pub fn org_account(&self) -> Org {
        self.account(&self.org)
    }

    /// The plan.
    pub fn plan_account(&self) -> Plan {
        self.account(&self.plan)
    }

    /// The vault of the org and the mint.
    pub fn vault(&self) -> Address {
        address::vault(&self.org, &self.mint)
    }

    /// Address of a member.
    pub fn member_address(&self, wallet: &Keypair) -> Address {
        address::member(&self.org, &wallet.pubkey())
    }

    /// A member.
    #[track_caller]
    pub fn member(&self, wallet: &Keypair) -> Member {
        self.account(&self.member_address(wallet))
    }

    /// Address of a member's ledger.
    pub fn ledger_address(&self, wallet: &Keypair) -> Address {
        address::ledger(&self.org, &wallet.pubkey(), &self.mint)
    }

    /// A member's ledger.
    #[track_caller]
    pub fn ledger(&self, wallet: &Keypair) -> Ledger {
        self.account(&self.ledger_address(wallet))
    }

    /// Address of a wallet's subscription to the plan.
    pub fn subscription_address(&self, wallet: &Keypair) -> Address {
        address::subscription(&self.plan, &wallet.pubkey())
    }

    /// A wallet's subscription to the plan.
    #[track_caller]
    pub fn subscription(&self, wallet: &Keypair) -> Subscription {
        self.account(&self.subscription_address(wallet))
    }

    /// Address of a token account's delegate.
    pub fn delegate(&self, token_account: &Address) -> Address {
        address::authority(token_account)
    }

    /// A token account's delegate.
    #[track_caller]
    pub fn authority_of(&self, token_account: &Address) -> Authority {
        self.account(&self.delegate(token_account))
    }

    /// Address of an issuer.
    pub fn issuer_address(&self, key: &Keypair) -> Address {
        address::issuer(&self.org, &key.pubkey())
    }

    /// An issuer.
    #[track_caller]
    pub fn issuer(&self, key: &Keypair) -> Issuer {
        self.account(&self.issuer_address(key))
    }
}
