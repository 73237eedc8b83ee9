//! A cluster in memory with the compiled program, a mint, an org and a plan, and fixed keys: bumps
//! and so compute units are the same in every run.

mod builders;
mod cluster;
pub mod extended;
pub mod forwarder;
mod hostile;
mod outcome;
mod scene;
mod terms;
mod tokens;

pub use hostile::{replace, unsigned};
pub use outcome::{Refused, Sent, duplicate_account};
pub use scene::{Place, code, key};
pub use terms::*;

use litesvm::LiteSVM;
use solana_address::Address;
use solana_clock::Clock;
use solana_keypair::Keypair;
use solana_signer::Signer;
use tessera_client::{address, types::ID};

/// Where `make` leaves the program.
const PROGRAM: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../target/deploy/tessera.so"
);

/// The cluster, and who and what is in it from the start.
pub struct World {
    /// The runtime.
    pub svm: LiteSVM,
    /// Pays every fee and rent.
    pub payer: Keypair,
    /// The org's authority.
    pub authority: Keypair,
    /// Signs the org's quotes.
    pub quote_authority: Keypair,
    /// Owns the plans' destinations.
    pub treasury: Keypair,
    /// Mints tokens.
    pub mint_authority: Keypair,
    /// What the plan is paid in.
    pub mint: Address,
    /// Program that owns the mint.
    pub token_program: Address,
    /// What the plan declares and subscribers consent to.
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

    /// Program and mint only.
    pub fn without_org() -> Self {
        Self::on(LiteSVM::new())
    }

    /// The same on a runtime with features or programs of its own.
    pub fn on(mut svm: LiteSVM) -> Self {
        svm.add_program_from_file(ID, PROGRAM)
            .expect("`make` builds the program before the tests run");
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
            authority,
            quote_authority: key(3),
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
