//! What an attacker does to an instruction whatever it means.

use crate::World;
use solana_account::Account;
use solana_address::Address;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use tessera_client::types::{
    ID,
    accounts::{AccountType, DISCRIMINATOR_LEN, Issuer, Org},
};

/// `instruction` with the account `from` replaced by `to`, wherever it stands.
pub fn replace(instruction: &Instruction, from: &Address, to: &Address) -> Instruction {
    let mut changed = instruction.clone();
    let mut replaced = false;
    for meta in &mut changed.accounts {
        if meta.pubkey == *from {
            meta.pubkey = *to;
            replaced = true;
        }
    }
    assert!(replaced, "the instruction does not name {from}");
    changed
}

/// `instruction` without the signature of `signer`.
pub fn unsigned(instruction: &Instruction, signer: &Address) -> Instruction {
    let mut changed = instruction.clone();
    for meta in &mut changed.accounts {
        meta.is_signer &= meta.pubkey != *signer;
    }
    assert_ne!(&changed, instruction, "{signer} does not sign");
    changed
}

impl World {
    /// Requires that `instruction` succeeds as it is, and that each of these is refused: one
    /// signature, account or argument byte less; one account that may not be written; one account
    /// that stands for another, is empty, is owned by another program or is of another kind.
    #[track_caller]
    pub fn assert_withstands(&mut self, instruction: &Instruction, signers: &[&Keypair]) {
        if let Err(refused) = self.simulate(std::slice::from_ref(instruction), signers) {
            panic!("refused as it is: {:?}\n{:#?}", refused.error, refused.logs);
        }
        let mut attacks = truncations(instruction);
        attacks.extend(stripped_rights(instruction, &self.payer_address()));
        attacks.extend(substitutions(instruction));
        attacks.extend(self.impostors(instruction));
        for (what, attack) in attacks {
            assert!(
                self.simulate(&[attack], signers).is_err(),
                "accepted {what}"
            );
        }
    }

    fn payer_address(&self) -> Address {
        solana_signer::Signer::pubkey(&self.payer)
    }

    /// For each of the program's accounts: the same bytes at another address, once owned by
    /// another program, once announced as another kind.
    fn impostors(&mut self, instruction: &Instruction) -> Vec<(String, Instruction)> {
        let mut attacks = Vec::new();
        for (index, meta) in instruction.accounts.iter().enumerate() {
            let Some(account) = self.svm.get_account(&meta.pubkey) else {
                continue;
            };
            if account.owner != ID {
                continue;
            }
            let foreign = Account {
                owner: Address::new_from_array([251; 32]),
                ..account.clone()
            };
            let mut disguised = account;
            let kind = match disguised.data[..DISCRIMINATOR_LEN] == Org::DISCRIMINATOR {
                true => Issuer::DISCRIMINATOR,
                false => Org::DISCRIMINATOR,
            };
            disguised.data[..DISCRIMINATOR_LEN].copy_from_slice(&kind);
            for (name, impostor) in [("foreign", foreign), ("disguised", disguised)] {
                let mut address = [252; 32];
                address[..2].copy_from_slice(&[attacks.len().to_le_bytes()[0], name.as_bytes()[0]]);
                let address = Address::new_from_array(address);
                self.svm
                    .set_account(address, impostor)
                    .expect("set account");
                let mut attack = instruction.clone();
                attack.accounts[index].pubkey = address;
                attacks.push((format!("a {name} account at {index}"), attack));
            }
        }
        attacks
    }
}

fn truncations(instruction: &Instruction) -> Vec<(String, Instruction)> {
    let mut fewer_accounts = instruction.clone();
    fewer_accounts.accounts.pop();
    let mut fewer_bytes = instruction.clone();
    fewer_bytes.data.pop();
    vec![
        ("one account less".to_owned(), fewer_accounts),
        ("one byte less".to_owned(), fewer_bytes),
    ]
}

/// The payer's rights stay: it pays the transaction's fee.
fn stripped_rights(instruction: &Instruction, payer: &Address) -> Vec<(String, Instruction)> {
    let mut attacks = Vec::new();
    for (index, meta) in instruction.accounts.iter().enumerate() {
        if meta.pubkey == *payer {
            continue;
        }
        let mut attack = instruction.clone();
        if meta.is_signer {
            attack.accounts[index].is_signer = false;
            attacks.push((format!("no signature at {index}"), attack.clone()));
            attack.accounts[index].is_signer = true;
        }
        if meta.is_writable {
            attack.accounts[index].is_writable = false;
            attacks.push((format!("a read-only account at {index}"), attack));
        }
    }
    attacks
}

/// Every account that does not sign, replaced by nothing and by every other account.
fn substitutions(instruction: &Instruction) -> Vec<(String, Instruction)> {
    let mut others: Vec<Address> = instruction
        .accounts
        .iter()
        .map(|meta| meta.pubkey)
        .collect();
    others.push(Address::new_from_array([253; 32]));
    let mut attacks = Vec::new();
    for (index, meta) in instruction.accounts.iter().enumerate() {
        for other in others.iter().filter(|other| **other != meta.pubkey) {
            if meta.is_signer {
                continue;
            }
            let mut attack = instruction.clone();
            attack.accounts[index].pubkey = *other;
            attacks.push((format!("{other} at {index}"), attack));
        }
    }
    attacks
}
