//! `charge` and `charge_up_to`.

use super::{
    member::require_member,
    payment::{Handed, legs, payable_mint},
    transfer::{Payment, require_carrier},
};
use crate::{
    address, keeper,
    model::{
        Call, Command, Effects, Refusal, State, TokenAccount, Verdict,
        call::present,
        command::{Charge, ChargeUpTo},
    },
};
use tessera_types::{
    Address, ID, TesseraError,
    accounts::{Plan, Subscription},
    args::{ChargeUpToArgs, InstructionNumber as Number},
};

pub(super) fn judge(
    state: &State,
    number: Number,
    call: &Call,
    verdict: &mut Verdict,
) -> Option<Effects> {
    match number {
        Number::Charge => charge(state, call, verdict),
        _ => charge_up_to(state, call, verdict),
    }
}

fn charge(state: &State, call: &Call, verdict: &mut Verdict) -> Option<Effects> {
    accounts!(call, verdict;
        Written subscription,
        Read plan,
        Read org,
        Written member,
        Written authority,
        Written payer_token,
        Written destination,
        Read _,
        OptionalRead mint,
        OptionalWritten keeper,
        OptionalWritten vault,
        OptionalWritten l1,
        OptionalWritten l2,
        OptionalWritten l3,
    );
    require_apart(call, verdict);
    let accounts = Accounts {
        subscription,
        plan,
        org,
        member,
        authority,
        payer_token,
        destination,
        mint: present(mint),
        keeper: present(keeper),
        shared: Handed::new(vault, [l1, l2, l3]),
    };
    let charge = Charge {
        subscription,
        keeper: accounts.keeper.is_some(),
        vault_frozen: accounts.shared.vault_frozen(call),
    };
    accounts.collect(&charge, state, call, verdict)
}

/// Checks that no account of a charge stands in two places, read or written, except for absent
/// ones.
fn require_apart(call: &Call, verdict: &mut Verdict) {
    const NEEDED: usize = 8;
    const ALL: usize = 14;
    let accounts = &call.instruction.accounts[..ALL];
    let absent = |at: usize| at >= NEEDED && accounts[at].pubkey == ID;
    let doubled = (0..ALL).any(|at| {
        (0..at).any(|before| {
            let same = accounts[before].pubkey == accounts[at].pubkey;
            same && !(absent(before) && absent(at))
        })
    });
    let rule = Refusal::Runtime("an account of a charge stands in two places");
    verdict.require(!doubled, rule);
}

fn charge_up_to(state: &State, call: &Call, verdict: &mut Verdict) -> Option<Effects> {
    accounts!(call, verdict;
        Written subscription,
        Read plan,
        Read org,
        Written member,
        Written authority,
        Written payer_token,
        Written destination,
        Read _,
        OptionalRead mint,
        OptionalWritten vault,
        OptionalWritten l1,
        OptionalWritten l2,
        OptionalWritten l3,
        Signer meter,
        Read _,
    );
    let args: ChargeUpToArgs = call.args(verdict)?;
    let accounts = Accounts {
        subscription,
        plan,
        org,
        member,
        authority,
        payer_token,
        destination,
        mint: present(mint),
        keeper: None,
        shared: Handed::new(vault, [l1, l2, l3]),
    };
    if let Some(org) = state.orgs.get(&org) {
        let theirs = org.settings.meter_authority == meter;
        verdict.require(theirs, TesseraError::WrongAuthority);
    }
    let life = state.life(&subscription);
    verdict.require(life == Some(args.life), TesseraError::WrongLife);
    let seq = state.seq(&subscription);
    verdict.require(seq == Some(args.seq), TesseraError::StaleSeq);
    let charge = ChargeUpTo {
        subscription,
        amount: args.amount,
        vault_frozen: accounts.shared.vault_frozen(call),
    };
    accounts.collect(&charge, state, call, verdict)
}

struct Accounts {
    subscription: Address,
    plan: Address,
    org: Address,
    member: Address,
    authority: Address,
    payer_token: Address,
    destination: Address,
    mint: Option<Address>,
    keeper: Option<Address>,
    shared: Handed,
}

impl Accounts {
    fn collect(
        &self,
        charge: &dyn Command,
        state: &State,
        call: &Call,
        verdict: &mut Verdict,
    ) -> Option<Effects> {
        let known = state.subscriptions.get(&self.subscription);
        let known = verdict.found(known, "subscription")?;
        let it = known.account;
        let expected = keeper::plan(&it);
        let named = self.plan == expected && state.plans.contains_key(&expected);
        verdict.require(named, TesseraError::WrongPlan);
        let plan = verdict.found(state.plans.get(&expected), "plan")?;
        verdict.require(self.org == plan.org, TesseraError::WrongOrg);
        require_member(&self.member, &it.wallet, plan, state, verdict);
        let signed = self.payer_token == it.payer_token;
        verdict.require(signed, TesseraError::WrongPayerToken);
        let merchants = self.destination == plan.destination;
        verdict.require(merchants, TesseraError::WrongDestination);
        let consents = plan.flags & it.consents;
        let mint = payable_mint(self.mint, plan, consents, call, verdict);
        self.shared.require_all(plan, &it.ledgers, call, verdict);
        let token = self.token(&it, plan, call, verdict);
        self.require_approved(&it, token, state, verdict);
        let event = charge.decide(state, call.moment, verdict)?;
        let paid = event.settlement()?;
        let approved = token.and_then(|it| it.delegate).map_or(0, |(_, it)| it);
        let covered = paid.0.debit <= approved;
        verdict.require(covered, TesseraError::ApprovalTooSmall);
        let payment = Payment {
            program: plan.token_program,
            mint,
            from: self.payer_token,
            signer: self.authority,
            legs: legs(paid, plan, self.keeper),
        };
        let transfers = payment.send(call, verdict);
        require_carrier(&plan.token_program, !transfers.is_empty(), call, verdict);
        Some(Effects {
            transfers,
            ..event.into()
        })
    }

    /// The token account, if it is still as signed.
    fn token(
        &self,
        it: &Subscription,
        plan: &Plan,
        call: &Call,
        verdict: &mut Verdict,
    ) -> Option<TokenAccount> {
        let token = call.surroundings.token_account(&self.payer_token);
        let token = token.filter(|it| it.program == plan.token_program);
        verdict.require(token.is_some(), TesseraError::TokenAccountMissing);
        let token = token?;
        verdict.require(token.owner == it.wallet, TesseraError::WrongTokenOwner);
        verdict.require(token.mint == plan.mint, TesseraError::WrongMint);
        Some(token)
    }

    /// Checks that the token account approves its own authority, under the signed generation.
    fn require_approved(
        &self,
        it: &Subscription,
        token: Option<TokenAccount>,
        state: &State,
        verdict: &mut Verdict,
    ) {
        let delegate = token.and_then(|it| it.delegate).map(|(it, _)| it);
        let known = state.authorities.get(&self.authority);
        let approved = known.is_some() && delegate == Some(self.authority);
        verdict.require(approved, TesseraError::NotApproved);
        let lasts = known.is_none_or(|them| them.generation == it.authority_generation);
        verdict.require(lasts, TesseraError::StaleGeneration);
        let derived = address::authority(&self.payer_token);
        let rule = Refusal::Runtime("the authority of another token account cannot sign here");
        verdict.require(self.authority == derived, rule);
    }
}
