//! What an attacker does to an instruction, whatever it means. He has everybody's key.

use super::{
    acts::{Attempt, Scene},
    chain::Chain,
    dice::Dice,
    people::People,
};
use solana_account::{AccountSharedData, ReadableAccount, WritableAccount};
use solana_address::Address;
use solana_instruction::{AccountMeta, Instruction};
use tessera_client::types::ID;

/// Nobody's program.
const FOREIGN: Address = Address::new_from_array([251; 32]);

impl Scene<'_> {
    /// Changes the instruction of an attempt. What has to stand on the chain for it is returned.
    pub(crate) fn attack(
        &self,
        attempt: &mut Attempt,
        number: u32,
    ) -> Option<(Address, AccountSharedData)> {
        let instruction = attempt.instruction();
        let before = instruction.accounts.clone();
        let forgery = self.change(&mut Dice::of(number), instruction);
        // He asks for all rights: the model does not look at whether an account can be written.
        for (at, meta) in instruction.accounts.iter_mut().enumerate() {
            meta.is_writable |= before.get(at).is_none_or(|it| it.pubkey != meta.pubkey);
        }
        forgery
    }

    fn change(
        &self,
        dice: &mut Dice,
        instruction: &mut Instruction,
    ) -> Option<(Address, AccountSharedData)> {
        let count = instruction.accounts.len();
        if count == 0 {
            return None;
        }
        let at = dice.below(count);
        match dice.below(16) {
            0 | 12 => drop_signature(dice, instruction),
            1 => {
                let now = instruction.accounts[at].pubkey;
                instruction.accounts[at].pubkey = self.alike(dice, &now)?;
            }
            2 => instruction.accounts[at].pubkey = self.anything(dice)?,
            3 => {
                let copy = Address::new_from_array([253; 32]);
                let mut account = self
                    .chain
                    .account(&instruction.accounts[at].pubkey)?
                    .clone();
                account.set_owner(FOREIGN);
                account.set_executable(false);
                instruction.accounts[at].pubkey = copy;
                return Some((copy, account));
            }
            4 => {
                let other = dice.below(count);
                let first = instruction.accounts[at].pubkey;
                instruction.accounts[at].pubkey = instruction.accounts[other].pubkey;
                instruction.accounts[other].pubkey = first;
            }
            5 => instruction.accounts[at].pubkey = ID,
            // Those that may be absent stand last, mostly.
            13 | 14 => {
                let last = count - 1 - dice.below(count.min(5));
                instruction.accounts[last].pubkey = ID;
            }
            6 => match dice.below(3) {
                0 => drop(instruction.accounts.pop()),
                1 => {
                    let more = self.anything(dice)?;
                    instruction
                        .accounts
                        .push(AccountMeta::new_readonly(more, false));
                }
                _ => {
                    instruction.accounts.remove(at);
                }
            },
            7 => sign_instead(dice, instruction, self.people),
            // Arguments are what most rules are about.
            _ => perturb(dice, &mut instruction.data),
        }
        None
    }

    /// Another account of the same kind.
    fn alike(&self, dice: &mut Dice, address: &Address) -> Option<Address> {
        if let Some(account) = self.books.accounts.get(address) {
            let same = self
                .books
                .accounts
                .iter()
                .filter(|(other, it)| *other != address && it.name() == account.name());
            let same: Vec<Address> = same.map(|(other, _)| *other).collect();
            return dice.pick(&same);
        }
        if self.people.can_sign(address) {
            return dice.pick(&self.people.signers());
        }
        if self.chain.token(address).is_some() {
            return dice.pick(&self.people.tokens);
        }
        let others: Vec<Address> = self.people.money.iter().map(|it| it.mint).collect();
        dice.pick(&others)
    }

    /// Any account there is.
    fn anything(&self, dice: &mut Dice) -> Option<Address> {
        let kinds = dice.below(3);
        let all: Vec<Address> = match kinds {
            0 => self.books.accounts.keys().copied().collect(),
            1 => self.people.tokens.clone(),
            _ => self.people.signers(),
        };
        dice.pick(&all)
    }
}

/// A place that signs.
fn signing(dice: &mut Dice, instruction: &Instruction) -> Option<usize> {
    let places = 0..instruction.accounts.len();
    let signing: Vec<usize> = places
        .filter(|at| instruction.accounts[*at].is_signer)
        .collect();
    dice.pick(&signing)
}

fn drop_signature(dice: &mut Dice, instruction: &mut Instruction) {
    if let Some(at) = signing(dice, instruction) {
        let signer = instruction.accounts[at].pubkey;
        for meta in &mut instruction.accounts {
            meta.is_signer &= meta.pubkey != signer;
        }
    }
}

fn sign_instead(dice: &mut Dice, instruction: &mut Instruction, people: &People) {
    let other = dice.pick(&people.signers());
    if let (Some(at), Some(other)) = (signing(dice, instruction), other) {
        instruction.accounts[at].pubkey = other;
    }
}

/// Changes a number among the arguments, or the length.
fn perturb(dice: &mut Dice, data: &mut Vec<u8>) {
    if dice.once_in(12) {
        match dice.once_in(2) {
            true => data.truncate(data.len().saturating_sub(1)),
            false => data.push(7),
        }
        return;
    }
    let width = dice.of_these([8, 8, 8, 4, 2, 1]);
    let places = data.len().saturating_sub(1) / width;
    if places == 0 {
        return;
    }
    let at = 1 + dice.below(places) * width;
    let mut bytes = [0; 8];
    bytes[..width].copy_from_slice(&data[at..at + width]);
    let number = u64::from_le_bytes(bytes);
    let changed = match dice.below(6) {
        0 => number.wrapping_add(1),
        1 => number.wrapping_sub(1),
        2 => 0,
        3 => u64::MAX,
        4 => number ^ 1 << dice.below(width * 8),
        _ => number / 2,
    };
    data[at..at + width].copy_from_slice(&changed.to_le_bytes()[..width]);
}

/// Puts an account where nothing of the program's can be.
pub(crate) fn place(chain: &mut Chain, (address, account): (Address, AccountSharedData)) {
    if account.lamports() > 0 {
        chain.put(address, account);
    }
}
