//! Who there is, what they pay with, and who signs for them.

use solana_address::Address;
use solana_keypair::Keypair;
use solana_signer::Signer;
use spl_token_2022_interface::extension::ExtensionType;
use std::collections::BTreeMap;
use world::{World, extended::Extension, key};

/// A mint.
#[derive(Clone, Copy)]
pub(crate) struct Money {
    pub(crate) mint: Address,
    pub(crate) program: Address,
    /// Whether subscribers must consent to its permanent delegate.
    pub(crate) seizable: bool,
}

/// All who may sign, and their token accounts.
pub(crate) struct People {
    /// Pays the fee of every transaction and does nothing else.
    pub(crate) fees: Address,
    /// Pays rent for others.
    pub(crate) sponsor: Address,
    pub(crate) admin: Address,
    /// Customers, members or not.
    pub(crate) wallets: Vec<Address>,
    /// They create orgs.
    pub(crate) founders: Vec<Address>,
    /// One to a founder.
    pub(crate) treasuries: Vec<Address>,
    pub(crate) quote_keys: Vec<Address>,
    pub(crate) meters: Vec<Address>,
    pub(crate) issuers: Vec<Address>,
    pub(crate) keeper: Address,
    /// On SPL Token, on Token-2022, and one that a few hold nearly all that there can be of.
    pub(crate) money: Vec<Money>,
    /// Everybody's token accounts.
    pub(crate) tokens: Vec<Address>,
    /// The last of each mint swallows what others lose.
    pub(crate) sinks: Vec<Address>,
    opened: BTreeMap<(Address, Address), Address>,
    keys: BTreeMap<Address, Keypair>,
}

pub(crate) const WALLETS: u8 = 8;
pub(crate) const HUGE: usize = 2;

impl People {
    /// Creates their mints and token accounts.
    pub(crate) fn settle(world: &mut World) -> Self {
        let mut keys = BTreeMap::new();
        let mut person = |seed: u8| {
            let keypair = key(seed);
            let address = keypair.pubkey();
            keys.insert(address, keypair);
            address
        };
        let mut people = Self {
            fees: world.payer.pubkey(),
            sponsor: person(19),
            admin: person(6),
            wallets: (0..WALLETS).map(|at| person(20 + at)).collect(),
            founders: [2, 40, 41].map(&mut person).to_vec(),
            treasuries: [4, 42, 43].map(&mut person).to_vec(),
            quote_keys: [3, 44].map(&mut person).to_vec(),
            meters: [10, 45].map(&mut person).to_vec(),
            issuers: [50, 51].map(&mut person).to_vec(),
            keeper: person(60),
            money: vec![],
            tokens: vec![],
            sinks: vec![],
            opened: BTreeMap::new(),
            keys,
        };
        people.mint(world);
        people.open_accounts(world);
        for signer in people.keys.keys() {
            world
                .svm
                .airdrop(signer, 1_000_000_000_000)
                .expect("airdrop");
        }
        people
    }

    fn mint(&mut self, world: &mut World) {
        let (extended, huge) = (key(70), key(71));
        // What stablecoins of today have, and can be paused.
        world.create_extended_mint(&extended, world::extended::USDPT);
        world.create_mint(&huge);
        let seizable = world::extended::USDPT.contains(&Extension::PermanentDelegate);
        let plain = world.token_program;
        self.money = vec![
            Money {
                mint: world.mint,
                program: plain,
                seizable: false,
            },
            Money {
                mint: extended.pubkey(),
                program: spl_token_2022_interface::ID,
                seizable,
            },
            Money {
                mint: huge.pubkey(),
                program: plain,
                seizable: false,
            },
        ];
    }

    fn open_accounts(&mut self, world: &mut World) {
        const FUNDS: u64 = 1_000_000_000_000;
        for (at, money) in self.money.iter().enumerate() {
            let mut open = |owner: &Address, amount: u64| {
                let address = world.create_account_of(owner, &money.mint, amount);
                if money.program == spl_token_2022_interface::ID {
                    let extensions = [ExtensionType::CpiGuard, ExtensionType::MemoTransfer];
                    world.reallocate(&address, &self.keys[owner], &extensions);
                }
                self.tokens.push(address);
                self.opened.entry((*owner, money.mint)).or_insert(address);
            };
            let huge = at == HUGE;
            for (place, wallet) in self.wallets.iter().enumerate() {
                // Together nearly 2^64.
                let amount = match (huge, place) {
                    (false, _) => FUNDS,
                    (true, 0) => u64::MAX / 2 + u64::MAX / 8,
                    (true, 1) => u64::MAX / 4,
                    (true, _) => 1_000_000,
                };
                open(wallet, amount);
                if at == 0 {
                    open(wallet, FUNDS / 1_000);
                }
            }
            for treasury in &self.treasuries {
                open(treasury, FUNDS);
            }
            open(&self.keeper, 0);
            let sink = world.create_account_of(&self.fees, &money.mint, 0);
            self.sinks.push(sink);
        }
    }

    /// Whether somebody has the key of an address.
    pub(crate) fn can_sign(&self, address: &Address) -> bool {
        self.keys.contains_key(address)
    }

    /// The key of somebody who can sign.
    pub(crate) fn key(&self, address: &Address) -> &Keypair {
        &self.keys[address]
    }

    /// The first token account that somebody was given of a mint: they were opened in that order.
    pub(crate) fn first_token(&self, owner: &Address, mint: &Address) -> Address {
        self.opened[&(*owner, *mint)]
    }

    pub(crate) fn signers(&self) -> Vec<Address> {
        self.keys.keys().copied().collect()
    }
}
