pub(super) mod account;
mod authority;
mod terms;

pub(super) use terms::{Buyer, require_shares, require_terms, use_quote};

use super::charge::{Payable, legs, payable_mint};
use crate::{
    approval, clock,
    declare::{Account, accounts},
    load,
    outcome::{Result, require, same},
    receipt::{Slip, note},
    schedule,
    settlement::{Books, Parts, book_period, boosted, settle},
    token::{self, Payment},
};
use anchor_lang::prelude::*;
use tessera_types::{
    TesseraError,
    accounts::{Member, Org, Plan, Subscription, SubscriptionState},
    args::SubscribeArgs,
    events::{Settlement, Subscribed},
    math,
    quote::SUBSCRIBE_DOMAIN,
};

accounts! { Subscribe {
    /// Pays the rent; may be the wallet itself.
    payer payer,
    signer wallet,
    org,
    plan,
    mut member,
    /// Created here when it is missing.
    mut subscription,
    /// Created here when it is missing.
    mut authority,
    mut payer_token,
    mut destination,
    /// Named so that it can be called; calls name the token program themselves.
    token_program,
    system system_program,
    /// For Token-2022.
    optional mint,
    /// The Instructions sysvar, for a quote.
    optional instructions,
    mut optional vault,
    mut optional ledger_1,
    mut optional ledger_2,
    mut optional ledger_3,
} }

impl Subscribe {
    #[inline(never)]
    pub fn handle(&mut self, args: &SubscribeArgs) -> Result<()> {
        let moment = clock::moment_here();
        let now = moment.now;
        let plan: &Plan = load::owned(&self.plan)?;
        let org: &Org = load::named(&self.org, &plan.org, TesseraError::WrongOrg)?;
        require!(!org.is_paused(Org::PAUSE_SUBSCRIBE), TesseraError::Paused);
        require!(now < plan.sunset_at, TesseraError::PlanSunset);
        let standing = self.require_accounts(&args.terms, plan)?;
        let signed = &args.terms;
        require_terms(signed, plan, plan.price, now)?;
        require!(args.spare == [0; 4], TesseraError::SpareNotZero);
        require!(
            args.trial_secs == 0 || args.trial_secs == plan.trial_secs,
            TesseraError::TermsChanged
        );

        let authority = self.load_authority(plan, &standing, moment.slot)?;
        let subscription = self.load_subscription(moment.slot)?;
        self.require_free(subscription, plan, authority.generation, now)?;
        approval::remove(authority, subscription)?;
        // Time that was paid before a cancellation is not sold twice; of a metered plan it is paid when
        // its usage is stated.
        let start = match subscription.is_unstated() {
            true => now,
            false => subscription.paid_through.max(now),
        };

        let buyer = Buyer {
            domain: SUBSCRIBE_DOMAIN,
            org,
            plan,
            plan_address: self.plan.address(),
            wallet: self.wallet.address(),
            instructions: &self.instructions,
        };
        use_quote(signed, &buyer, subscription)?;
        // SAFETY: `require_accounts` took it as a member's; declared once and written, and duplicates
        // of such accounts are refused.
        let member: &mut Member = unsafe { load::data_mut(self.member.account()) };
        subscription.levels = account::referral_ledgers(
            member,
            &[&self.ledger_1, &self.ledger_2, &self.ledger_3],
            plan,
            &mut subscription.ledgers,
        )?;
        subscription.plan = *self.plan.address();
        subscription.payer_token = *self.payer_token.address();
        subscription.terms = terms::signed(signed, org, plan);
        subscription.authority_bump = authority.header.bump;
        subscription.subscribed_at = now;
        subscription.paused_until = 0;
        subscription.drop_pending();
        subscription.periods_paid = 0;
        subscription.state = SubscriptionState::Active as u8;
        subscription.consents = signed.consents;
        require_shares(&subscription.terms, plan)?;
        let consents = plan.flags & signed.consents;
        let payable = payable_mint(&self.mint, self.destination.account(), plan, consents)?;
        require_thawed(&payable, subscription.levels, &self.vault, plan)?;

        require!(start < plan.ends_at, TesseraError::PlanEnded);
        let trial_ends_at = match args.trial_secs {
            0 => 0,
            secs => math::later(start, secs)?,
        };
        schedule::anchor(&mut subscription.terms, start.max(trial_ends_at))?;
        let end = match trial_ends_at {
            0 => subscription.terms.end_of(start)?,
            end => end,
        };
        let period = (start, end);

        let mut slip = Slip::<Subscribed>::new();
        // SAFETY: a part of the event, which is written once.
        let settlement = unsafe { &raw mut (*slip.event()).settlement };
        let parts = if trial_ends_at != 0 || subscription.is_metered() {
            if trial_ends_at != 0 {
                require!(
                    member.flags & Member::TRIAL_USED == 0,
                    TesseraError::TrialUsed
                );
                member.flags |= Member::TRIAL_USED;
                subscription.state = SubscriptionState::Trial as u8;
            }
            // SAFETY: as above.
            unsafe { start_free(subscription, period, settlement) }
        } else {
            let mut books = Books {
                plan,
                org,
                points: boosted(
                    plan.points_per_charge,
                    subscription.terms.boost_in(member.tier),
                ),
                debit: subscription.terms.price_in(member.tier),
                member,
                vault: &self.vault,
                accounts: [&self.ledger_1, &self.ledger_2, &self.ledger_3],
                ledgers: &subscription.ledgers,
                commission_bps: &subscription.terms.commission_bps,
                levels: subscription.levels,
                hold_secs: subscription.terms.hold_secs,
                keeper_fee: 0,
                flags: 0,
                period,
                now,
            };
            // SAFETY: as above; nobody else refers to the shares.
            let parts = unsafe { settle(&mut books, settlement, slip.shares.as_mut_ptr())? };
            // SAFETY: `settle` wrote it.
            book_period(subscription, unsafe { &*settlement }, period);
            parts
        };
        approval::add(authority, subscription)?;
        subscription.agreement_seq = math::add(subscription.header.receipt_seq, 1)?;
        note!(slip: Subscribed {
            plan: &subscription.plan,
            wallet: &subscription.wallet,
            payer_token: &subscription.payer_token,
            terms: &subscription.terms,
            authority_generation: authority.generation,
            outstanding: authority.outstanding,
            quote_nonce: signed.quote_nonce,
            quote_deadline: signed.quote_deadline,
            trial_ends_at: trial_ends_at,
            consents: signed.consents,
            spare: [0; 7],
        } but settlement);
        let address = self.subscription.address();
        // SAFETY: the event is written, and `settle` wrote as many shares as it says.
        let tail = unsafe { slip.seal(&mut subscription.header, address, now, parts.levels)? };
        Payment {
            program: &plan.token_program,
            mint: payable.map(|payable| payable.mint),
            from: self.payer_token.account(),
            signer: self.wallet.account(),
            legs: legs(&parts, self.destination.account(), &self.vault, &None),
            approval: Some((self.authority.account(), authority.outstanding)),
            receipt: tail,
        }
        .send(&[])
    }

