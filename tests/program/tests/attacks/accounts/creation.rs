//! Accounts that are created: where they stand, what lay there before, and that it happens once.

use super::*;
use crate::attacks::stage::with;
use solana_account::Account;
use solana_address::Address;
use solana_instruction::{AccountMeta, Instruction};
use solana_signer::Signer;
use solana_system_interface::instruction::transfer;
use tessera_client::{
    decode::Account as Decoded,
    types::{ID, TesseraError, accounts::Header, seeds},
};
use world::key;

/// Whether there is anything at all.
fn is_there(account: &Account) -> bool {
    account.lamports > 0
}

/// The accounts that `call` creates, with their places.
fn created(stage: &Stage, call: &Call, usual: &Effect) -> Vec<(usize, Address)> {
    let metas = call.instruction.accounts.iter().enumerate();
    let new = metas.filter(|(_, meta)| {
        !is_there(&stage.account(&meta.pubkey)) && usual.get(&meta.pubkey).is_some_and(is_there)
    });
    new.map(|(place, meta)| (place, meta.pubkey)).collect()
}

/// The seeds of what `call` creates at `place`, without the bump.
fn seeds_of(stage: &Stage, call: &Call, usual: &Effect, place: usize) -> Vec<Vec<u8>> {
    let declared = stage.declared(call);
    let address = |name: &str| {
        let found = declared.iter().position(|it| it.name == name);
        let meta = &call.instruction.accounts[found.expect(name)];
        meta.pubkey.as_ref().to_vec()
    };
    let account = &usual[&call.instruction.accounts[place].pubkey];
    if account.owner != ID {
        return match declared[place].name.as_str() {
            "stake_vault" => vec![seeds::STAKE_VAULT.to_vec(), address("pool")],
            "reward_vault" => vec![seeds::REWARD_VAULT.to_vec(), address("pool")],
            _ if call.name == "create_campaign" => {
                vec![seeds::CAMPAIGN_VAULT.to_vec(), address("campaign")]
            }
            _ => vec![seeds::VAULT.to_vec(), address("org"), address("mint")],
        };
    }
    let bytes = |address: &Address| address.as_ref().to_vec();
    let id = |id: u64| id.to_le_bytes().to_vec();
    match Decoded::decode(&account.data).expect("account data") {
        Decoded::Org(it) => vec![seeds::ORG.to_vec(), bytes(&it.creator), id(it.id)],
        Decoded::Issuer(it) => vec![seeds::ISSUER.to_vec(), bytes(&it.org), bytes(&it.key)],
        Decoded::Plan(it) => vec![seeds::PLAN.to_vec(), bytes(&it.org), id(it.id)],
        Decoded::Member(it) => vec![seeds::MEMBER.to_vec(), bytes(&it.org), bytes(&it.wallet)],
        Decoded::Code(it) => vec![seeds::CODE.to_vec(), bytes(&it.org), it.code.to_vec()],
        Decoded::Authority(it) => vec![seeds::AUTHORITY.to_vec(), bytes(&it.token_account)],
        Decoded::Subscription(it) => vec![
            seeds::SUBSCRIPTION.to_vec(),
            bytes(&it.first_plan),
            bytes(&it.wallet),
        ],
        Decoded::Invoice(it) => vec![
            seeds::INVOICE.to_vec(),
            bytes(&it.plan),
            bytes(&it.wallet),
            id(it.id),
        ],
        Decoded::Ledger(it) => vec![
            seeds::LEDGER.to_vec(),
            bytes(&it.org),
            bytes(&it.wallet),
            bytes(&it.mint),
        ],
        Decoded::Campaign(it) => vec![seeds::CAMPAIGN.to_vec(), bytes(&it.org), id(it.id)],
        Decoded::NullifierPage(it) => vec![
            seeds::PAGE.to_vec(),
            bytes(&it.campaign),
            it.number.to_le_bytes().to_vec(),
        ],
        Decoded::Claim(it) => vec![
            seeds::CLAIM.to_vec(),
            bytes(&it.campaign),
            bytes(&it.wallet),
        ],
        Decoded::StakePool(it) => vec![seeds::POOL.to_vec(), bytes(&it.org), id(it.id)],
        Decoded::Position(it) => vec![seeds::POSITION.to_vec(), bytes(&it.pool), bytes(&it.wallet)],
        Decoded::Config(_) => unreachable!("it is there"),
    }
}

