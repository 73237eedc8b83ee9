//! The levels above a payer are named in every instruction that pays, or pays back: no sender leaves
//! one out, cuts one off or exchanges one.

use solana_address::Address;
use solana_instruction::{AccountMeta, Instruction};
use solana_keypair::Keypair;
use solana_signer::Signer;
use tessera_client::{
    address,
    types::{
        ID, TesseraError,
        accounts::{AccountType, Ledger},
        args::CreatePlanArgs,
    },
};
use world::{PERIOD, World, key, metered, prorated};

/// An instruction that the levels have a share of, behind what it needs in its transaction.
struct Payment {
    name: &'static str,
    world: World,
    before: Vec<Instruction>,
    it: Instruction,
    /// Where it names the ledgers, nearest level first.
    ledgers: [usize; 3],
    vault: usize,
}

const CUSTOMER: u8 = 23;

impl Payment {
    fn new(
        name: &'static str,
        change: fn(CreatePlanArgs) -> CreatePlanArgs,
        build: fn(&mut World, &Keypair, Address) -> (Vec<Instruction>, Instruction),
    ) -> Self {
        let mut world = World::new();
        let plan = change(world.create_plan_args());
        world.plan = world.add_plan(plan).plan;
        let [.., (wallet, token)] = world.referral_chain();
        assert_eq!(wallet.pubkey(), key(CUSTOMER).pubkey());
        let (before, it) = build(&mut world, &wallet, token);
        let place = |address: Address| {
            let mut metas = it.accounts.iter();
            let found = metas.position(|meta| meta.pubkey == address);
            found.expect("it is named")
        };
        let ledgers = [22, 21, 20].map(|level| place(world.ledger_address(&key(level))));
        let vault = place(world.vault());
        Self {
            name,
            world,
            before,
            it,
            ledgers,
            vault,
        }
    }

    /// Requires that the attack is refused with `expected`, or with anything when there is none.
    #[track_caller]
    fn assert_refused(&mut self, what: &str, attack: Instruction, expected: Option<TesseraError>) {
        let name = self.name;
        let instructions = [self.before.clone(), vec![attack]].concat();
        let signers = signers();
        let signers: Vec<&Keypair> = signers.iter().collect();
        let before = self.standing();
        let Err(refused) = self.world.send(&instructions, &signers) else {
            panic!("{name} accepts {what}");
        };
        match expected {
            Some(expected) => refused.assert_is(expected),
            None => drop(refused.instruction_error()),
        }
        assert_eq!(self.standing(), before, "{name}: {what}");
    }

    /// What the three levels are owed, and what the vault holds.
    fn standing(&self) -> ([Ledger; 3], u64) {
        let ledgers = [22, 21, 20].map(|level| self.world.ledger(&key(level)));
        (ledgers, self.world.balance(&self.world.vault()))
    }
}

fn signers() -> [Keypair; 4] {
    [key(CUSTOMER), key(2), key(4), key(10)]
}

fn subscribe(
    world: &mut World,
    wallet: &Keypair,
    token: Address,
) -> (Vec<Instruction>, Instruction) {
    let subscribe = world.subscribe(wallet, token, world.subscribe_args());
    (vec![], subscribe)
}

fn charge(world: &mut World, wallet: &Keypair, token: Address) -> (Vec<Instruction>, Instruction) {
    world.subscribed(wallet, token);
    world.advance(i64::from(PERIOD));
    (vec![], world.charge(wallet, None))
}

fn invoice(world: &mut World, wallet: &Keypair, token: Address) -> (Vec<Instruction>, Instruction) {
    let [verification, pay] = world.pay_invoice(wallet, token, world.invoice_args(1, 50_000_000));
    (vec![verification], pay)
}

fn change(world: &mut World, wallet: &Keypair, token: Address) -> (Vec<Instruction>, Instruction) {
    world.subscribed(wallet, token);
    let args = prorated(world.create_plan_args());
    let place = world.add_plan(CreatePlanArgs {
        price: args.price_ceiling,
        ..args
    });
    let terms = world.change_terms(place);
    (vec![], world.change_plan(wallet, place, terms, false))
}

fn usage(world: &mut World, wallet: &Keypair, token: Address) -> (Vec<Instruction>, Instruction) {
    world.subscribed(wallet, token);
    (vec![], world.charge_up_to(wallet, 50_000_000))
}

fn refund(world: &mut World, wallet: &Keypair, token: Address) -> (Vec<Instruction>, Instruction) {
    world.subscribed(wallet, token);
    (vec![], world.refund(wallet, 50_000_000))
}