    /// Refuses while an earlier agreement can still be collected, or is paid from elsewhere.
    #[inline(always)]
    fn require_free(
        &self,
        subscription: &Subscription,
        plan: &Plan,
        generation: u64,
        now: i64,
    ) -> Result<()> {
        let live = SubscriptionState::is_live(subscription.state);
        let same_account = same(&subscription.payer_token, self.payer_token.address());
        let revoked = same_account && subscription.authority_generation != generation;
        let stays = same(&subscription.plan, self.plan.address());
        // Of another plan, which it was changed to, the end is not known here.
        let ends_at = if stays { plan.ends_at } else { i64::MAX };
        // Time that another plan was paid for does not become this one's.
        let over_there = stays || !subscription.is_paid(now);
        let over = same_account && !subscription.is_collectable(ends_at, now);
        require!(
            over_there && (!live || revoked || over),
            TesseraError::AlreadySubscribed
        );
        Ok(())
    }
}

/// A new vault of a mint that freezes by default waits for its issuer; until then nobody is referred
/// to the plan.
#[inline(never)]
pub(super) fn require_thawed(
    payable: &Option<Payable>,
    levels: u8,
    vault: &Option<Account>,
    plan: &Plan,
) -> Result<()> {
    let waits = payable
        .as_ref()
        .is_some_and(|it| it.rules.frozen_by_default);
    if waits && levels > 0 {
        let thawed = vault
            .as_ref()
            .is_some_and(|it| same(it.address(), &plan.vault) && !token::is_frozen(it.account()));
        require!(thawed, TesseraError::TokenAccountFrozen);
    }
    Ok(())
}

/// Starts a period that nothing is paid for yet: a trial, or one whose usage is stated later.
///
/// # Safety
/// `settlement` can be written, and nobody refers to it.
#[inline(never)]
unsafe fn start_free(
    subscription: &mut Subscription,
    (start, end): (i64, i64),
    settlement: *mut Settlement,
) -> Parts {
    // SAFETY: the caller's promise.
    unsafe {
        settlement.write(Settlement {
            period_start: start,
            paid_through: end,
            ..bytemuck::Zeroable::zeroed()
        });
        book_period(subscription, &*settlement, (start, end));
    }
    if subscription.state == SubscriptionState::Trial as u8 {
        subscription.periods_paid = 0;
    }
    Parts {
        merchant: 0,
        commission: 0,
        keeper_fee: 0,
        levels: 0,
    }
}
