//! Tries calls and what attackers make of them, on accounts that stay as they are.

use super::{
    calls::{self, Call},
    cast::{self, Cast, DEBTOR, SPONSOR},
};
use serde_json::Value;
use solana_account::Account;
use solana_address::Address;
use solana_instruction::{AccountMeta, Instruction, error::InstructionError};
use solana_keypair::Keypair;
use solana_signer::Signer;
use solana_transaction_error::TransactionError;
use std::{collections::BTreeMap, fs};
use tessera_client::{
    address,
    instructions::ProposeAuthority,
    types::{ID, TesseraError, args::ProposeAuthorityArgs},
};
use world::{GRACE, PERIOD, Place, World, extended::PYUSD, key};

const IDL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../idl/tessera.json");

/// How many instructions there are beside the one that carries receipts.
pub(crate) const INSTRUCTIONS: usize = 42;

/// What the IDL says of an account of an instruction.
pub(crate) struct Declared {
    pub(crate) name: String,
    pub(crate) is_signer: bool,
    pub(crate) is_writable: bool,
}

/// What each of the accounts that a transaction names is afterwards.
pub(crate) type Effect = BTreeMap<Address, Account>;

/// Why a transaction was refused.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Refusal(pub(crate) TransactionError);

impl Refusal {
    fn code(&self) -> Option<u32> {
        match &self.0 {
            TransactionError::InstructionError(_, InstructionError::Custom(code)) => Some(*code),
            _ => None,
        }
    }

    /// The program's own refusal, if it is one.
    pub(crate) fn own(&self) -> Option<TesseraError> {
        self.code().and_then(TesseraError::from_code)
    }

    pub(crate) fn is(&self, error: &InstructionError) -> bool {
        matches!(&self.0, TransactionError::InstructionError(_, found) if found == error)
    }

    /// One account in two places, one of them written.
    pub(crate) fn is_duplicate(&self) -> bool {
        self.is(&world::duplicate_account())
    }

    /// In a word.
    pub(crate) fn name(&self) -> String {
        match (&self.0, self.own(), self.code()) {
            (_, Some(own), _) => own.name().to_owned(),
            (_, _, Some(2040)) => "DuplicateMutableAccount".to_owned(),
            (_, _, Some(code)) => format!("callee's {code}"),
            (TransactionError::InstructionError(_, error), ..) => format!("runtime's {error:?}"),
            (error, ..) => format!("runtime's {error:?}"),
        }
    }
}

/// An org, and who holds it.
struct Home {
    authority: Keypair,
    place: Place,
}

impl Home {
    /// The first org of this authority.
    fn of(authority: Keypair) -> Self {
        let org = address::org(&authority.pubkey(), 1);
        let plan = address::plan(&org, 1);
        Self {
            authority,
            place: Place { org, plan },
        }
    }

    /// Has the builders build for it while `act` runs.
    fn within<T>(&self, world: &mut World, act: impl FnOnce(&mut World) -> T) -> T {
        let authority = self.authority.insecure_clone();
        let before = std::mem::replace(&mut world.authority, authority);
        let result = world.within(self.place, act);
        world.authority = before;
        result
    }
}

/// A world in which every instruction can be called in two orgs.
pub(crate) struct Stage {
    pub(crate) world: World,
    pub(crate) cast: Cast,
    homes: [Home; 2],
    keys: Vec<Keypair>,
    idl: Value,
    used: u64,
}

impl Stage {
    /// In SPL Token.
    pub(crate) fn new() -> Self {
        Self::within(World::new())
    }

    /// In tokens of Token-2022 with PYUSD's extensions.
    pub(crate) fn token_2022() -> Self {
        Self::within(World::with_extensions(PYUSD))
    }

