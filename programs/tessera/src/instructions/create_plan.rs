use crate::{
    access, clock,
    create::Place,
    declare::accounts,
    extensions, load,
    outcome::{Result, require, require_same},
    receipt::{Slip, note},
    token,
};
use anchor_lang::prelude::*;
use tessera_types::{
    TesseraError,
    accounts::{Org, Plan},
    args::{CreatePlanArgs, SunsetPlanArgs},
    calendar,
    events::{PlanCreated, PlanSunset},
    limits::{MAX_PERIOD_MONTHS, MAX_PERIOD_SECS, MAX_TRIAL_SECS, MIN_PERIOD_SECS},
    math, seeds,
};

accounts! { CreatePlan {
    /// Pays the rent; may be the authority itself.
    payer payer,
    signer authority,
    config,
    mut org,
    mut plan,
    mint,
    destination,
    mut vault,
    token_program,
    system system_program,
} }

accounts! { SunsetPlan {
    signer authority,
    org,
    mut plan,
    /// This program, so that it can call itself.
    program,
} }

impl CreatePlan {
    #[inline(never)]
    pub fn handle(&mut self, args: &CreatePlanArgs) -> Result<()> {
        access::creation(&self.config)?;
        let org_place = *self.org.account();
        let org_address = org_place.address();
        let org = access::org_mut(&mut self.org, self.authority.address())?;
        require!(args.id > org.highest_plan_id, TesseraError::IdNotRising);
        let moment = clock::moment();
        require_terms(args, org, moment.now)?;
        let program = *self.token_program.address();
        let (decimals, rules) = token::payable_mint(self.mint.account(), &program, args.flags)?;
        // So that the plan's flag says that there is one.
        require!(
            args.flags & Plan::PERMANENT_DELEGATE == 0 || rules.permanent_delegate,
            TesseraError::PermanentDelegate
        );
        let destination = token::thawed(self.destination.account(), &program)?;
        require_same(
            destination.mint(),
            self.mint.address(),
            TesseraError::WrongMint,
        )?;
        require_same(
            destination.owner(),
            &org.settings.treasury,
            TesseraError::WrongDestination,
        )?;
        extensions::require_no_memo(self.destination.account())?;
        // A vault that was there before must be thawed; a new one of a mint that freezes by default
        // has to be thawed before anybody is referred to the plan.
        let vault = Place {
            payer: self.payer.account(),
            account: self.vault.account(),
            seeds: &[
                seeds::VAULT,
                org_address.as_ref(),
                self.mint.address().as_ref(),
            ],
        };
        let (vault_bump, created) = token::ensure_vault(&vault, self.mint.account(), &rules)?;

        let payer = *self.payer.address();
        let place = Place {
            payer: self.payer.account(),
            account: self.plan.account(),
            seeds: &[seeds::PLAN, org_address.as_ref(), &args.id.to_le_bytes()],
        };
        let mut slip = Slip::<PlanCreated>::new();
        note!(slip: PlanCreated {
            org: org_address,
            mint: self.mint.address(),
            token_program: &program,
            destination: self.destination.address(),
            vault: self.vault.address(),
            terms: args,
        });
        // SAFETY: the event is written.
        let plan: &mut Plan = unsafe { place.create_with(&moment, &mut slip)? };
        if created {
            plan.vault_rent_payer = payer;
        } else {
            org.plans_on_vaults = org.plans_on_vaults.saturating_add(1);
        }
        plan.created_at = moment.now;
        plan.sunset_at = i64::MAX;
        plan.vault_bump = vault_bump;
        plan.decimals = decimals;
        org.highest_plan_id = args.id;
        org.open_accounts = org.open_accounts.saturating_add(1);
        Ok(())
    }
}

impl SunsetPlan {
    #[inline(never)]
    pub fn handle(&mut self, args: &SunsetPlanArgs) -> Result<()> {
        let place = *self.plan.account();
        let address = place.address();
        let plan: &mut Plan = load::owned_mut(&mut self.plan)?;
        access::org(&self.org, &plan.org, self.authority.address())?;
        let now = clock::now();
        require!(
            args.at >= now && args.at < plan.sunset_at,
            TesseraError::PlanSunset
        );
        plan.sunset_at = args.at;
        let mut slip = Slip::<PlanSunset>::new();
        note!(slip: PlanSunset { at: args.at, });
        // SAFETY: the event is written.
        unsafe { slip.leave(&mut plan.header, address, now) }
    }
}

#[inline(never)]
fn require_terms(args: &CreatePlanArgs, org: &Org, now: i64) -> Result<()> {
    let flags = Plan::PERMANENT_DELEGATE | Plan::METERED | Plan::PRORATED;
    require!(
        args.spare == [0; 2] && args.flags & !flags == 0,
        TesseraError::SpareNotZero
    );
    let metered = args.flags & Plan::METERED != 0;
    require!(
        args.trial_secs <= MAX_TRIAL_SECS && !(metered && args.trial_secs > 0),
        TesseraError::TrialTooLong
    );
    require!(
        args.price_floor > 0 && args.price_floor <= args.price && args.price <= args.price_ceiling,
        TesseraError::PriceOutOfRange
    );
    let in_range = match args.period_months {
        0 => (MIN_PERIOD_SECS..=MAX_PERIOD_SECS).contains(&args.period_secs),
        months => months <= MAX_PERIOD_MONTHS && args.period_secs == 0,
    };
    require!(in_range, TesseraError::PeriodOutOfRange);
    let shortest = calendar::least_period_secs(args.period_secs, args.period_months);
    require!(args.grace_secs <= shortest / 2, TesseraError::GraceTooLong);
    require!(args.ends_at > now, TesseraError::PlanEnded);
    require!(
        !metered || args.keeper_fee_cap == 0,
        TesseraError::KeeperFeeTooHigh
    );
    let settings = &org.settings;
    let discounts = settings.tiers.map(|tier| tier.discount_bps);
    let least = least_debit(args.price_floor, &discounts);
    let shares = math::add(
        math::bps_of(least, settings.commission_bps.iter().sum()),
        args.keeper_fee_cap,
    )?;
    require!(shares < least, TesseraError::KeeperFeeTooHigh);
    Ok(())
}

/// What a period costs in the tier of the largest discount.
pub(super) fn least_debit(price: u64, discounts_bps: &[u16]) -> u64 {
    let mut largest = 0;
    for discount in discounts_bps {
        largest = largest.max(*discount);
    }
    price - math::bps_of(price, largest)
}
