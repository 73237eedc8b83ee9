//! Referral codes and their owners.

use super::Command;
use crate::{
    address,
    decode::Event,
    model::{Moment, State, Verdict},
};
use tessera_types::{
    Address, NO_ADDRESS, TesseraError,
    events::{CodeCreated, CodeOffered, CodeTransferred},
};

/// Shortest code, characters.
const MIN_LEN: usize = 3;

/// A member claims a code.
#[derive(Debug, Clone, Copy)]
pub struct CreateCode {
    /// The org.
    pub org: Address,
    /// The member's wallet.
    pub owner: Address,
    /// The code, zero-padded.
    pub code: [u8; 16],
}

impl Command for CreateCode {
    fn decide(&self, state: &State, moment: Moment, verdict: &mut Verdict) -> Option<Event> {
        require_member(state, &self.org, &self.owner, verdict);
        verdict.require(is_code(&self.code), TesseraError::InvalidCode);
        let code = address::code(&self.org, &self.code);
        verdict.require(!state.exists(&code), TesseraError::AccountExists);
        Some(Event::CodeCreated(CodeCreated {
            receipt: state.receipt(code, moment),
            org: self.org,
            owner: self.owner,
            code: self.code,
        }))
    }
}

/// A code's owner offers it to another member.
#[derive(Debug, Clone, Copy)]
pub struct TransferCode {
    /// The code's account.
    pub code: Address,
    /// Who may accept; zero is nobody.
    pub pending_owner: Address,
}

impl Command for TransferCode {
    fn decide(&self, state: &State, moment: Moment, verdict: &mut Verdict) -> Option<Event> {
        verdict.found(state.codes.get(&self.code), "code")?;
        Some(Event::CodeOffered(CodeOffered {
            receipt: state.receipt(self.code, moment),
            pending_owner: self.pending_owner,
        }))
    }
}

/// A member accepts a code that it was offered.
#[derive(Debug, Clone, Copy)]
pub struct AcceptCode {
    /// The code's account.
    pub code: Address,
    /// The member's wallet.
    pub wallet: Address,
}

impl Command for AcceptCode {
    fn decide(&self, state: &State, moment: Moment, verdict: &mut Verdict) -> Option<Event> {
        let code = verdict.found(state.codes.get(&self.code), "code")?;
        let offered = code.pending_owner != NO_ADDRESS && code.pending_owner == self.wallet;
        verdict.require(offered, TesseraError::WrongCode);
        require_member(state, &code.org, &self.wallet, verdict);
        Some(Event::CodeTransferred(CodeTransferred {
            receipt: state.receipt(self.code, moment),
            owner: self.wallet,
        }))
    }
}

/// Checks that the code's owner is a member: only members can refer.
fn require_member(state: &State, org: &Address, wallet: &Address, verdict: &mut Verdict) {
    let member = state.members.get(&address::member(org, wallet));
    verdict.found(member, "member");
}

/// Whether the bytes are characters of a code and then zeros.
fn is_code(code: &[u8; 16]) -> bool {
    let len = code.iter().position(|byte| *byte == 0);
    let (text, padding) = code.split_at(len.unwrap_or(code.len()));
    let allowed = |byte: &u8| {
        byte.is_ascii_uppercase() || byte.is_ascii_digit() || [b'_', b'-'].contains(byte)
    };
    text.len() >= MIN_LEN && text.iter().all(allowed) && padding.iter().all(|byte| *byte == 0)
}
