//! Members who join an org, and their referrers.

use super::Command;
use crate::{
    address,
    decode::Event,
    model::{Moment, State, Verdict},
};
use tessera_types::{Address, NO_ADDRESS, REFERRAL_LEVELS, TesseraError, events::MemberRegistered};

/// A wallet joins an org.
#[derive(Debug, Clone, Copy)]
pub struct RegisterMember {
    /// The org.
    pub org: Address,
    /// The wallet.
    pub wallet: Address,
    /// The code that led it here, zero-padded; none without a referral.
    pub code: Option<[u8; 16]>,
}

impl Command for RegisterMember {
    fn decide(&self, state: &State, moment: Moment, verdict: &mut Verdict) -> Option<Event> {
        verdict.found(state.orgs.get(&self.org), "org")?;
        let member = address::member(&self.org, &self.wallet);
        verdict.require(!state.exists(&member), TesseraError::AccountExists);
        let referrers = match &self.code {
            Some(code) => self.referrers(code, state, verdict)?,
            None => [NO_ADDRESS; REFERRAL_LEVELS],
        };
        Some(Event::MemberRegistered(MemberRegistered {
            receipt: state.receipt(member, moment),
            org: self.org,
            wallet: self.wallet,
            referrers,
            code: self.code.unwrap_or_default(),
        }))
    }
}

impl RegisterMember {
    /// The code's owner and the two referrers above. None of the owner's three referrers is the
    /// wallet itself.
    fn referrers(
        &self,
        code: &[u8; 16],
        state: &State,
        verdict: &mut Verdict,
    ) -> Option<[Address; REFERRAL_LEVELS]> {
        let code = state.codes.get(&address::code(&self.org, code));
        let owner = verdict.found(code, "code")?.owner;
        verdict.require(owner != self.wallet, TesseraError::SelfReferral);
        let referrer = state.members.get(&address::member(&self.org, &owner));
        let above = verdict.found(referrer, "referrer")?.account.referrers;
        let acyclic = !above.contains(&self.wallet);
        verdict.require(acyclic, TesseraError::ReferralCycle);
        let [first, second, _] = above;
        Some([owner, first, second])
    }
}
