use super::charge_up_to::Stated;
use crate::{
    clock,
    declare::{Account, accounts},
    extensions, load,
    outcome::{Result, require, require_same},
    receipt::Slip,
    schedule,
    settlement::{Books, Parts, book_period, boosted, settle},
    token::{self, Leg, Payment},
};
use anchor_lang::{
    address_eq,
    cpi::{CpiSeed, CpiSigner},
    prelude::*,
};
use tessera_types::{
    NO_ADDRESS, TesseraError,
    accounts::{Authority, Member, Org, Plan, Subscription, SubscriptionState},
    carrier::TOKEN_PROGRAM,
    events::{Charged, Settlement},
    math,
    seeded::{Bug, seeded},
    seeds,
};

accounts! {
    /// Nobody signs: the terms did.
    Charge {
        mut subscription,
        /// The pending plan where there is one.
        plan,
        org,
        mut member,
        /// The delegate. It brings no signature along, so the token program accepts it only with the
        /// one made here, from the token account that was signed: no other can stand here.
        mut authority,
        mut payer_token,
        mut destination,
        /// Named so that it can be called; calls name the token program themselves.
        token_program,
        /// For Token-2022.
        optional mint,
        mut optional keeper_token,
        mut optional vault,
        mut optional ledger_1,
        mut optional ledger_2,
        mut optional ledger_3,
    }
}

impl Charge {
    #[inline(always)]
    pub fn handle(&mut self) -> Result<()> {
        self.collect(None)
    }

    /// Collects the period that is due, or what was stated for one of a metered plan.
    #[inline(never)]
    pub(super) fn collect(&mut self, stated: Option<&Stated>) -> Result<()> {
        let now = clock::moment_here().now;
        let place = *self.subscription.account();
        let subscription: &mut Subscription = load::owned_mut(&mut self.subscription)?;
        let mut flags = 0;
        let plan: &Plan = match address_eq(&subscription.pending_plan, &NO_ADDRESS) {
            true => load::named_here(&self.plan, &subscription.plan, TesseraError::WrongPlan)?,
            false => {
                flags = Settlement::PLAN_FOLLOWED;
                load::named_here(
                    &self.plan,
                    &subscription.pending_plan,
                    TesseraError::WrongPlan,
                )?
            }
        };
        let org: &Org = load::named_here(&self.org, &plan.org, TesseraError::WrongOrg)?;
        require!(!org.is_paused(Org::PAUSE_CHARGE), TesseraError::Paused);
        require!(
            subscription.is_metered() == stated.is_some(),
            TesseraError::Metered
        );
        let member: &mut Member = load::owned_mut(&mut self.member)?;
        require!(address_eq(&member.org, &plan.org), TesseraError::WrongOrg);
        require!(
            address_eq(&member.wallet, &subscription.wallet),
            TesseraError::WrongWallet
        );
        require!(
            address_eq(&plan.destination, self.destination.address()),
            TesseraError::WrongDestination
        );
        require!(
            address_eq(&subscription.payer_token, self.payer_token.address()),
            TesseraError::WrongPayerToken
        );
        let consents = plan.flags & subscription.consents;
        let payable = payable_mint(&self.mint, self.destination.account(), plan, consents)?;
        let (period, debit, spent, keeper_fee);
        let mut points = plan.points_per_charge;
        if let Some(stated) = stated {
            require_same(
                &org.settings.meter_authority,
                &stated.meter,
                TesseraError::WrongAuthority,
            )?;
            (period, spent) = stated.period(subscription, plan, now)?;
            debit = stated.amount;
            keeper_fee = 0;
            points = math::part_of(points, debit, subscription.terms.price);
            flags = Settlement::STATED;
        } else {
            schedule::require_due(subscription, plan, now)?;
            if flags != 0 {
                schedule::follow(subscription, plan)?;
            }
            debit = subscription.terms.price_in(member.tier);
            spent = subscription.terms.price;
            keeper_fee = match self.keeper_token {
                Some(_) => schedule::keeper_fee(plan.keeper_fee_cap, subscription, now),
                None => 0,
            };
            period = schedule::period(subscription, now)?;
        }
        let signer = *self.authority.account();
        let authority = approved(
            &mut self.authority,
            self.payer_token.account(),
            plan,
            subscription,
            debit,
        )?;
        authority.outstanding = authority.outstanding.saturating_sub(spent);
        subscription.state = SubscriptionState::Active as u8;
        let mut books = Books {
            plan,
            org,
            points: boosted(points, subscription.terms.boost_in(member.tier)),
            member,
            vault: &self.vault,
            accounts: [&self.ledger_1, &self.ledger_2, &self.ledger_3],
            ledgers: &subscription.ledgers,
            commission_bps: &subscription.terms.commission_bps,
            levels: subscription.levels,
            hold_secs: subscription.terms.hold_secs,
            debit,
            keeper_fee,
            flags,
            period,
            now,
        };
        let mut slip = Slip::<Charged>::new();
        // SAFETY: a part of the event, which is written once; with it the event is whole, and
        // `settle` writes as many shares as it says.
        let (parts, tail) = unsafe {
            let settlement = &raw mut (*slip.event()).settlement;
            let parts = settle(&mut books, settlement, slip.shares.as_mut_ptr())?;
            book_period(subscription, &*settlement, period);
            let levels = parts.levels;
            let header = &mut subscription.header;
            (parts, slip.seal(header, place.address(), now, levels)?)
        };
        Payment {
            program: &plan.token_program,
            mint: payable.map(|payable| payable.mint),
            from: self.payer_token.account(),
            signer: &signer,
            legs: legs(
                &parts,
                self.destination.account(),
                &self.vault,
                &self.keeper_token,
            ),
            approval: None,
            receipt: tail,
        }
        .send(&[CpiSigner::from(&[
            CpiSeed::from(seeds::AUTHORITY),
            CpiSeed::from(subscription.payer_token.as_ref()),
            CpiSeed::from(&[subscription.authority_bump][..]),
        ])])
    }
}

