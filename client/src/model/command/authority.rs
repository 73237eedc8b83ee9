//! The two steps that hand over an org or the program's config.

use super::Command;
use crate::{
    decode::Event,
    model::{Moment, State, Verdict},
};
use tessera_types::{
    Address, NO_ADDRESS, TesseraError,
    events::{AuthorityAccepted, AuthorityProposed},
};

/// The present and the proposed authority of an account.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hands {
    /// Who signs for it.
    pub(crate) authority: Address,
    /// Who may take it over; zero is nobody.
    pub(crate) pending: Address,
}

/// The present and the proposed authority of an org or the config.
pub(crate) fn hands(state: &State, account: &Address) -> Option<Hands> {
    if let Some(org) = state.orgs.get(account) {
        return Some(Hands {
            authority: org.authority,
            pending: org.pending_authority,
        });
    }
    let config = state.config_at(account)?;
    Some(Hands {
        authority: config.admin,
        pending: config.pending_admin,
    })
}

/// An authority proposes its successor.
#[derive(Debug, Clone, Copy)]
pub struct ProposeAuthority {
    /// The org or the config.
    pub account: Address,
    /// Who may accept; zero is nobody.
    pub pending: Address,
}

impl Command for ProposeAuthority {
    fn decide(&self, state: &State, moment: Moment, verdict: &mut Verdict) -> Option<Event> {
        verdict.found(hands(state, &self.account), "org or config")?;
        Some(Event::AuthorityProposed(AuthorityProposed {
            receipt: state.receipt(self.account, moment),
            pending: self.pending,
        }))
    }
}

/// The proposed authority takes over.
#[derive(Debug, Clone, Copy)]
pub struct AcceptAuthority {
    /// The org or the config.
    pub account: Address,
    /// The proposed authority, which signs.
    pub authority: Address,
}

impl Command for AcceptAuthority {
    fn decide(&self, state: &State, moment: Moment, verdict: &mut Verdict) -> Option<Event> {
        let hands = verdict.found(hands(state, &self.account), "org or config")?;
        let proposed = hands.pending != NO_ADDRESS && hands.pending == self.authority;
        verdict.require(proposed, TesseraError::WrongAuthority);
        Some(Event::AuthorityAccepted(AuthorityAccepted {
            receipt: state.receipt(self.account, moment),
            authority: self.authority,
        }))
    }
}
