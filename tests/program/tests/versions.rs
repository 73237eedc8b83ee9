//! Later layouts append fields: what knows today's reads them too, in every instruction.

use solana_address::Address;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;
use tessera_client::{
    address, decode,
    types::{
        TesseraError,
        accounts::{AccountType, DISCRIMINATOR_LEN, Issuer, Org},
    },
};
use world::{PERIOD, World, code, key};

/// How many bytes a later layout has more.
const APPENDED: usize = 64;
/// Where the version stands.
const VERSION: usize = DISCRIMINATOR_LEN;

/// An instruction that works, and the accounts of the program that it reads: those that it
/// recognises by what they say of themselves, and those that it takes by an address that an account
/// of the first sort names.
struct Case {
    name: &'static str,
    instruction: Instruction,
    recognised: Vec<(Address, TesseraError)>,
    named: Vec<Address>,
}

struct Stage {
    world: World,
    signers: Vec<Keypair>,
    cases: Vec<Case>,
}

fn missing<const N: usize>(accounts: [Address; N]) -> Vec<(Address, TesseraError)> {
    let refusal = TesseraError::AccountMissing;
    accounts.map(|account| (account, refusal)).to_vec()
}

fn stage() -> Stage {
    let mut world = World::new();
    let chain = world.referral_chain();
    let (payer, token) = (&chain[3].0, chain[3].1);
    world.subscribed(payer, token);
    let second = world.second_plan();
    world.within(second, |world| {
        world.subscribed(payer, token);
        let cancel = world.cancel(payer);
        world.send(&[cancel], &[payer]).expect("cancel");
    });
    let set = world.set_issuer(&key(50), 100);
    world.send(&[set], &[&key(2)]).expect("set_issuer");
    world.advance(i64::from(PERIOD));

    let (org, plan) = (world.org, world.plan);
    let members = [0, 1, 2, 3].map(|index: usize| world.member_address(&chain[index].0));
    let ledgers = [2, 1, 0].map(|index: usize| world.ledger_address(&chain[index].0));
    let subscription = world.subscription_address(payer);
    let authority = world.delegate(&token);
    let issuer = world.issuer_address(&key(50));
    let config = address::config();
    let mut org_args = world.create_org_args();
    org_args.id = 3;
    let another_org = world.create_org(org_args);
    let mut args = world.create_plan_args();
    args.id = 3;
    let subscribe = |world: &mut World| world.subscribe(payer, token, world.subscribe_args());
    let subscribe = world.within(second, subscribe);
    let second_subscription = address::subscription(&second.plan, &payer.pubkey());
    let mut read = missing([second.plan, members[3], second_subscription, authority]);
    read.extend(ledgers.map(|ledger| (ledger, TesseraError::MissingLedger)));
    let case = |name, instruction, recognised, named: &[Address]| Case {
        name,
        instruction,
        recognised,
        named: named.to_vec(),
    };
    let cases = vec![
        case(
            "create_plan",
            world.create_plan(args),
            missing([org, config]),
            &[],
        ),
        case("create_org", another_org, missing([config]), &[]),
        case(
            "register_member",
            world.register(&key(30), Some(("FOURTH", payer))),
            missing([org, address::code(&org, &code("FOURTH")), members[3]]),
            &[],
        ),
        case(
            "create_code",
            world.create_code(payer, code("ANOTHER")),
            missing([members[3]]),
            &[],
        ),
        case(
            "open_ledger",
            world.open_ledger(&chain[2].0),
            missing([members[2], ledgers[0]]),
            &[],
        ),
        case("subscribe", subscribe, read, &[org]),
        case(
            "charge",
            world.charge(payer, None),
            missing([subscription, members[3]]),
            &[plan, org, authority, ledgers[0], ledgers[1], ledgers[2]],
        ),
        case(
            "cancel",
            world.cancel(payer),
            missing([subscription, authority]),
            &[],
        ),
        case(
            "claim_commission",
            world.claim(&chain[2].0, chain[2].1, 1),
            missing([ledgers[0]]),
            &[],
        ),
        case(
            "set_issuer",
            world.set_issuer(&key(50), 200),
            missing([org, issuer]),
            &[],
        ),
        case(
            "award",
            world.award(&key(50), payer, 1),
            missing([issuer, members[3]]),
            &[org],
        ),
        case("redeem", world.redeem(payer, 1), missing([members[3]]), &[]),
    ];
    let mut signers: Vec<Keypair> = chain.into_iter().map(|(wallet, _)| wallet).collect();
    signers.extend([key(2), key(30), key(50)]);
    Stage {
        world,
        signers,
        cases,
    }
}

