//! `subscribe`.

use super::{
    member::require_member,
    payer::Payer,
    payment::{Handed, payable_mint},
    signature::{Buyer, Signed},
};
use crate::{
    address,
    decode::Event,
    model::{
        Call, Command, Effects, State, Verdict, call::present, command::Subscribe,
        rules::payment::levels,
    },
};
use tessera_types::{
    Address, TesseraError,
    accounts::Plan,
    args::{InstructionNumber as Number, SubscribeArgs},
    carrier::SYSTEM_PROGRAM,
    quote::SUBSCRIBE_DOMAIN,
};

pub(super) fn judge(
    state: &State,
    _: Number,
    call: &Call,
    verdict: &mut Verdict,
) -> Option<Effects> {
    accounts!(call, verdict;
        Signer rent_payer,
        Signer wallet,
        Read org,
        Read plan,
        Written member,
        Written subscription,
        Written authority,
        Written payer_token,
        Written destination,
        Read _,
        Read _,
        OptionalRead mint,
        OptionalRead instructions,
        OptionalWritten vault,
        OptionalWritten l1,
        OptionalWritten l2,
        OptionalWritten l3,
    );
    let args: SubscribeArgs = call.args(verdict)?;
    let known_plan = verdict.found(state.plans.get(&plan), "plan")?;
    verdict.require(org == known_plan.org, TesseraError::WrongOrg);
    let known_org = verdict.found(state.orgs.get(&known_plan.org), "org")?;

    let payer = Payer {
        wallet,
        token_account: payer_token,
        authority,
        replaces: args.terms.replace_delegate == 1,
    };
    let met = payer.met(state, known_plan, call, verdict);
    require_authority(&payer, state, verdict);
    let buyer = Buyer {
        domain: SUBSCRIBE_DOMAIN,
        org: known_org,
        plan: (plan, known_plan),
        wallet,
        instructions: present(instructions),
    };
    let signature = buyer.signature(&args.terms, call, verdict);
    verdict.require(args.spare == [0; 4], TesseraError::SpareNotZero);
    let trial = args.trial_secs != 0;
    let expected = !trial || args.trial_secs == known_plan.trial_secs;
    verdict.require(expected, TesseraError::TermsChanged);
    if state.exists(&subscription) {
        verdict.found(state.subscriptions.get(&subscription), "subscription");
    }

    let merchants = destination == known_plan.destination;
    verdict.require(merchants, TesseraError::WrongDestination);
    let consents = known_plan.flags & signature.consents;
    let mint = payable_mint(present(mint), known_plan, consents, call, verdict);
    let handed = Handed::new(vault, [l1, l2, l3]);
    if let Some(member) = require_member(&member, &wallet, known_plan, state, verdict) {
        let ledgers = handed.require_referrers(member, known_plan, state, verdict);
        require_thawed(&handed, (known_plan, mint), &ledgers, call, verdict);
        if !trial && known_plan.flags & Plan::METERED == 0 {
            handed.require_all(known_plan, &ledgers, call, verdict);
        }
    }
    let subscribe = Subscribe {
        subscription,
        plan,
        wallet,
        payer_token,
        signature,
        trial,
        met,
        vault_frozen: handed.vault_frozen(call),
    };
    let event = subscribe.decide(state, call.moment, verdict)?;
    let Event::Subscribed(subscribed, _) = &event else {
        return None;
    };
    let created: Vec<(Address, Address)> = [authority, subscription]
        .into_iter()
        .filter(|it| !state.exists(it))
        .map(|it| (it, rent_payer))
        .collect();
    if !created.is_empty() {
        call.require_named(&SYSTEM_PROGRAM, verdict);
    }
    let signed = Signed {
        outstanding: subscribed.outstanding,
        program: known_plan.token_program,
        plan: known_plan,
        mint,
    };
    Some(Effects {
        created,
        ..signed.pay(event, &payer, call, verdict)
    })
}

/// Checks that the authority is the token account's, or can become it.
fn require_authority(payer: &Payer, state: &State, verdict: &mut Verdict) {
    if !state.exists(&payer.authority) {
        let derived = address::authority(&payer.token_account);
        return verdict.require(payer.authority == derived, TesseraError::WrongAddress);
    }
    let known = state.authorities.get(&payer.authority);
    if let Some(known) = verdict.found(known, "authority") {
        let theirs = known.token_account == payer.token_account;
        verdict.require(theirs, TesseraError::WrongTokenAuthority);
    }
}

/// A new vault of a mint that freezes by default waits for its issuer to thaw it; until then the
/// plan takes no referred member.
pub(super) fn require_thawed(
    handed: &Handed,
    (plan, mint): (&Plan, Option<Address>),
    ledgers: &[Address],
    call: &Call,
    verdict: &mut Verdict,
) {
    let mint = mint.and_then(|it| call.surroundings.mint(&it));
    let freezes = mint.is_some_and(|it| it.frozen_by_default);
    let thawed = handed.is_vault(plan) && !handed.vault_frozen(call);
    let waits = freezes && levels(ledgers) > 0 && !thawed;
    verdict.require(!waits, TesseraError::TokenAccountFrozen);
}