/// The transfers of a payment.
#[inline(never)]
pub(super) fn legs<'a>(
    parts: &Parts,
    destination: &'a AccountView,
    vault: &'a Option<Account>,
    keeper: &'a Option<Account>,
) -> [Option<Leg<'a>>; 3] {
    let merchant = Leg {
        to: destination,
        amount: parts.merchant,
    };
    [
        Some(merchant).filter(|leg| leg.amount > 0),
        leg(vault, parts.commission),
        leg(keeper, parts.keeper_fee),
    ]
}

/// A transfer that is made only when there is something to transfer.
#[inline(always)]
pub(super) fn leg(to: &Option<Account>, amount: u64) -> Option<Leg<'_>> {
    let to = to.as_ref().filter(|_| amount > 0)?.account();
    Some(Leg { to, amount })
}

/// A mint that is payable at the moment.
pub(super) struct Payable<'a> {
    /// The mint and its decimals.
    pub mint: (&'a AccountView, u8),
    /// What it means for token accounts.
    pub rules: extensions::AccountRules,
}

/// The mint, when the plan is paid in a token of Token-2022; `consents` are those that plan and
/// subscriber share.
#[inline(always)]
pub(super) fn payable_mint<'a>(
    mint: &'a Option<Account>,
    destination: &AccountView,
    plan: &Plan,
    consents: u8,
) -> Result<Option<Payable<'a>>> {
    if address_eq(&plan.token_program, &TOKEN_PROGRAM) {
        return Ok(None);
    }
    payable_2022(mint, destination, plan, consents).map(Some)
}

#[inline(never)]
fn payable_2022<'a>(
    mint: &'a Option<Account>,
    destination: &AccountView,
    plan: &Plan,
    consents: u8,
) -> Result<Payable<'a>> {
    let mint = mint.as_ref().ok_or(TesseraError::MintMissing)?.account();
    require!(
        address_eq(mint.address(), &plan.mint),
        TesseraError::WrongMint
    );
    let (data, decimals) = token::mint(mint, &plan.token_program)?;
    // A mint without supply can be closed and made again with others.
    require!(decimals == plan.decimals, TesseraError::WrongMint);
    let rules = extensions::require_payable(data, consents)?;
    token::account(destination, &plan.token_program)?;
    extensions::require_no_memo(destination)?;
    Ok(Payable {
        mint: (mint, decimals),
        rules,
    })
}

/// The authority, which the token account approves for `amount` under the generation that was
/// signed.
#[inline(always)]
fn approved<'a>(
    authority: &'a mut Account,
    payer_token: &AccountView,
    plan: &Plan,
    subscription: &Subscription,
    amount: u64,
) -> Result<&'a mut Authority> {
    let token = token::account(payer_token, &plan.token_program)?;
    // A token account that was sold, or closed and opened again, brings what its owner of today
    // approves in its mint of today.
    require!(
        address_eq(token.owner(), &subscription.wallet),
        TesseraError::WrongTokenOwner
    );
    require!(
        address_eq(token.mint(), &plan.mint),
        TesseraError::WrongMint
    );
    require!(
        token.has_delegate() && !authority.account().is_signer(),
        TesseraError::NotApproved
    );
    if amount == 0 {
        require_own(authority, &subscription.payer_token)?;
    }
    let authority: &mut Authority = load::named_mut(
        authority,
        token.delegate_unchecked(),
        TesseraError::NotApproved,
    )?;
    require!(
        authority.generation == subscription.authority_generation || seeded(Bug::StaleGeneration),
        TesseraError::StaleGeneration
    );
    require!(
        token.delegated_amount() >= amount,
        TesseraError::ApprovalTooSmall
    );
    Ok(authority)
}

/// Refuses another authority than the token account's where nothing moves, so that no token program
/// asks whose signature it is.
#[inline(never)]
fn require_own(authority: &Account, payer_token: &Address) -> Result<()> {
    let authority: &Authority = load::owned(authority)?;
    require_same(
        &authority.token_account,
        payer_token,
        TesseraError::NotApproved,
    )
}
