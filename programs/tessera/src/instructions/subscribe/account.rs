//! The accounts that a subscription is about: the member's, the payer's, the referrers'.

use super::Subscribe;
use crate::{
    approval::{self, Standing},
    create::Place,
    extensions, load, token,
};
use anchor_lang::{address_eq, prelude::*};
use tessera_types::{
    NO_ADDRESS, REFERRAL_LEVELS, TesseraError,
    accounts::{Header, Ledger, Member, Plan, Subscription},
    args::SubscribeArgs,
    carrier::TOKEN_PROGRAM,
    seeds,
};

impl Subscribe {
    /// Checks member, destination and the payer's token account, and returns what that approves.
    #[inline(always)]
    pub(super) fn require_accounts(&self, args: &SubscribeArgs, plan: &Plan) -> Result<Standing> {
        let member: &Member = load::owned(&self.member)?;
        require!(address_eq(&member.org, &plan.org), TesseraError::WrongOrg);
        require!(
            address_eq(&member.wallet, self.wallet.address()),
            TesseraError::WrongWallet
        );
        require!(
            address_eq(&plan.destination, self.destination.address()),
            TesseraError::WrongDestination
        );
        let view = self.payer_token.account();
        let token = token::thawed(view, &plan.token_program)?;
        require!(
            address_eq(token.owner(), self.wallet.address()),
            TesseraError::WrongTokenOwner
        );
        require!(
            address_eq(token.mint(), &plan.mint),
            TesseraError::WrongMint
        );
        if !address_eq(&plan.token_program, &TOKEN_PROGRAM) {
            require!(!extensions::is_cpi_guarded(view)?, TesseraError::CpiGuarded);
        }
        let standing = approval::standing(token, self.authority.address());
        require!(
            standing != Standing::Foreign || args.replace_delegate == 1,
            TesseraError::ForeignDelegate
        );
        Ok(standing)
    }

    /// The subscription, created when it is missing.
    #[inline(always)]
    pub(super) fn load_subscription<'a>(&self, slot: u64) -> Result<&'a mut Subscription> {
        let (plan, wallet) = (self.plan.address(), self.wallet.address());
        let view = self.subscription.account();
        if load::exists(&self.subscription) {
            load::owned::<Subscription>(&self.subscription)?;
            // SAFETY: checked just now; declared once and mutable, and duplicates of such accounts
            // are refused.
            let subscription: &mut Subscription = unsafe { load::data_mut(view) };
            require!(
                address_eq(&subscription.plan, plan),
                TesseraError::WrongPlan
            );
            require!(
                address_eq(&subscription.wallet, wallet),
                TesseraError::WrongWallet
            );
            return Ok(subscription);
        }
        let place = Place {
            payer: self.payer.account(),
            account: view,
            seeds: &[seeds::SUBSCRIPTION, plan.as_ref(), wallet.as_ref()],
        };
        let header = Header::new(place.bump()?, slot, *self.payer.address());
        place.create::<Subscription>(header, &[])?;
        // SAFETY: as above.
        let subscription: &mut Subscription = unsafe { load::data_mut(view) };
        subscription.plan = *plan;
        subscription.wallet = *wallet;
        Ok(subscription)
    }
}

/// Writes down the ledgers of the member's referrers and returns how many there are. None can be
/// left out: the member's account names the referrers, and anyone can open the ledger that is
/// missing.
#[inline(never)]
pub(super) fn referral_ledgers(
    member: &Member,
    given: &[&Option<UncheckedAccount>; REFERRAL_LEVELS],
    plan: &Plan,
    ledgers: &mut [Address; REFERRAL_LEVELS],
) -> core::result::Result<u8, TesseraError> {
    *ledgers = [NO_ADDRESS; REFERRAL_LEVELS];
    let mut level = 0;
    while level < REFERRAL_LEVELS && !address_eq(&member.referrers[level], &NO_ADDRESS) {
        ledgers[level] = *referral_ledger(&member.referrers[level], given[level], plan)?;
        level += 1;
    }
    Ok(level as u8)
}

/// The address of a referrer's ledger in the plan's mint, when that is what is given.
#[inline(never)]
fn referral_ledger<'a>(
    referrer: &Address,
    given: &'a Option<UncheckedAccount>,
    plan: &Plan,
) -> core::result::Result<&'a Address, TesseraError> {
    let account = given.as_ref().ok_or(TesseraError::MissingLedger)?;
    let ledger: &Ledger = load::owned(account).map_err(|_| TesseraError::MissingLedger)?;
    if !address_eq(&ledger.wallet, referrer) || !address_eq(&ledger.org, &plan.org) {
        return Err(TesseraError::WrongLedger);
    }
    if !address_eq(&ledger.mint, &plan.mint) {
        return Err(TesseraError::WrongMint);
    }
    Ok(account.address())
}
