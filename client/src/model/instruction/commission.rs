//! `open_ledger`, `release` and `claim_commission`.

use super::{
    create::created,
    transfer::{Payment, require_carrier, transferred_mint},
};
use crate::{
    address,
    decode::Event,
    model::{
        Call, Command, Effects, State, Verdict,
        call::present,
        command::{ClaimCommission, OpenLedger, Release},
    },
};
use tessera_types::{
    Address, ID, TesseraError,
    args::{ClaimCommissionArgs, InstructionNumber as Number},
};

pub(super) fn judge(
    state: &State,
    number: Number,
    call: &Call,
    verdict: &mut Verdict,
) -> Option<Effects> {
    match number {
        Number::OpenLedger => open(state, call, verdict),
        Number::Release => release(state, call, verdict),
        _ => claim(state, call, verdict),
    }
}

/// A ledger that is already open stays as it is: two checkouts may open the same one.
fn open(state: &State, call: &Call, verdict: &mut Verdict) -> Option<Effects> {
    accounts!(call, verdict;
        Signer payer,
        Read org,
        Read member,
        Read mint,
        Written ledger,
        Read _system,
    );
    let known = verdict.found(state.members.get(&member), "member")?.account;
    verdict.require(known.org == org, TesseraError::WrongOrg);
    if state.exists(&ledger) {
        let found = verdict.found(state.ledgers.get(&ledger), "ledger")?;
        let same = (found.org, found.wallet, found.mint) == (known.org, known.wallet, mint);
        verdict.require(same, TesseraError::WrongAddress);
        return Some(Effects::default());
    }
    require_mint(&mint, call, verdict);
    let open = OpenLedger { member, mint };
    let event = open.decide(state, call.moment, verdict)?;
    Some(created(event, ledger, payer, call, verdict))
}

fn require_mint(mint: &Address, call: &Call, verdict: &mut Verdict) {
    let is_mint = call.surroundings.mint(mint).is_some();
    verdict.require(is_mint, TesseraError::MintMissing);
    let of_tokens = is_mint || call.surroundings.token_account(mint).is_some();
    verdict.require(of_tokens, TesseraError::UnsupportedTokenProgram);
}

fn release(state: &State, call: &Call, verdict: &mut Verdict) -> Option<Effects> {
    accounts!(call, verdict;
        Written ledger,
        Read _program,
    );
    call.require_named(&ID, verdict);
    let release = Release { ledger };
    release.decide(state, call.moment, verdict).map(Into::into)
}

fn claim(state: &State, call: &Call, verdict: &mut Verdict) -> Option<Effects> {
    accounts!(call, verdict;
        Signer wallet,
        Written ledger,
        Written vault,
        Written destination,
        Read program,
        OptionalRead mint,
    );
    let args: ClaimCommissionArgs = call.args(verdict)?;
    let known = verdict.found(state.ledgers.get(&ledger), "ledger")?;
    verdict.require(known.wallet == wallet, TesseraError::WrongWallet);
    let paying = address::vault(&known.org, &known.mint);
    verdict.require(vault == paying, TesseraError::WrongVault);
    let mint = transferred_mint(present(mint), &program, call, verdict);
    let claim = ClaimCommission {
        ledger,
        amount: args.amount,
        destination,
    };
    let event = claim.decide(state, call.moment, verdict)?;
    let Event::CommissionClaimed(claimed) = &event else {
        return None;
    };
    let payment = Payment {
        program,
        mint,
        from: vault,
        signer: vault,
        legs: vec![(destination, claimed.amount)],
    };
    require_carrier(&program, true, call, verdict);
    Some(Effects {
        transfers: payment.send(call, verdict),
        ..event.into()
    })
}
