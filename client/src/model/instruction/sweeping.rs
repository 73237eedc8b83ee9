//! `close_vault`, `close_campaign` and `close_pool`: accounts that close together with their token
//! accounts.

use super::{
    closing::finish,
    stakes::program_of,
    transfer::{Payment, transferred_mint},
};
use crate::model::{Call, Effects, State, Transfer, Verdict, call::present};
use tessera_types::{Address, TesseraError, accounts::Org, args::InstructionNumber as Number};

pub(super) fn judge(
    state: &State,
    number: Number,
    call: &Call,
    verdict: &mut Verdict,
) -> Option<Effects> {
    match number {
        Number::CloseVault => close_vault(state, call, verdict),
        Number::CloseCampaign => close_campaign(state, call, verdict),
        _ => close_pool(state, call, verdict),
    }
}

/// The org of the closing account, whose authority signs.
fn org<'a>(
    state: &'a State,
    (expected, found): (&Address, &Address),
    authority: &Address,
    verdict: &mut Verdict,
) -> Option<&'a Org> {
    verdict.require(expected == found, TesseraError::WrongOrg);
    let org = verdict.found(state.orgs.get(expected), "org")?;
    verdict.require(org.authority == *authority, TesseraError::WrongAuthority);
    Some(org)
}

fn close_vault(state: &State, call: &Call, verdict: &mut Verdict) -> Option<Effects> {
    accounts!(call, verdict;
        Signer authority,
        Written owner,
        Written plan,
        Written vault,
        Read rent_payer,
        Read _token_program,
        Read _program,
    );
    let known = verdict.found(state.plans.get(&plan), "plan")?;
    org(state, (&known.org, &owner), &authority, verdict)?;
    verdict.require(known.vault == vault, TesseraError::WrongVault);
    let created_vault = state.vaults.get(&vault) == Some(&plan);
    verdict.require(created_vault, TesseraError::StillInUse);
    let holds = call.surroundings.token_account(&vault);
    let holds = holds.filter(|it| it.program == known.token_program);
    verdict.require(holds.is_some(), TesseraError::TokenAccountMissing);
    let empty = holds.is_none_or(|it| it.amount == 0);
    verdict.require(empty, TesseraError::StillInUse);
    call.require_named(&known.token_program, verdict);
    finish(state, call, (plan, rent_payer), 0, verdict)
}

/// A token account that is emptied and closed.
struct Swept<'a> {
    vault: Address,
    program: Address,
    /// A token account of the treasury.
    destination: Address,
    mint: Address,
    treasury: &'a Address,
}

impl Swept<'_> {
    fn sweep(&self, call: &Call, verdict: &mut Verdict) -> Vec<Transfer> {
        let of_program = |address| {
            let found = call.surroundings.token_account(address);
            found.filter(|it| it.program == self.program)
        };
        call.require_named(&self.program, verdict);
        let vault = of_program(&self.vault);
        verdict.require(vault.is_some(), TesseraError::TokenAccountMissing);
        let left = vault.map_or(0, |it| it.amount);
        if left == 0 {
            return vec![];
        }
        let destination = of_program(&self.destination);
        verdict.require(destination.is_some(), TesseraError::TokenAccountMissing);
        let owned = destination.is_none_or(|it| it.owner == *self.treasury);
        verdict.require(owned, TesseraError::WrongDestination);
        let payment = Payment {
            program: self.program,
            mint: transferred_mint(present(self.mint), &self.program, call, verdict),
            from: self.vault,
            signer: self.vault,
            legs: vec![(self.destination, left)],
        };
        payment.send(call, verdict)
    }
}

fn close_campaign(state: &State, call: &Call, verdict: &mut Verdict) -> Option<Effects> {
    accounts!(call, verdict;
        Signer authority,
        Written owner,
        Written campaign,
        Written vault,
        Written destination,
        Read rent_payer,
        Read _token_program,
        Read _program,
        OptionalRead mint,
    );
    let known = verdict.found(state.campaigns.get(&campaign), "campaign")?;
    let org = org(state, (&known.org, &owner), &authority, verdict)?;
    verdict.require(known.vault == vault, TesseraError::WrongVault);
    let swept = Swept {
        vault,
        program: known.token_program,
        destination,
        mint,
        treasury: &org.settings.treasury,
    };
    let transfers = swept.sweep(call, verdict);
    let closed = finish(state, call, (campaign, rent_payer), 0, verdict)?;
    Some(Effects {
        transfers,
        ..closed
    })
}

fn close_pool(state: &State, call: &Call, verdict: &mut Verdict) -> Option<Effects> {
    accounts!(call, verdict;
        Signer authority,
        Written owner,
        Written pool,
        Written stake_vault,
        Written reward_vault,
        Read stake_destination,
        Read reward_destination,
        Read rent_payer,
        Read _stake_program,
        Read _reward_program,
        Read _program,
        OptionalRead stake_mint,
        OptionalRead reward_mint,
    );
    let known = verdict.found(state.pools.get(&pool), "pool")?;
    let org = org(state, (&known.org, &owner), &authority, verdict)?;
    let vaults = (known.stake_vault, known.reward_vault);
    let own = vaults == (stake_vault, reward_vault);
    verdict.require(own, TesseraError::WrongVault);
    let stake = Swept {
        vault: known.stake_vault,
        program: program_of(&known.stake_vault, call, verdict)?,
        destination: stake_destination,
        mint: stake_mint,
        treasury: &org.settings.treasury,
    };
    let reward = Swept {
        vault: known.reward_vault,
        program: program_of(&known.reward_vault, call, verdict)?,
        destination: reward_destination,
        mint: reward_mint,
        ..stake
    };
    let mut transfers = stake.sweep(call, verdict);
    transfers.extend(reward.sweep(call, verdict));
    let closed = finish(state, call, (pool, rent_payer), 0, verdict)?;
    Some(Effects {
        transfers,
        ..closed
    })
}
