//! Closing accounts.
//!
//! Law: an account closes when nothing can need it any more, never in the slot that it was created
//! in, and its rent goes to who paid it. Its last receipt says so. A member never closes, because it
//! says who referred the wallet; of an org a stub stays, so that nobody creates it again.

use crate::{
    clock,
    declare::{Account, accounts},
    load,
    outcome::{Result, is_absent, require, require_same},
    receipt::{Slip, note},
    token::{self, Payout},
};
use anchor_lang::{
    cpi::{CpiSeed, CpiSigner, rent_exempt_lamports},
    pinocchio::account::RuntimeAccount,
    prelude::*,
};
use tessera_types::{
    TesseraError,
    accounts::{
        AccountType, Authority, Campaign, Claim, Code, DISCRIMINATOR_LEN, Header, Invoice, Issuer,
        Ledger, NullifierPage, Org, Plan, Position, StakePool, Subscription, SubscriptionState,
    },
    carrier::SYSTEM_PROGRAM,
    events::Closed,
    seeds,
};

accounts! { Close {
    /// Whose the account is: the org's authority, the code's owner, the wallet, or, of what wallets
    /// are sponsored with, who paid the rent.
    signer owner,
    mut account,
    gets rent_payer,
    /// This program, so that it can call itself.
    program,
    /// The org of a plan or issuer, the campaign of a page or claim, the pool of a position.
    mut optional parent,
} }

accounts! { CloseVault {
    signer authority,
    mut org,
    /// The plan that created it, which closes with it.
    mut plan,
    mut vault,
    gets rent_payer,
    token_program,
    /// This program, so that it can call itself.
    program,
} }

accounts! { CloseCampaign {
    signer authority,
    mut org,
    mut campaign,
    mut vault,
    /// A token account of the treasury's, which receives what is left.
    mut destination,
    gets rent_payer,
    token_program,
    /// This program, so that it can call itself.
    program,
    /// For Token-2022.
    optional mint,
} }

accounts! { ClosePool {
    signer authority,
    mut org,
    mut pool,
    mut stake_vault,
    mut reward_vault,
    /// Token accounts of the treasury's, which receive what is left.
    gets stake_destination,
    gets reward_destination,
    gets rent_payer,
    stake_token_program,
    reward_token_program,
    /// This program, so that it can call itself.
    program,
    /// For Token-2022.
    optional stake_mint,
    /// For Token-2022.
    optional reward_mint,
} }

/// The kinds that `close` knows.
macro_rules! kind {
    ($kind:ident) => {
        u64::from_le_bytes(<$kind as AccountType>::DISCRIMINATOR)
    };
}

impl Close {
    #[inline(never)]
    pub fn handle(&mut self) -> Result<()> {
        let kind = load::kind(&self.account)?;
        let moment = clock::moment();
        let now = moment.now;
        let signer = *self.owner.address();
        let view = *self.account.account();
        // SAFETY: an account of this program is longer than a header.
        let header: &Header = unsafe { &*view.data_ptr().add(DISCRIMINATOR_LEN).cast() };
        let sponsor = header.rent_payer;
        let mut stub = 0;
        // Who may close it, and whether nothing needs it.
        let (owner, unused): (&Address, bool);
        if kind == kind!(Org) {
            let org: &Org = known(&view);
            (owner, unused) = (&org.authority, org.open_accounts == 0);
            stub = DISCRIMINATOR_LEN + size_of::<Header>();
        } else if kind == kind!(Plan) {
            let plan: &Plan = known(&view);
            let created_vault = !is_absent(&plan.vault_rent_payer);
            let org = child(&mut self.parent, &plan.org)?;
            org.plans_on_vaults = org.plans_on_vaults.saturating_sub(1);
            (owner, unused) = (&org.authority, now >= plan.sunset_at && !created_vault);
        } else if kind == kind!(Issuer) {
            let issuer: &Issuer = known(&view);
            (owner, unused) = (&child(&mut self.parent, &issuer.org)?.authority, true);
        } else if kind == kind!(Code) {
            (owner, unused) = (&known::<Code>(&view).owner, true);
        } else if kind == kind!(Ledger) {
            let ledger: &Ledger = known(&view);
            (owner, unused) = (&ledger.wallet, ledger.is_settled(now));
        } else if kind == kind!(Authority) {
            let authority: &Authority = known(&view);
            // The next life's generation is its slot, which must be above this one's.
            let idle = authority.live_subscriptions == 0
                && authority.outstanding == 0
                && authority.generation < moment.slot;
            (owner, unused) = (&authority.wallet, idle);
        } else if kind == kind!(Subscription) {
            let it: &Subscription = known(&view);
            let over = !SubscriptionState::is_live(it.state)
                && !it.is_paid(now)
                && now > it.quote_deadline;
            (owner, unused) = (sponsored(&it.wallet, &sponsor, &signer), over);
        } else if kind == kind!(Invoice) {
            let invoice: &Invoice = known(&view);
            let over = now > invoice.deadline;
            (owner, unused) = (sponsored(&invoice.wallet, &sponsor, &signer), over);
        } else if kind == kind!(NullifierPage) {
            let page: &NullifierPage = known(&view);
            let over = self.is_campaign_over(&page.campaign, now)?;
            (owner, unused) = (&sponsor, over);
        } else if kind == kind!(Claim) {
            let claim: &Claim = known(&view);
            let over = self.is_campaign_over(&claim.campaign, now)?;
            (owner, unused) = (sponsored(&claim.wallet, &sponsor, &signer), over);
        } else if kind == kind!(Position) {
            let position: &Position = known(&view);
            let pool = self.parent.as_mut().ok_or(TesseraError::WrongPool)?;
            let pool: &mut StakePool =
                load::named_mut(pool, &position.pool, TesseraError::WrongPool)?;
            pool.positions = pool.positions.saturating_sub(1);
            let empty = position.staked == 0 && position.owed == 0;
            (owner, unused) = (&position.wallet, empty);
        } else {
            return Err(TesseraError::StillInUse.into());
        }
        require_same(owner, &signer, TesseraError::WrongAuthority)?;
        require!(unused, TesseraError::StillInUse);
        finish(view, *self.rent_payer.account(), stub)
    }

