//! A cluster in memory with the compiled program and its config, a mint, an org and a plan, and fixed
//! keys: bumps and so compute units are the same in every run.

mod builders;
mod cluster;
mod deploy;
pub mod extended;
pub mod forwarder;
mod hostile;
mod lifecycle;
mod outcome;
mod plans;
mod readers;
mod rewards;
mod scene;
mod terms;
mod tokens;

pub use cluster::calls;
pub use deploy::deploy;
pub use hostile::{replace, unsigned};
pub use outcome::{Refused, Sent, duplicate_account};
pub use plans::{metered, monthly, prorated, with_trial};
pub use scene::{Place, code, key};
pub use terms::*;

use litesvm::LiteSVM;
use solana_address::Address;
use solana_clock::Clock;
use solana_keypair::Keypair;
use solana_signer::Signer;
use tessera_client::address;

/// The cluster, and who and what is in it from the start.
pub struct World {
    /// The runtime.
    pub svm: LiteSVM,
    /// Pays every fee and rent.
    pub payer: Keypair,
    /// May upgrade the program, and so made its config.
    pub admin: Keypair,
    /// The org's authority.
    pub authority: Keypair,
    /// Signs the org's quotes.
    pub quote_authority: Keypair,
    /// Signs usage of the org's metered plans.
    pub meter: Keypair,
    /// Owns the plans' destinations.
    pub treasury: Keypair,
    /// Mints tokens.
    pub mint_authority: Keypair,
    /// What the plan is paid in.
    pub mint: Address,
    /// Program that owns the mint.
    pub token_program: Address,
    /// What the plan declares: the flags that [`World::create_plan_args`] has.
    pub consents: u8,
    /// The org that the builders build for.
    pub org: Address,
    /// The plan that the builders build for.
    pub plan: Address,
    /// The plan's destination.
    pub destination: Address,
    /// Every event so far, as carried.
    pub events: Vec<Vec<u8>>,
    next_account: u64,
}

impl World {
    /// Program, mint, org and plan are there; nobody is a member yet.
    pub fn new() -> Self {
        let mut world = Self::without_org();
        world.create_org_and_plan();
        world
    }

    /// Creates the org and its plan, on the world's terms.
    pub fn create_org_and_plan(&mut self) {
        let instructions = [
            self.create_org(self.create_org_args()),
            self.create_plan(self.create_plan_args()),
        ];
        let authority = self.authority.insecure_clone();
        self.send(&instructions, &[&authority])
            .expect("org and plan");
    }

    /// Program, config and mint only.
    pub fn without_org() -> Self {
        Self::on(LiteSVM::new())
    }

    /// The same on a runtime with features or programs of its own.
    pub fn on(svm: LiteSVM) -> Self {
        let mut world = Self::without_config_on(svm);
        let admin = world.admin.insecure_clone();
        world
            .send(&[world.set_config(world.config_args())], &[&admin])
            .expect("config");
        world
    }

    /// Program and mint only: nothing of the program's own is there yet.
    pub fn without_config() -> Self {
        Self::without_config_on(LiteSVM::new())
    }

    fn without_config_on(mut svm: LiteSVM) -> Self {
        let admin = key(6);
        deploy::program(&mut svm, &admin.pubkey());
        svm.set_sysvar(&Clock {
            slot: START_SLOT,
            unix_timestamp: START,
            ..Clock::default()
        });
        let payer = key(1);
        svm.airdrop(&payer.pubkey(), 1_000_000_000_000)
            .expect("airdrop");
        let mint = key(8);
        let authority = key(2);
        let org = address::org(&authority.pubkey(), 1);
        let mut world = Self {
            svm,
            payer,
            admin,
            authority,
            quote_authority: key(3),
            meter: key(10),
            treasury: key(4),
            mint_authority: key(5),
            mint: mint.pubkey(),
            token_program: spl_token_interface::ID,
            consents: 0,
            org,
            plan: address::plan(&org, 1),
            destination: Address::default(),
            events: Vec::new(),
            next_account: 0,
        };
        world.create_mint(&mint);
        world.destination = world.create_token_account(&world.treasury.pubkey(), 0);
        world
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}