/// The address of these seeds with every bump that has one, the canonical one first.
fn addresses(seeds: &[Vec<u8>]) -> Vec<Address> {
    let of = |bump: u8| {
        let bump = [bump];
        let mut all: Vec<&[u8]> = seeds.iter().map(Vec::as_slice).collect();
        all.push(&bump);
        Address::create_program_address(&all, &ID).ok()
    };
    (0..=u8::MAX).rev().filter_map(of).collect()
}

#[test]
fn nothing_is_created_at_an_address_of_another_bump() {
    let mut kinds = 0;
    each(|stage, call, usual, _| {
        for (place, address) in created(stage, call, usual) {
            kinds += 1;
            let addresses = addresses(&seeds_of(stage, call, usual, place));
            assert_eq!(addresses[0], address, "{}", call.title());
            for other in &addresses[1..5] {
                let refusal = stage.refused(call, &with(call, place, *other), "another bump");
                let expected = [
                    Some(TesseraError::WrongAddress),
                    Some(TesseraError::WrongVault),
                ];
                assert!(expected.contains(&refusal.own()), "{}", refusal.name());
            }
        }
    });
    // Of every kind but the config, and of the four sorts of vaults.
    assert!(kinds >= 2 * 18, "{kinds}");
}

/// Lamports that anybody sent to an address before: too few for its rent, just enough, more.
#[test]
fn lamports_sent_beforehand_neither_stop_nor_change_anything() {
    each(|stage, call, usual, _| {
        let new = created(stage, call, usual);
        for (_, address) in &new {
            let rent = usual[address].lamports;
            for sent in [1, 890_880, rent, 10 * rent] {
                let lying = Account {
                    lamports: sent,
                    rent_epoch: u64::MAX,
                    ..Account::default()
                };
                stage.set(*address, lying);
                let effect = stage.attempt(call, &call.instruction);
                stage.set(*address, Account::default());
                let effect = effect.unwrap_or_else(|it| panic!("{}: {}", call.title(), it.name()));
                for (found, account) in &effect {
                    let mut expected = usual[found].clone();
                    if found == address {
                        expected.lamports = rent.max(sent);
                    } else if *found == key(crate::attacks::cast::SPONSOR).pubkey() {
                        // What lies there need not be paid again.
                        expected.lamports += rent.min(sent);
                    }
                    assert_eq!(*account, expected, "{}", call.title());
                }
            }
        }
    });
}

/// What somebody else made at an address before is not taken over.
#[test]
fn an_address_that_holds_data_is_not_created() {
    each(|stage, call, usual, _| {
        for (_, address) in created(stage, call, usual) {
            let made = usual[&address].clone();
            let foreign = |owner: Address, data: Vec<u8>| Account {
                lamports: made.lamports,
                owner,
                data,
                ..Account::default()
            };
            for squatter in [
                foreign(Address::default(), vec![0; 8]),
                foreign(Address::new_from_array([251; 32]), vec![]),
                foreign(Address::new_from_array([251; 32]), made.data.clone()),
            ] {
                stage.set(address, squatter);
                stage.refused(call, &call.instruction, "on a squatter's account");
                stage.set(address, Account::default());
            }
        }
    });
}

/// Header but for what receipts change in it.
fn identity(account: &Account) -> &[u8] {
    &account.data[..8 + size_of::<Header>() - size_of::<[u8; 40]>()]
}

