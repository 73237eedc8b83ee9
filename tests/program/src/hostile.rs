//! What an attacker does to an instruction whatever it means.

use crate::World;
use solana_account::{Account, AccountSharedData, ReadableAccount};
use solana_address::Address;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use tessera_client::types::{
    ID,
    accounts::{AccountType, DISCRIMINATOR_LEN, Issuer, Org},
    carrier::SELF_CALL,
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
    /// signature less, or any number of accounts or argument bytes; another instruction's number;
    /// one account that it writes and may not write; one account that stands for another, is empty, is owned
    /// by another program or is of another kind.
    #[track_caller]
    pub fn assert_withstands(&mut self, instruction: &Instruction, signers: &[&Keypair]) {
        self.assert_withstands_except(&[], instruction, signers);
    }

    /// The same, where the accounts at `ignored` are not looked at in this case: what stands there
    /// changes nothing.
    #[track_caller]
    pub fn assert_withstands_except(
        &mut self,
        ignored: &[usize],
        instruction: &Instruction,
        signers: &[&Keypair],
    ) {
        if let Err(refused) = self.simulate(std::slice::from_ref(instruction), signers) {
            panic!("refused as it is: {:?}\n{:#?}", refused.error, refused.logs);
        }
        let mut attacks = truncations(instruction);
        let written = self.written(instruction, signers);
        attacks.extend(stripped_rights(
            instruction,
            &written,
            &self.payer_address(),
        ));
        attacks.extend(substitutions(ignored, instruction));
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

    /// The accounts that `instruction` changes.
    fn written(&self, instruction: &Instruction, signers: &[&Keypair]) -> Vec<Address> {
        let transaction = self.transaction(std::slice::from_ref(instruction), signers);
        let simulated = self.svm.simulate_transaction(transaction);
        let after = simulated.expect("it succeeds as it is").post_accounts;
        let is_written = |(address, after): (Address, AccountSharedData)| {
            let before = self.svm.get_account(&address).unwrap_or_default();
            let same = before.lamports == after.lamports()
                && before.owner == *after.owner()
                && before.data == after.data();
            (!same).then_some(address)
        };
        after.into_iter().filter_map(is_written).collect()
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

/// Every shorter list of accounts and every shorter argument, and the same under another number.
fn truncations(instruction: &Instruction) -> Vec<(String, Instruction)> {
    let mut attacks = Vec::new();
    for len in 0..instruction.accounts.len() {
        let mut fewer = instruction.clone();
        fewer.accounts.truncate(len);
        attacks.push((format!("only {len} accounts"), fewer));
    }
    for len in 0..instruction.data.len() {
        let mut shorter = instruction.clone();
        shorter.data.truncate(len);
        attacks.push((format!("only {len} bytes"), shorter));
    }
    for number in (0..=u8::MAX).filter(|it| *it != instruction.data[0] && *it != SELF_CALL) {
        let mut other = instruction.clone();
        other.data[0] = number;
        attacks.push((format!("as instruction {number}"), other));
    }
    attacks
}

/// The payer's rights stay: it pays the transaction's fee.
fn stripped_rights(
    instruction: &Instruction,
    written: &[Address],
    payer: &Address,
) -> Vec<(String, Instruction)> {
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
        if meta.is_writable && written.contains(&meta.pubkey) {
            attack.accounts[index].is_writable = false;
            attacks.push((format!("a read-only account at {index}"), attack));
        }
    }
    attacks
}

/// Every account that does not sign, replaced by nothing and by every other account.
fn substitutions(ignored: &[usize], instruction: &Instruction) -> Vec<(String, Instruction)> {
    let mut others: Vec<Address> = instruction
        .accounts
        .iter()
        .map(|meta| meta.pubkey)
        .collect();
    others.push(Address::new_from_array([253; 32]));
    let mut attacks = Vec::new();
    for (index, meta) in instruction.accounts.iter().enumerate() {
        for other in others.iter().filter(|other| **other != meta.pubkey) {
            if meta.is_signer || ignored.contains(&index) {
                continue;
            }
            let mut attack = instruction.clone();
            attack.accounts[index].pubkey = *other;
            attacks.push((format!("{other} at {index}"), attack));
        }
    }
    attacks
}
