//! `close`.

use crate::model::{
    Call, Command, Effects, Refusal, State, Verdict, call::present, command::Close,
};
use tessera_types::{
    Address, ID, TesseraError,
    accounts::{DISCRIMINATOR_LEN, Header},
    args::InstructionNumber as Number,
};

pub(super) fn judge(
    state: &State,
    _: Number,
    call: &Call,
    verdict: &mut Verdict,
) -> Option<Effects> {
    accounts!(call, verdict;
        Signer signer,
        Written account,
        Read rent_payer,
        Read _program,
        OptionalWritten parent,
    );
    let closing = Closing {
        account,
        parent: present(parent),
    };
    let owner = closing.owner(state, call, verdict)?;
    let sponsor = state.rent_payers.get(&account);
    let may = match owner {
        Owner::Only(owner) => signer == owner,
        Owner::OrSponsor(owner) => signer == owner || sponsor == Some(&signer),
        Owner::Sponsor => sponsor == Some(&signer),
    };
    verdict.require(may, TesseraError::WrongAuthority);
    let stub = match state.orgs.contains_key(&account) {
        true => DISCRIMINATOR_LEN + size_of::<Header>(),
        false => 0,
    };
    finish(state, call, (account, rent_payer), stub, verdict)
}

/// Who may close an account.
enum Owner {
    Only(Address),
    /// This wallet, or the payer of the rent.
    OrSponsor(Address),
    /// Only the payer of the rent.
    Sponsor,
}

/// An account to close.
struct Closing {
    account: Address,
    parent: Option<Address>,
}

impl Closing {
    fn owner(&self, state: &State, call: &Call, verdict: &mut Verdict) -> Option<Owner> {
        self.owner_in_org(state, verdict)
            .or_else(|| self.owner_of_payment(state, call, verdict))
            .or_else(|| self.owner_of_record(state, verdict))
            .or_else(|| {
                // Kinds that never close, or only by another instruction.
                let rule = match state.exists(&self.account) {
                    true => TesseraError::StillInUse.into(),
                    false => Refusal::Missing("account"),
                };
                verdict.require(false, rule);
                None
            })
    }

    fn owner_in_org(&self, state: &State, verdict: &mut Verdict) -> Option<Owner> {
        if let Some(org) = state.orgs.get(&self.account) {
            return Some(Owner::Only(org.authority));
        }
        let org = if let Some(plan) = state.plans.get(&self.account) {
            let created_vault = state.vaults.get(&plan.vault) == Some(&self.account);
            verdict.require(!created_vault, TesseraError::StillInUse);
            plan.org
        } else {
            state.issuers.get(&self.account)?.account.org
        };
        self.require_parent(&org, TesseraError::WrongOrg, verdict);
        let org = verdict.found(state.orgs.get(&org), "org")?;
        Some(Owner::Only(org.authority))
    }

    fn owner_of_payment(&self, state: &State, call: &Call, verdict: &mut Verdict) -> Option<Owner> {
        if let Some(agreement) = state.subscriptions.get(&self.account) {
            return Some(Owner::OrSponsor(agreement.account.wallet));
        }
        if let Some(invoice) = state.invoices.get(&self.account) {
            return Some(Owner::OrSponsor(invoice.wallet));
        }
        if let Some(ledger) = state.ledgers.get(&self.account) {
            return Some(Owner::Only(ledger.wallet));
        }
        let authority = state.authorities.get(&self.account)?;
        // The next life's generation begins with its slot, and none comes twice.
        let later = authority.generation < call.moment.slot;
        verdict.require(later, TesseraError::StillInUse);
        Some(Owner::Only(authority.wallet))
    }

    fn owner_of_record(&self, state: &State, verdict: &mut Verdict) -> Option<Owner> {
        if let Some(code) = state.codes.get(&self.account) {
            return Some(Owner::Only(code.owner));
        }
        if let Some(page) = state.pages.get(&self.account) {
            self.require_parent(&page.campaign, TesseraError::WrongCampaign, verdict);
            return Some(Owner::Sponsor);
        }
        if let Some(claim) = state.claims.get(&self.account) {
            self.require_parent(&claim.campaign, TesseraError::WrongCampaign, verdict);
            return Some(Owner::OrSponsor(claim.wallet));
        }
        let position = state.positions.get(&self.account)?;
        self.require_parent(&position.pool, TesseraError::WrongPool, verdict);
        Some(Owner::Only(position.wallet))
    }

    fn require_parent(&self, parent: &Address, rule: TesseraError, verdict: &mut Verdict) {
        verdict.require(self.parent == Some(*parent), rule);
    }
}

/// Returns an account's rent to its payer, except for the rent of the `stub` bytes that stay.
pub(super) fn finish(
    state: &State,
    call: &Call,
    (account, rent_payer): (Address, Address),
    stub: usize,
    verdict: &mut Verdict,
) -> Option<Effects> {
    call.require_named(&ID, verdict);
    let older = state.life(&account) < Some(call.moment.slot);
    verdict.require(older, TesseraError::StillInUse);
    let paid = state.rent_payers.get(&account) == Some(&rent_payer);
    verdict.require(paid, TesseraError::WrongRentPayer);
    let held = call.surroundings.lamports(&account);
    let kept = match stub {
        0 => 0,
        bytes => call.surroundings.rent(bytes),
    };
    let close = Close {
        account,
        lamports: held.saturating_sub(kept),
    };
    close.decide(state, call.moment, verdict).map(Into::into)
}