    /// Whether no voucher of the campaign can be claimed any more; it may be closed itself.
    #[inline(never)]
    fn is_campaign_over(&self, campaign: &Address, now: i64) -> Result<bool> {
        let parent = self.parent.as_ref().ok_or(TesseraError::WrongCampaign)?;
        require_same(parent.address(), campaign, TesseraError::WrongCampaign)?;
        if !load::exists(parent) {
            return Ok(true);
        }
        Ok(now >= load::owned::<Campaign>(parent)?.closes_at)
    }
}

/// An account whose discriminator says that it is of this kind.
#[inline(always)]
fn known<'a, T: AccountType>(view: &AccountView) -> &'a T {
    // SAFETY: no account of a kind is shorter than its structure, and it is written when it is not
    // read any more.
    unsafe { load::data(view) }
}

/// Who may close what a wallet may have been sponsored with.
#[inline(always)]
fn sponsored<'a>(wallet: &'a Address, sponsor: &'a Address, signer: &Address) -> &'a Address {
    match signer == sponsor {
        true => sponsor,
        false => wallet,
    }
}

/// The org of an account that closes, which counts it no more.
#[inline(never)]
fn child<'a>(parent: &'a mut Option<Account>, address: &Address) -> Result<&'a mut Org> {
    let parent = parent.as_mut().ok_or(TesseraError::WrongOrg)?;
    let org: &mut Org = load::named_mut(parent, address, TesseraError::WrongOrg)?;
    org.open_accounts = org.open_accounts.saturating_sub(1);
    Ok(org)
}

/// Leaves the last receipt and gives the rent back; of what is not wholly closed `stub` bytes stay,
/// under no kind's discriminator.
#[inline(never)]
fn finish(mut view: AccountView, mut rent_payer: AccountView, stub: usize) -> Result<()> {
    let moment = clock::moment();
    let address = *view.address();
    // SAFETY: the caller looked at the account, and holds no reference into it any more.
    let header: &mut Header = unsafe { &mut *view.data_mut_ptr().add(DISCRIMINATOR_LEN).cast() };
    require!(header.life < moment.slot, TesseraError::StillInUse);
    require_same(
        &header.rent_payer,
        rent_payer.address(),
        TesseraError::WrongRentPayer,
    )?;
    let kept = match stub {
        0 => 0,
        len => rent_exempt_lamports(len).map_err(|_| TesseraError::ArithmeticOverflow)?,
    };
    let lamports = view.lamports().saturating_sub(kept);
    let mut slip = Slip::<Closed>::new();
    note!(slip: Closed { lamports: lamports, head: header.receipt_head, });
    // SAFETY: the event is written.
    unsafe { slip.leave(header, &address, moment.now)? };
    let sum = rent_payer
        .lamports()
        .checked_add(lamports)
        .ok_or(TesseraError::ArithmeticOverflow)?;
    rent_payer.set_lamports(sum);
    view.set_lamports(view.lamports() - lamports);
    // SAFETY: nobody refers to the data any more, and it only becomes shorter.
    unsafe {
        if stub > 0 {
            view.data_mut_ptr().cast::<u64>().write(u64::MAX);
        } else {
            view.assign(&SYSTEM_PROGRAM);
        }
        let account: *mut RuntimeAccount = view.account_mut_ptr();
        (*account).data_len = stub as u64;
    }
    Ok(())
}

