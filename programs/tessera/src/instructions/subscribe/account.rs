//! The accounts that a subscription is about: the member's, the payer's, the referrers'.

use super::Subscribe;
use crate::{
    approval::{Payer, Standing},
    create::Place,
    declare::Account,
    load,
    outcome::{Result, is_absent, require_same},
};
use anchor_lang::prelude::*;
use tessera_types::{
    NO_ADDRESS, REFERRAL_LEVELS, TesseraError,
    accounts::{Ledger, Member, Plan, Subscription},
    args::SignedTerms,
    seeds,
};

impl Subscribe {
    /// Checks member, destination and the payer's token account, and returns what that approves.
    #[inline(never)]
    pub(super) fn require_accounts(&self, signed: &SignedTerms, plan: &Plan) -> Result<Standing> {
        let member: &Member = load::owned(&self.member)?;
        let wallet = self.wallet.address();
        require_same(&member.org, &plan.org, TesseraError::WrongOrg)?;
        require_same(&member.wallet, wallet, TesseraError::WrongWallet)?;
        require_same(
            &plan.destination,
            self.destination.address(),
            TesseraError::WrongDestination,
        )?;
        let payer = Payer {
            token_account: self.payer_token.account(),
            wallet,
            authority: self.authority.address(),
            replace_delegate: signed.replace_delegate,
        };
        payer.approvable(plan)
    }

    /// The subscription, created when it is missing.
    #[inline(never)]
    pub(super) fn load_subscription<'a>(&self, slot: u64) -> Result<&'a mut Subscription> {
        let (plan, wallet) = (self.plan.address(), self.wallet.address());
        let view = self.subscription.account();
        if load::exists(&self.subscription) {
            load::owned::<Subscription>(&self.subscription)?;
            // SAFETY: checked just now; declared once and mutable, and duplicates of such accounts
            // are refused.
            let subscription: &mut Subscription = unsafe { load::data_mut(view) };
            require_same(&subscription.first_plan, plan, TesseraError::WrongPlan)?;
            require_same(&subscription.wallet, wallet, TesseraError::WrongWallet)?;
            return Ok(subscription);
        }
        let place = Place {
            payer: self.payer.account(),
            account: view,
            seeds: &[seeds::SUBSCRIPTION, plan.as_ref(), wallet.as_ref()],
        };
        place.create::<Subscription>(slot)?;
        // SAFETY: as above.
        let subscription: &mut Subscription = unsafe { load::data_mut(view) };
        subscription.first_plan = *plan;
        subscription.wallet = *wallet;
        Ok(subscription)
    }
}

/// Writes down the ledgers of the member's referrers and returns how many there are. None can be
/// left out: the member's account names the referrers, and anyone can open the ledger that is
/// missing.
#[inline(never)]
pub(in crate::instructions) fn referral_ledgers(
    member: &Member,
    given: &[&Option<Account>; REFERRAL_LEVELS],
    plan: &Plan,
    ledgers: &mut [Address; REFERRAL_LEVELS],
) -> Result<u8> {
    *ledgers = [NO_ADDRESS; REFERRAL_LEVELS];
    let mut level = 0;
    while level < REFERRAL_LEVELS && !is_absent(&member.referrers[level]) {
        ledgers[level] = *referral_ledger(&member.referrers[level], given[level], plan)?;
        level += 1;
    }
    Ok(level as u8)
}

/// The address of a referrer's ledger in the plan's mint, when that is what is given.
#[inline(never)]
fn referral_ledger<'a>(
    referrer: &Address,
    given: &'a Option<Account>,
    plan: &Plan,
) -> Result<&'a Address> {
    let account = given.as_ref().ok_or(TesseraError::MissingLedger)?;
    let ledger: &Ledger = load::owned(account).map_err(|_| TesseraError::MissingLedger)?;
    require_same(&ledger.wallet, referrer, TesseraError::WrongLedger)?;
    require_same(&ledger.org, &plan.org, TesseraError::WrongLedger)?;
    require_same(&ledger.mint, &plan.mint, TesseraError::WrongMint)?;
    Ok(account.address())
}
