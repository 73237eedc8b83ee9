use crate::{
    clock, known, math,
    receipt::{self, Entry},
    settlement::{Books, Payment, settle},
    token,
};
use anchor_lang::{
    address_eq,
    cpi::{CpiSeed, CpiSigner},
    prelude::*,
};
use tessera_types::{
    TesseraError,
    accounts::{Authority, Member, Org, Plan, Subscription, SubscriptionState},
    events::Charged,
    seeds,
};

/// Nobody signs: the terms did.
#[derive(Accounts)]
pub struct Charge {
    #[account(mut)]
    pub subscription: Account<Subscription>,
    pub plan: UncheckedAccount,
    pub org: UncheckedAccount,
    #[account(mut)]
    pub member: Account<Member>,
    /// The delegate. It brings no signature along, so the token program accepts it only with the
    /// one made here, from the subscription's wallet and the plan's mint: no other can stand here.
    pub authority: UncheckedAccount,
    #[account(mut)]
    pub payer_token: UncheckedAccount,
    #[account(mut)]
    pub destination: UncheckedAccount,
    /// Named so that it can be called; calls name the token program themselves.
    pub token_program: UncheckedAccount,
    #[account(mut)]
    pub keeper_token: Option<UncheckedAccount>,
    #[account(mut)]
    pub vault: Option<UncheckedAccount>,
    #[account(mut)]
    pub ledger_1: Option<UncheckedAccount>,
    #[account(mut)]
    pub ledger_2: Option<UncheckedAccount>,
    #[account(mut)]
    pub ledger_3: Option<UncheckedAccount>,
}

impl Charge {
    #[inline(always)]
    pub fn handle(&mut self) -> Result<()> {
        let now = clock::unix_timestamp()?;
        let subscription = &self.subscription;
        let plan: &Plan = known::load(&self.plan, &subscription.plan, TesseraError::WrongPlan)?;
        let org: &Org = known::load(&self.org, &plan.org, TesseraError::WrongOrg)?;
        require_due(subscription, plan, org, now)?;
        require!(
            address_eq(&self.member.org, &plan.org),
            TesseraError::WrongOrg
        );
        require!(
            address_eq(&self.member.wallet, &subscription.wallet),
            TesseraError::WrongWallet
        );
        require!(
            address_eq(&plan.destination, self.destination.address()),
            TesseraError::WrongDestination
        );
        require_approval(&self.payer_token, &self.authority, subscription)?;

        let wallet = subscription.wallet;
        let bump = [subscription.authority_bump];
        let seeds = [
            CpiSeed::from(seeds::AUTHORITY),
            CpiSeed::from(wallet.as_ref()),
            CpiSeed::from(plan.mint.as_ref()),
            CpiSeed::from(&bump[..]),
        ];
        let paid_through = period_end(subscription.next_due, plan, now)?;
        let payment = Payment {
            from: self.payer_token.account(),
            destination: self.destination.account(),
            vault: self.vault.as_ref().map(AnchorAccount::account),
            keeper: self.keeper_token.as_ref().map(AnchorAccount::account),
            signer: self.authority.account(),
            approval: None,
        };
        let mut books = Books {
            plan,
            org,
            subscription: &mut self.subscription,
            member: &mut self.member,
            ledgers: [&mut self.ledger_1, &mut self.ledger_2, &mut self.ledger_3],
        };
        let mut entry = Entry::new();
        let (settlement, levels) = settle(
            &payment,
            &mut books,
            paid_through,
            now,
            &[CpiSigner::from(&seeds)],
            &mut entry.shares,
        )?;

        let address = *self.subscription.address();
        let subscription = &mut *self.subscription;
        let event = Charged {
            receipt: receipt::next(&address, &mut subscription.receipt_seq, now)?,
            settlement,
        };
        // SAFETY: `settle` wrote that many shares.
        unsafe { entry.emit(&mut subscription.receipt_head, event, levels) };
        Ok(())
    }
}

#[inline(always)]
fn require_due(subscription: &Subscription, plan: &Plan, org: &Org, now: i64) -> Result<()> {
    require!(
        org.pause_flags & Org::PAUSE_CHARGE == 0,
        TesseraError::Paused
    );
    require!(
        SubscriptionState::is_live(subscription.state),
        TesseraError::NotLive
    );
    require!(now >= subscription.next_due, TesseraError::NotDue);
    // The first period was paid at the signature. The token approval is shared by everything that
    // the wallet pays in this mint, so it alone would not bound this subscription.
    require!(
        subscription.periods_paid <= subscription.approved_periods,
        TesseraError::PeriodsUsedUp
    );
    require!(now < plan.ends_at, TesseraError::PlanEnded);
    Ok(())
}

/// The token account is the wallet's, approves its authority for another period, and the
/// authority is of the generation that was signed.
#[inline(always)]
fn require_approval(
    payer_token: &UncheckedAccount,
    authority: &UncheckedAccount,
    subscription: &Subscription,
) -> Result<()> {
    let token = token::account(payer_token.account())?;
    require!(
        address_eq(token.owner(), &subscription.wallet),
        TesseraError::WrongTokenOwner
    );
    require!(
        token.has_delegate() && !authority.account().is_signer(),
        TesseraError::NotApproved
    );
    let authority: &Authority = known::load(
        authority,
        token.delegate_unchecked(),
        TesseraError::NotApproved,
    )?;
    require!(
        token.delegated_amount() >= subscription.price,
        TesseraError::ApprovalTooSmall
    );
    require!(
        authority.generation == subscription.authority_generation,
        TesseraError::StaleGeneration
    );
    Ok(())
}

/// A charge within the grace time keeps the billing day. A later one starts it anew, so that nobody
/// pays in full for the rest of a period or for one that passed.
#[inline(always)]
fn period_end(next_due: i64, plan: &Plan, now: i64) -> Result<i64> {
    let in_grace = now <= math::later(next_due, plan.grace_secs)?;
    let start = if in_grace { next_due } else { now };
    math::later(start, plan.period_secs)
}
