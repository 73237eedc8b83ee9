//! Terms that a wallet agrees to in an instruction, and the payment and approval that follow.

use super::{
    payer::Payer,
    payment::legs,
    quotes::require_signed,
    transfer::{Payment, require_carrier},
};
use crate::{
    decode::Event,
    model::{
        Call, Effects, Verdict,
        command::{Quoted, Signature},
    },
    quote::Quote,
};
use tessera_types::{
    Address, ID, TesseraError,
    accounts::{Org, Plan},
    args::SignedTerms,
};

/// The seller and the buyer that a quote must name.
pub(super) struct Buyer<'a> {
    pub(super) domain: [u8; 16],
    pub(super) org: &'a Org,
    pub(super) plan: (Address, &'a Plan),
    /// The wallet; for a change of plan, the subscription.
    pub(super) wallet: Address,
    /// The Instructions sysvar, where it was handed in.
    pub(super) instructions: Option<Address>,
}

impl Buyer<'_> {
    /// The wallet's agreement. The plan must be as the wallet expects, and a quote must be signed.
    pub(super) fn signature(
        &self,
        terms: &SignedTerms,
        call: &Call,
        verdict: &mut Verdict,
    ) -> Signature {
        let (_, plan) = self.plan;
        let plain = terms.quoted <= 1 && terms.replace_delegate <= 1 && terms.spare == [0; 7];
        verdict.require(plain, TesseraError::SpareNotZero);
        let in_time = call.moment.now <= terms.deadline;
        verdict.require(in_time, TesseraError::DeadlinePassed);
        let period = (terms.period_secs, terms.period_months);
        let same = period == (plan.period_secs, plan.period_months);
        verdict.require(same, TesseraError::TermsChanged);
        let quote = Quoted {
            nonce: terms.quote_nonce,
            deadline: terms.quote_deadline,
            most_periods: terms.quote_most_periods,
        };
        let quoted = terms.quoted != 0;
        if quoted {
            self.require_quote(terms, call, verdict);
        } else {
            let none = (quote.nonce, quote.deadline, quote.most_periods) == (0, 0, 0);
            verdict.require(none, TesseraError::QuoteUnexpected);
        }
        Signature {
            price: terms.price,
            approved_periods: terms.approved_periods,
            quote: quoted.then_some(quote),
            consents: terms.consents,
        }
    }

    /// Checks that the org's quote authority signed the price for this buyer.
    fn require_quote(&self, terms: &SignedTerms, call: &Call, verdict: &mut Verdict) {
        let (plan, found) = self.plan;
        let quote = Quote {
            domain: self.domain,
            cluster_tag: self.org.cluster_tag,
            program: ID,
            org: found.org,
            plan,
            wallet: self.wallet,
            price: terms.price,
            deadline: terms.quote_deadline,
            nonce: terms.quote_nonce,
            points: 0,
            most_periods: terms.quote_most_periods,
            spare: [0; 4],
        };
        let signer = &self.org.settings.quote_authority;
        require_signed(call, self.instructions, signer, &quote, verdict);
    }
}

/// What a wallet signed, and what it pays now.
pub(super) struct Signed<'a> {
    /// What its token account approves afterwards.
    pub(super) outstanding: u64,
    /// The token program that is called.
    pub(super) program: Address,
    /// The plan whose merchant and vault are paid.
    pub(super) plan: &'a Plan,
    /// The mint that a transfer of Token-2022 names.
    pub(super) mint: Option<Address>,
}

impl Signed<'_> {
    /// Makes the payment, if there is one, and the approval.
    pub(super) fn pay(
        &self,
        event: Event,
        payer: &Payer,
        call: &Call,
        verdict: &mut Verdict,
    ) -> Effects {
        let paid = event.settlement();
        let payment = Payment {
            program: self.program,
            mint: self.mint,
            from: payer.token_account,
            signer: payer.wallet,
            legs: paid.map_or_else(Vec::new, |paid| legs(paid, self.plan, None)),
        };
        require_carrier(&self.program, true, call, verdict);
        Effects {
            transfers: payment.send(call, verdict),
            approval: Some(payer.approve(self.outstanding)),
            ..event.into()
        }
    }
}