/// By the same people or by an attacker who would be its rent's payer.
#[test]
fn nothing_is_created_twice() {
    let mut table = Attempts::new();
    each(|stage, call, usual, tokens| {
        let new = created(stage, call, usual);
        if new.is_empty() {
            return;
        }
        let before = stage.before(call);
        for (address, account) in usual {
            stage.set(*address, account.clone());
        }
        let mut others = call.instruction.clone();
        others.accounts[0].pubkey = key(9).pubkey();
        let mut nothing = call.instruction.clone();
        nothing.data[1..].fill(0);
        for again in [&call.instruction, &others, &nothing] {
            match stage.attempt(call, again) {
                Err(refusal) => {
                    table.note(tokens, call, "again", &Outcome::Refused(refusal));
                }
                Ok(effect) => {
                    let repeats = ["open_ledger", "set_issuer", "stake"].contains(&call.name);
                    assert!(repeats, "{} twice", call.title());
                    for (_, address) in &new {
                        let (first, second) = (&usual[address], &effect[address]);
                        assert_eq!(identity(first), identity(second), "{}", call.title());
                        assert_eq!(first.lamports, second.lamports);
                    }
                }
            }
        }
        for (address, account) in before {
            stage.set(address, account);
        }
    });
    table.assert_published("again");
}

/// The account that `call` closes, which is gone afterwards or a stub.
fn closed(call: &Call, usual: &Effect) -> Vec<Address> {
    let metas = call.instruction.accounts.iter();
    let shut = metas.filter(|meta| {
        let after = usual.get(&meta.pubkey);
        meta.is_writable && after.is_some_and(|it| it.lamports == 0)
    });
    shut.map(|meta| meta.pubkey).collect()
}

/// Somebody pays the rent in the same transaction, before the runtime takes the account away.
#[test]
fn a_closed_account_is_not_revived_in_its_last_transaction() {
    each(|stage, call, usual, _| {
        if !call.name.starts_with("close") || call.variant == "org" {
            return;
        }
        let gone = closed(call, usual);
        assert!(!gone.is_empty(), "{}", call.title());
        let payer = stage.world.payer.pubkey();
        let paid = |address: &Address| transfer(&payer, address, 100_000_000);
        let mut transaction = vec![call.instruction.clone()];
        transaction.extend(gone.iter().map(paid));
        let effect = stage.attempt_all(&transaction);
        let effect = effect.unwrap_or_else(|it| panic!("{}: {}", call.title(), it.name()));
        for address in &gone {
            let left = &effect[address];
            assert!(left.data.is_empty(), "{}", call.title());
            assert_eq!(left.owner, Address::default());
        }
        // Nor is it closed twice.
        transaction.push(call.instruction.clone());
        let refused = stage.attempt_all(&transaction);
        assert!(refused.is_err(), "{} twice", call.title());
        let others = stage.calls();
        for user in others {
            assert_not_served(stage, call, &gone, &transaction[..=gone.len()], &user);
        }
    });
}

/// Requires that `user`, which names what is `gone`, is refused behind `transaction`, or makes
/// another account there.
fn assert_not_served(
    stage: &mut Stage,
    call: &Call,
    gone: &[Address],
    transaction: &[Instruction],
    user: &Call,
) {
    let names = |meta: &&AccountMeta| gone.contains(&meta.pubkey);
    let Some(meta) = user.instruction.accounts.iter().find(names) else {
        return;
    };
    let life = |account: &Account| account.data.get(16..24).map(<[u8]>::to_vec);
    let before = life(&stage.account(&meta.pubkey));
    let mut all = user.before.clone();
    all.extend_from_slice(transaction);
    all.push(user.instruction.clone());
    if let Ok(effect) = stage.attempt_all(&all) {
        // Signed again it has another life; what was its child may follow it.
        let after = life(&effect[&meta.pubkey]);
        let what = format!("{} behind {}", user.title(), call.title());
        assert!(after != before, "{what}");
        let expected = [
            "subscribe (again) behind close (subscription)",
            "subscribe (again) behind close (authority)",
            "set_issuer (known) behind close (issuer)",
            "close (page) behind close_campaign",
        ];
        assert!(expected.contains(&what.as_str()), "{what}");
    }
}