impl CloseVault {
    /// When no other plan stands on any vault of the org that it did not create itself.
    #[inline(never)]
    pub fn handle(&mut self) -> Result<()> {
        let view = *self.plan.account();
        let plan: &Plan = load::owned(&self.plan)?;
        let org: &mut Org = load::named_mut(&mut self.org, &plan.org, TesseraError::WrongOrg)?;
        let signer = self.authority.address();
        require_same(&org.authority, signer, TesseraError::WrongAuthority)?;
        require_same(&plan.vault, self.vault.address(), TesseraError::WrongVault)?;
        let now = clock::now();
        require!(
            !is_absent(&plan.vault_rent_payer)
                && now >= plan.sunset_at
                && org.plans_on_vaults == 0
                && token::account(self.vault.account(), &plan.token_program)?.amount() == 0,
            TesseraError::StillInUse
        );
        let bump = [plan.vault_bump];
        let seeds = [
            CpiSeed::from(seeds::VAULT),
            CpiSeed::from(plan.org.as_ref()),
            CpiSeed::from(plan.mint.as_ref()),
            CpiSeed::from(&bump[..]),
        ];
        org.open_accounts = org.open_accounts.saturating_sub(1);
        let rent_payer = *self.rent_payer.account();
        token::close(
            self.vault.account(),
            &rent_payer,
            &[CpiSigner::from(&seeds)],
        );
        finish(view, rent_payer, 0)
    }
}

/// Sends what is left in a vault, of which the rest of `payout` says how it pays, to the treasury, and
/// its rent to who paid it.
#[inline(never)]
fn sweep(payout: &mut Payout, to: &Swept, seed: &'static [u8], bump: u8) -> Result<()> {
    payout.amount = token::account(payout.vault, payout.program)?.amount();
    if payout.amount > 0 {
        let owner = token::account(payout.destination, payout.program)?.owner();
        require_same(owner, to.treasury, TesseraError::WrongDestination)?;
        payout.send(seed, to.parent, bump)?;
    }
    let bump = [bump];
    let seeds = [
        CpiSeed::from(seed),
        CpiSeed::from(to.parent.as_ref()),
        CpiSeed::from(&bump[..]),
    ];
    token::close(payout.vault, to.rent_payer, &[CpiSigner::from(&seeds)]);
    Ok(())
}

/// Where a vault that closes belongs.
struct Swept<'a> {
    /// Campaign or pool.
    parent: &'a Address,
    treasury: &'a Address,
    rent_payer: &'a AccountView,
}

impl CloseCampaign {
    #[inline(never)]
    pub fn handle(&mut self) -> Result<()> {
        let view = *self.campaign.account();
        let campaign: &Campaign = load::owned(&self.campaign)?;
        let org: &mut Org = load::named_mut(&mut self.org, &campaign.org, TesseraError::WrongOrg)?;
        let signer = self.authority.address();
        require_same(&org.authority, signer, TesseraError::WrongAuthority)?;
        require_same(
            &campaign.vault,
            self.vault.address(),
            TesseraError::WrongVault,
        )?;
        require!(clock::now() >= campaign.closes_at, TesseraError::StillInUse);
        org.open_accounts = org.open_accounts.saturating_sub(1);
        let rent_payer = *self.rent_payer.account();
        let swept = Swept {
            parent: self.campaign.address(),
            treasury: &org.settings.treasury,
            rent_payer: &rent_payer,
        };
        let mut payout = Payout {
            program: &campaign.token_program,
            mint: &self.mint,
            vault: self.vault.account(),
            destination: self.destination.account(),
            amount: 0,
            receipt: &[],
        };
        let bump = campaign.vault_bump;
        sweep(&mut payout, &swept, seeds::CAMPAIGN_VAULT, bump)?;
        finish(view, rent_payer, 0)
    }
}

impl ClosePool {
    #[inline(never)]
    pub fn handle(&mut self) -> Result<()> {
        let view = *self.pool.account();
        let pool: &StakePool = load::owned(&self.pool)?;
        let org: &mut Org = load::named_mut(&mut self.org, &pool.org, TesseraError::WrongOrg)?;
        let signer = self.authority.address();
        require_same(&org.authority, signer, TesseraError::WrongAuthority)?;
        require_same(
            &pool.stake_vault,
            self.stake_vault.address(),
            TesseraError::WrongVault,
        )?;
        require_same(
            &pool.reward_vault,
            self.reward_vault.address(),
            TesseraError::WrongVault,
        )?;
        require!(pool.positions == 0, TesseraError::StillInUse);
        org.open_accounts = org.open_accounts.saturating_sub(1);
        let rent_payer = *self.rent_payer.account();
        let swept = Swept {
            parent: self.pool.address(),
            treasury: &org.settings.treasury,
            rent_payer: &rent_payer,
        };
        let mut stake = Payout {
            program: &pool.stake_token_program,
            mint: &self.stake_mint,
            vault: self.stake_vault.account(),
            destination: self.stake_destination.account(),
            amount: 0,
            receipt: &[],
        };
        let mut reward = Payout {
            program: &pool.reward_token_program,
            mint: &self.reward_mint,
            vault: self.reward_vault.account(),
            destination: self.reward_destination.account(),
            ..stake
        };
        let bump = pool.stake_vault_bump;
        sweep(&mut stake, &swept, seeds::STAKE_VAULT, bump)?;
        let bump = pool.reward_vault_bump;
        sweep(&mut reward, &swept, seeds::REWARD_VAULT, bump)?;
        finish(view, rent_payer, 0)
    }
}