    fn within(mut world: World) -> Self {
        let cast = Cast::new(&mut world);
        let sponsor = key(SPONSOR).pubkey();
        world
            .svm
            .airdrop(&sponsor, 100_000_000_000)
            .expect("airdrop");
        let homes = [2, 11].map(|seed| Home::of(key(seed)));
        homes[1].within(&mut world, World::create_org_and_plan);
        let config = world.config();
        let propose = ProposeAuthority {
            authority: config.admin,
            account: address::config(),
            args: ProposeAuthorityArgs {
                seq: config.header.receipt_seq,
                pending: key(cast::NEXT_ADMIN).pubkey(),
            },
        };
        world.send(&[propose.into()], &[&key(6)]).expect("proposal");
        for home in &homes {
            home.within(&mut world, |world| cast::begin(world, &cast));
        }
        world.advance(i64::from(PERIOD) / 2);
        for home in &homes {
            home.within(&mut world, |world| cast::go_on(world, &cast));
        }
        // A period and half of its grace time are over.
        world.advance(i64::from(PERIOD) / 2 + i64::from(GRACE) / 2);
        world.revoke(&cast.token(DEBTOR), &key(DEBTOR));
        let idl = fs::read_to_string(IDL).expect("idl/tessera.json");
        Self {
            world,
            cast,
            homes,
            keys: cast::keys(),
            idl: serde_json::from_str(&idl).expect("JSON"),
            used: 0,
        }
    }

    /// A call of every instruction in the first org.
    pub(crate) fn calls(&mut self) -> Vec<Call> {
        self.calls_of(0)
    }

    /// The same in the org of this number.
    pub(crate) fn calls_of(&mut self, number: usize) -> Vec<Call> {
        let cast = &self.cast;
        let build = |world: &mut World| calls::all(world, cast);
        let calls = self.homes[number].within(&mut self.world, build);
        let mut numbers: Vec<u8> = calls.iter().map(|it| it.instruction.data[0]).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), INSTRUCTIONS);
        calls
    }

    /// The accounts of an instruction, in their order.
    pub(crate) fn declared(&self, call: &Call) -> Vec<Declared> {
        let all = self.idl["instructions"].as_array().expect("a list");
        let found = all.iter().find(|it| it["name"] == call.name);
        let accounts = found.expect(call.name)["accounts"].as_array();
        let mut declared: Vec<Declared> = accounts
            .expect("a list")
            .iter()
            .map(|it| Declared {
                name: it["name"].as_str().expect("a name").to_owned(),
                is_signer: it["signer"] == true,
                is_writable: it["writable"] == true,
            })
            .collect();
        // Where Token-2022 carries no receipt, the program itself follows.
        let accounts = &call.instruction.accounts;
        for meta in &accounts[declared.len()..] {
            assert_eq!(meta.pubkey, ID);
            declared.push(Declared {
                name: "program behind the last".to_owned(),
                is_signer: false,
                is_writable: false,
            });
        }
        declared
    }

    pub(crate) fn account(&self, address: &Address) -> Account {
        self.world.svm.get_account(address).unwrap_or_default()
    }

    /// An address where nothing is yet, another one at each call.
    pub(crate) fn fresh(&mut self) -> Address {
        self.used += 1;
        let mut address = [252; 32];
        address[..8].copy_from_slice(&self.used.to_le_bytes());
        Address::new_from_array(address)
    }

    /// Puts an account at a fresh address, as its owner's program can.
    pub(crate) fn place(&mut self, account: Account) -> Address {
        let address = self.fresh();
        self.set(address, account);
        address
    }

    pub(crate) fn set(&mut self, address: Address, account: Account) {
        let set = self.world.svm.set_account(address, account);
        set.expect("set account");
    }

    /// What becomes of `call`.
    #[track_caller]
    pub(crate) fn effect(&mut self, call: &Call) -> Effect {
        let result = self.attempt(call, &call.instruction);
        result.unwrap_or_else(|refusal| panic!("{}: {}", call.title(), refusal.name()))
    }

    /// What becomes of `call` with `instruction` in its place; afterwards everything is as it was.
    pub(crate) fn attempt(
        &mut self,
        call: &Call,
        instruction: &Instruction,
    ) -> Result<Effect, Refusal> {
        let mut instructions = call.before.clone();
        instructions.push(instruction.clone());
        self.attempt_all(&instructions)
    }

    /// Requires that `instruction` is refused in place of `call`.
    #[track_caller]
    pub(crate) fn refused(
        &mut self,
        call: &Call,
        instruction: &Instruction,
        what: &str,
    ) -> Refusal {
        match self.attempt(call, instruction) {
            Ok(_) => panic!("accepted: {}, {what}", call.title()),
            Err(refusal) => refusal,
        }
    }

    /// Sends these, requires of a refusal that it changed nothing but who pays the fee, and takes
    /// back what was done.
    pub(crate) fn attempt_all(&mut self, instructions: &[Instruction]) -> Result<Effect, Refusal> {
        let keys: Vec<&Keypair> = self.keys.iter().collect();
        let transaction = self.world.transaction(instructions, &keys);
        let payer = self.world.payer.pubkey();
        let named = transaction.message.account_keys.clone();
        let named: Vec<Address> = named.into_iter().filter(|it| *it != payer).collect();
        let now =
            |stage: &Self| -> Effect { named.iter().map(|it| (*it, stage.account(it))).collect() };
        let before = now(self);
        let result = self.world.svm.send_transaction(transaction);
        self.world.svm.expire_blockhash();
        let after = now(self);
        match result {
            Err(failed) => {
                assert_eq!(before, after, "{:#?}", failed.meta.logs);
                Err(Refusal(failed.err))
            }
            Ok(_) => {
                for (address, account) in before {
                    if account != after[&address] {
                        self.set(address, account);
                    }
                }
                Ok(after)
            }
        }
    }

    /// What each account that `call` names is before it, but for who pays the fee.
    pub(crate) fn before(&self, call: &Call) -> Effect {
        let payer = self.world.payer.pubkey();
        let metas = call.instruction.accounts.iter();
        metas
            .filter(|it| it.pubkey != payer)
            .map(|it| (it.pubkey, self.account(&it.pubkey)))
            .collect()
    }
}