impl Stage {
    fn signers(&self) -> Vec<&Keypair> {
        self.signers.iter().collect()
    }

    /// Tries each case after `change` of each account that it recognises.
    fn with_each_changed(&mut self, change: impl Fn(&mut Vec<u8>)) {
        for index in 0..self.cases.len() {
            for read in 0..self.cases[index].recognised.len() {
                let case = &self.cases[index];
                let (account, expected) = case.recognised[read];
                let original = self.world.svm.get_account(&account).expect("account");
                let mut changed = original.clone();
                change(&mut changed.data);
                let set = self.world.svm.set_account(account, changed);
                set.expect("set account");
                let instruction = case.instruction.clone();
                let result = self.world.simulate(&[instruction], &self.signers());
                let what = format!("{}: account {read} of another sort", self.cases[index].name);
                result.expect_err(&what).assert_is(expected);
                let set = self.world.svm.set_account(account, original);
                set.expect("set account");
            }
        }
    }
}

#[test]
fn no_account_is_of_version_zero() {
    stage().with_each_changed(|data| data[VERSION] = 0);
}

#[test]
fn an_account_of_another_kind_is_refused() {
    stage().with_each_changed(|data| {
        let kind = match data[..DISCRIMINATOR_LEN] == Org::DISCRIMINATOR {
            true => Issuer::DISCRIMINATOR,
            false => Org::DISCRIMINATOR,
        };
        data[..DISCRIMINATOR_LEN].copy_from_slice(&kind);
    });
}

#[test]
fn an_account_that_is_too_short_is_refused() {
    stage().with_each_changed(|data| data.truncate(data.len() - 1));
    stage().with_each_changed(|data| data.truncate(VERSION));
}

#[test]
fn accounts_of_a_later_version_are_read_by_every_instruction_and_keep_what_it_appends() {
    let Stage {
        mut world,
        signers,
        cases,
    } = stage();
    let recognised = cases.iter().flat_map(|case| &case.recognised);
    let named = cases.iter().flat_map(|case| &case.named);
    let accounts = recognised.map(|(account, _)| account).chain(named);
    let mut accounts: Vec<Address> = accounts.copied().collect();
    accounts.sort_unstable();
    accounts.dedup();
    for address in &accounts {
        let mut account = world.svm.get_account(address).expect("account");
        account.data[VERSION] = 2;
        account.data.extend([0xab; APPENDED]);
        account.lamports = world
            .svm
            .minimum_balance_for_rent_exemption(account.data.len());
        world
            .svm
            .set_account(*address, account)
            .expect("set account");
    }
    let signers: Vec<&Keypair> = signers.iter().collect();
    for case in cases {
        world.send(&[case.instruction], &signers).expect(case.name);
    }
    for address in accounts {
        let account = world.svm.get_account(&address).expect("account");
        assert_eq!(account.data[VERSION], 2);
        let kept = account.data.len() - APPENDED;
        assert!(account.data[kept..].iter().all(|byte| *byte == 0xab));
    }
}

/// For readers as for the program.
#[test]
fn hosts_read_accounts_of_later_versions_and_refuse_version_zero() {
    let Stage { world, cases, .. } = stage();
    let (address, _) = cases[0].recognised[0];
    let mut account = world.svm.get_account(&address).expect("account");
    account.data.resize(account.data.len() + APPENDED, 7);
    account.data[VERSION] = 2;
    let later: Org = decode::account(&account.data).expect("a later version");
    assert_eq!(later.header.version, 2);
    account.data[VERSION] = 0;
    let refusal = decode::account::<Org>(&account.data).expect_err("version 0");
    assert_eq!(refusal.to_string(), "Org of layout version 0");
}
