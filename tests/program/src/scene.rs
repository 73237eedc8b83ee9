//! People and places that a test starts from.

use crate::{FUNDS, World};
use solana_address::Address;
use solana_keypair::Keypair;
use solana_signer::Signer;
use tessera_client::address;

/// A key that is the same in every run.
pub fn key(seed: u8) -> Keypair {
    Keypair::new_from_array([seed; 32])
}

/// A zero-padded referral code.
pub fn code(text: &str) -> [u8; 16] {
    let mut code = [0; 16];
    code[..text.len()].copy_from_slice(text.as_bytes());
    code
}

/// An org with a plan.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// The org.
    pub org: Address,
    /// Its plan.
    pub plan: Address,
}

impl World {
    /// Registers `wallet`, with a referral when given, and funds a token account for it.
    pub fn join(&mut self, wallet: &Keypair, referral: Option<(&str, &Keypair)>) -> Address {
        self.send(&[self.register(wallet, referral)], &[wallet])
            .expect("register_member");
        self.create_token_account(&wallet.pubkey(), FUNDS)
    }

    /// Gives a member a code and a ledger, so that it can refer.
    pub fn make_referrer(&mut self, wallet: &Keypair, text: &str) {
        let instructions = [
            self.create_code(wallet, code(text)),
            self.open_ledger(wallet),
        ];
        self.send(&instructions, &[wallet]).expect("make referrer");
    }

    /// Four members, each referred by the one before; the last has all three levels above it.
    /// Returns their keys and token accounts, the topmost first.
    pub fn referral_chain(&mut self) -> [(Keypair, Address); 4] {
        const CODES: [&str; 4] = ["TOP", "SECOND", "THIRD", "FOURTH"];
        let wallets = [key(20), key(21), key(22), key(23)];
        let mut tokens = [Address::default(); 4];
        for (level, wallet) in wallets.iter().enumerate() {
            let referral = level
                .checked_sub(1)
                .map(|above| (CODES[above], &wallets[above]));
            tokens[level] = self.join(wallet, referral);
            self.make_referrer(wallet, CODES[level]);
        }
        let mut tokens = tokens.into_iter();
        wallets.map(|wallet| (wallet, tokens.next().expect("one for each wallet")))
    }

    /// Subscribes `wallet` on the plan's terms.
    #[track_caller]
    pub fn subscribed(&mut self, wallet: &Keypair, payer_token: Address) {
        let args = self.subscribe_args();
        self.send(&[self.subscribe(wallet, payer_token, args)], &[wallet])
            .expect("subscribe");
    }

    /// A member without a referrer who has paid the first period; its key and token account.
    pub fn subscriber(&mut self) -> (Keypair, Address) {
        let wallet = key(30);
        let token = self.join(&wallet, None);
        self.subscribed(&wallet, token);
        (wallet, token)
    }

    /// The org, and its plan with this id.
    pub fn place_of_plan(&self, id: u64) -> Place {
        Place {
            org: self.org,
            plan: address::plan(&self.org, id),
        }
    }

    /// Another org, with a plan in the same mint.
    pub fn second_org(&mut self) -> Place {
        let authority = self.authority.insecure_clone();
        let org = address::org(&authority.pubkey(), 2);
        let place = Place {
            org,
            plan: address::plan(&org, 1),
        };
        self.within(place, |world| {
            let mut args = world.create_org_args();
            args.id = 2;
            let instructions = [
                world.create_org(args),
                world.create_plan(world.create_plan_args()),
            ];
            world
                .send(&instructions, &[&authority])
                .expect("second org");
        });
        place
    }

    /// Has the builders build for `place` while `act` runs.
    pub fn within<T>(&mut self, place: Place, act: impl FnOnce(&mut Self) -> T) -> T {
        let home = Place {
            org: self.org,
            plan: self.plan,
        };
        (self.org, self.plan) = (place.org, place.plan);
        let result = act(self);
        (self.org, self.plan) = (home.org, home.plan);
        result
    }
}