/// `call`'s instruction with this account at `place`.
pub(crate) fn with(call: &Call, place: usize, address: Address) -> Instruction {
    let mut changed = call.instruction.clone();
    changed.accounts[place].pubkey = address;
    changed
}

/// Whether nothing stands at this place.
pub(crate) fn is_absent(meta: &AccountMeta) -> bool {
    meta.pubkey == ID
}

/// What became of a call that somebody changed.
#[derive(Debug, PartialEq)]
pub(crate) enum Outcome {
    Refused(Refusal),
    /// What was changed makes no difference.
    AsUsual,
    /// These accounts are not what the call would have left.
    Otherwise(Vec<Address>),
}

impl Outcome {
    /// In a word.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Refused(refusal) => refusal.name(),
            Self::AsUsual => "makes no difference".to_owned(),
            Self::Otherwise(accounts) => format!("ACCEPTED, changes {accounts:?}"),
        }
    }
}

impl Stage {
    /// What becomes of `instruction` in place of `call`, whose effect is `usual`.
    pub(crate) fn outcome(
        &mut self,
        call: &Call,
        usual: &Effect,
        instruction: &Instruction,
    ) -> Outcome {
        self.compared(call, instruction, usual)
    }

    /// What becomes of `call` when the account at `address` has changed meanwhile.
    pub(crate) fn outcome_with(
        &mut self,
        call: &Call,
        usual: &Effect,
        address: &Address,
        change: impl Fn(&mut Account),
    ) -> Outcome {
        let original = self.account(address);
        let mut changed = original.clone();
        change(&mut changed);
        self.set(*address, changed);
        let mut expected = usual.clone();
        if let Some(account) = expected.get_mut(address) {
            change(account);
        }
        let outcome = self.compared(call, &call.instruction, &expected);
        self.set(*address, original);
        outcome
    }

    fn compared(&mut self, call: &Call, instruction: &Instruction, expected: &Effect) -> Outcome {
        let effect = match self.attempt(call, instruction) {
            Ok(effect) => effect,
            Err(refusal) => return Outcome::Refused(refusal),
        };
        let mut differ = Vec::new();
        for (address, account) in &effect {
            let expected = expected.get(address).cloned();
            if *account != expected.unwrap_or_else(|| self.account(address)) {
                differ.push(*address);
            }
        }
        // What is not named any more would have been left as it is.
        for (address, account) in expected {
            if !effect.contains_key(address) && *account != self.account(address) {
                differ.push(*address);
            }
        }
        match differ.is_empty() {
            true => Outcome::AsUsual,
            false => Outcome::Otherwise(differ),
        }
    }
}
