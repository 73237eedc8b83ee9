//! `cancel` and `cancel_now`.

use super::{
    payer::{Payer, require_authority, require_payer},
    standing::{known, offered},
};
use crate::{
    decode::Event,
    model::{Call, Command, Effects, State, Verdict, command::Cancel},
};
use tessera_types::{
    TesseraError,
    args::{CancelArgs, InstructionNumber as Number},
};

pub(super) fn judge(
    state: &State,
    number: Number,
    call: &Call,
    verdict: &mut Verdict,
) -> Option<Effects> {
    match number {
        Number::Cancel => cancel(state, call, verdict),
        _ => cancel_now(state, call, verdict),
    }
}

fn cancel(state: &State, call: &Call, verdict: &mut Verdict) -> Option<Effects> {
    accounts!(call, verdict;
        Signer wallet,
        Written subscription,
        Written authority,
        Written token_account,
        Read _,
        Read _,
    );
    let payer = Payer {
        wallet,
        token_account,
        authority,
        replaces: false,
    };
    let cancel = Cancel {
        subscription,
        cut_short: false,
    };
    end(&cancel, &payer, state, call, verdict)
}

fn cancel_now(state: &State, call: &Call, verdict: &mut Verdict) -> Option<Effects> {
    accounts!(call, verdict;
        Signer wallet,
        Written subscription,
        Written authority,
        Written token_account,
        Read _,
        Read _,
        Signer org_authority,
        Read org,
        Read plan,
    );
    let it = known(state, &subscription, verdict)?;
    let (_, found) = offered(&it, &plan, &org, state, verdict)?;
    let agreed = found.authority == org_authority;
    verdict.require(agreed, TesseraError::WrongAuthority);
    let payer = Payer {
        wallet,
        token_account,
        authority,
        replaces: false,
    };
    let cancel = Cancel {
        subscription,
        cut_short: true,
    };
    end(&cancel, &payer, state, call, verdict)
}

fn end(
    cancel: &Cancel,
    payer: &Payer,
    state: &State,
    call: &Call,
    verdict: &mut Verdict,
) -> Option<Effects> {
    let args: CancelArgs = call.args(verdict)?;
    let it = known(state, &cancel.subscription, verdict)?;
    verdict.require(it.wallet == payer.wallet, TesseraError::WrongWallet);
    let life = state.life(&cancel.subscription);
    let named = life == Some(args.life) && it.agreement_seq == args.agreement_seq;
    verdict.require(named, TesseraError::WrongAgreement);
    require_payer(&it, &payer.token_account, verdict);
    require_authority(&payer.authority, &it, state, verdict);
    let event = cancel.decide(state, call.moment, verdict)?;
    let Event::Cancelled(cancelled) = &event else {
        return None;
    };
    Some(Effects {
        approval: payer.lower(cancelled.outstanding, call, verdict),
        ..event.into()
    })
}