fn payments() -> [Payment; 6] {
    [
        Payment::new("subscribe", |args| args, subscribe),
        Payment::new("charge", |args| args, charge),
        Payment::new("pay_invoice", |args| args, invoice),
        Payment::new("change_plan", prorated, change),
        Payment::new("charge_up_to", metered, usage),
        Payment::new("refund", |args| args, refund),
    ]
}

fn absent() -> AccountMeta {
    AccountMeta::new_readonly(ID, false)
}

#[test]
fn no_level_is_omitted_from_a_payment() {
    for mut payment in payments() {
        let places = payment.ledgers;
        for left_out in [&places[..1], &places[1..2], &places[2..], &places] {
            let mut attack = payment.it.clone();
            for place in left_out {
                attack.accounts[*place] = absent();
            }
            let missing = Some(TesseraError::MissingLedger);
            payment.assert_refused("a level less", attack, missing);
        }
        let mut attack = payment.it.clone();
        attack.accounts[payment.vault] = absent();
        let missing = Some(TesseraError::WrongVault);
        payment.assert_refused("no vault", attack, missing);
    }
}

/// The list of accounts ends early, or a ledger is empty, as of one that was never opened.
#[test]
fn no_chain_is_shortened() {
    for mut payment in payments() {
        for place in payment.ledgers {
            let mut attack = payment.it.clone();
            attack.accounts.truncate(place);
            payment.assert_refused("a shorter list", attack, None);
            let mut attack = payment.it.clone();
            attack.accounts[place].pubkey = Address::new_from_array([253; 32]);
            payment.assert_refused("an empty account", attack, None);
        }
        // A member who says that nobody is above him.
        let member = payment.world.member_address(&key(CUSTOMER));
        let stranger = key(40);
        payment.world.join(&stranger, None);
        let other = payment.world.member_address(&stranger);
        let attack = world::replace(&payment.it, &member, &other);
        let wrong = Some(TesseraError::WrongWallet);
        payment.assert_refused("another's member account", attack, wrong);
    }
}

#[test]
fn no_foreign_ledger_takes_a_levels_place() {
    for mut payment in payments() {
        let thief = key(40);
        let world = &mut payment.world;
        world.join(&thief, None);
        world.make_referrer(&thief, "THIEF");
        let mut foreign = vec![world.ledger_address(&thief)];
        let elsewhere = world.second_org();
        foreign.push(world.within(elsewhere, |world| {
            world.join(&key(22), None);
            let open = world.open_ledger(&key(22));
            world.send(&[open], &[]).expect("open");
            world.ledger_address(&key(22))
        }));
        // Bytes of a ledger that no program of this kind wrote.
        let genuine = world.svm.get_account(&foreign[0]).expect("ledger");
        let forged = Address::new_from_array([99; 32]);
        assert_eq!(genuine.data.len(), Ledger::LEN);
        world
            .svm
            .set_account(
                forged,
                solana_account::Account {
                    owner: FORGER,
                    ..genuine
                },
            )
            .expect("set account");
        foreign.push(forged);
        let other_mint = key(71);
        world.create_mint(&other_mint);
        let home = std::mem::replace(&mut world.mint, other_mint.pubkey());
        let open = world.open_ledger(&key(22));
        world.send(&[open], &[]).expect("open");
        world.mint = home;
        let org = world.org;
        foreign.push(address::ledger(
            &org,
            &key(22).pubkey(),
            &other_mint.pubkey(),
        ));
        for place in payment.ledgers {
            for ledger in &foreign {
                let mut attack = payment.it.clone();
                attack.accounts[place].pubkey = *ledger;
                payment.assert_refused("a foreign ledger", attack, None);
            }
        }
        for (a, b) in [(0, 1), (1, 2), (0, 2)] {
            let [a, b] = [payment.ledgers[a], payment.ledgers[b]];
            let mut attack = payment.it.clone();
            attack.accounts.swap(a, b);
            payment.assert_refused("another order", attack, Some(TesseraError::WrongLedger));
            let mut attack = payment.it.clone();
            attack.accounts[b] = attack.accounts[a].clone();
            payment.assert_refused("one ledger twice", attack, None);
        }
        let untouched = payment.world.ledger(&thief);
        assert_eq!(untouched.owed(), Ok(0));
        // As it is, it works.
        let instructions = [payment.before.clone(), vec![payment.it.clone()]].concat();
        let signers = signers();
        let signers: Vec<&Keypair> = signers.iter().collect();
        payment
            .world
            .send(&instructions, &signers)
            .expect(payment.name);
    }
}

/// Owner of accounts that another program made.
const FORGER: Address = Address::new_from_array([251; 32]);
