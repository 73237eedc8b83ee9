use crate::{
    clock,
    create::{Allocation, Place},
    extensions, load, token,
};
use anchor_lang::{address_eq, prelude::*};
use pinocchio_token::state::Account as TokenState;
use tessera_types::{
    TesseraError,
    accounts::{Header, Org, Plan},
    args::CreatePlanArgs,
    carrier::TOKEN_PROGRAM,
    events::PlanCreated,
    limits::{MAX_PERIOD_SECS, MIN_PERIOD_SECS},
    math, seeds,
};

#[derive(Accounts)]
pub struct CreatePlan {
    /// Pays the rent; may be the authority itself, and carries no data that could alias.
    #[account(mut, unsafe(dup))]
    pub payer: Signer,
    pub authority: Signer,
    pub org: UncheckedAccount,
    #[account(mut)]
    pub plan: UncheckedAccount,
    pub mint: UncheckedAccount,
    pub destination: UncheckedAccount,
    #[account(mut)]
    pub vault: UncheckedAccount,
    pub token_program: UncheckedAccount,
    pub system_program: Program<System>,
}

impl CreatePlan {
    #[inline(never)]
    pub fn handle(&mut self, args: &CreatePlanArgs) -> Result<()> {
        let org: &Org = load::owned(&self.org)?;
        require!(
            address_eq(&org.authority, self.authority.address()),
            TesseraError::WrongAuthority
        );
        let moment = clock::moment()?;
        require_terms(args, org, moment.now)?;
        let program = *self.token_program.address();
        token::require_program(&program)?;
        let (mint, decimals) = token::mint(self.mint.account(), &program)?;
        let rules = match address_eq(&program, &TOKEN_PROGRAM) {
            true => extensions::AccountRules::default(),
            false => extensions::require_payable(mint, args.flags)?,
        };
        // So that the plan's flag says that there is one.
        require!(
            args.flags & Plan::PERMANENT_DELEGATE == 0 || rules.permanent_delegate,
            TesseraError::PermanentDelegate
        );
        self.require_destination(org, &program)?;
        let (vault_bump, created) = self.ensure_vault(&program, &rules)?;

        let payer = *self.payer.address();
        let org = *self.org.address();
        let place = Place {
            payer: self.payer.account(),
            account: self.plan.account(),
            seeds: &[seeds::PLAN, org.as_ref(), &args.id.to_le_bytes()],
        };
        let header = Header::new(place.bump()?, moment.slot, payer);
        let plan: &mut Plan = place.create_with(header, moment.now, |receipt| PlanCreated {
            receipt,
            org,
            mint: *self.mint.address(),
            token_program: program,
            destination: *self.destination.address(),
            vault: *self.vault.address(),
            terms: *args,
        })?;
        plan.org = org;
        plan.mint = *self.mint.address();
        plan.token_program = program;
        plan.destination = *self.destination.address();
        plan.vault = *self.vault.address();
        if created {
            plan.vault_rent_payer = payer;
        }
        plan.id = args.id;
        plan.price = args.price;
        plan.price_floor = args.price_floor;
        plan.price_ceiling = args.price_ceiling;
        plan.points_per_charge = args.points_per_charge;
        plan.keeper_fee_cap = args.keeper_fee_cap;
        plan.created_at = moment.now;
        plan.ends_at = args.ends_at;
        plan.sunset_at = i64::MAX;
        plan.period_secs = args.period_secs;
        plan.grace_secs = args.grace_secs;
        plan.flags = args.flags;
        plan.vault_bump = vault_bump;
        plan.decimals = decimals;
        Ok(())
    }

    #[inline(always)]
    fn require_destination(&self, org: &Org, program: &Address) -> Result<()> {
        let view = self.destination.account();
        let destination = token::thawed(view, program)?;
        require!(
            address_eq(destination.mint(), self.mint.address()),
            TesseraError::WrongMint
        );
        require!(
            address_eq(destination.owner(), &org.treasury),
            TesseraError::WrongDestination
        );
        extensions::require_no_memo(view)
    }

    /// The vault's bump, and whether it was created just now. The vault is its own owner, so only
    /// this program can move what it holds; an account of the token program at its address can only
    /// have been made here. One that was there before must be thawed; a new one of a mint that
    /// freezes by default has to be thawed before anybody is referred to the plan.
    #[inline(always)]
    fn ensure_vault(
        &self,
        program: &Address,
        rules: &extensions::AccountRules,
    ) -> Result<(u8, bool)> {
        let vault = self.vault.account();
        let place = Place {
            payer: self.payer.account(),
            account: vault,
            seeds: &[
                seeds::VAULT,
                self.org.address().as_ref(),
                self.mint.address().as_ref(),
            ],
        };
        let bump = place.bump().map_err(|_| TesseraError::WrongVault)?;
        if vault.owned_by(program) {
            token::thawed(vault, program)?;
            return Ok((bump, false));
        }
        let len = match rules.extensions_len {
            0 => TokenState::LEN,
            extensions => token::EXTENSIONS + extensions,
        };
        place.allocate(&Allocation {
            space: len,
            owner: program,
            bump,
            tail: &[],
        })?;
        token::initialize(vault, self.mint.account(), program);
        Ok((bump, true))
    }
}

fn require_terms(args: &CreatePlanArgs, org: &Org, now: i64) -> Result<()> {
    require!(
        args.spare == [0; 2] && args.flags & !Plan::PERMANENT_DELEGATE == 0,
        TesseraError::SpareNotZero
    );
    require!(args.trial_secs == 0, TesseraError::TrialUnsupported);
    require!(
        args.price_floor > 0 && args.price_floor <= args.price && args.price <= args.price_ceiling,
        TesseraError::PriceOutOfRange
    );
    require!(
        (MIN_PERIOD_SECS..=MAX_PERIOD_SECS).contains(&args.period_secs) && args.period_months == 0,
        TesseraError::PeriodOutOfRange
    );
    require!(
        args.grace_secs <= args.period_secs / 2,
        TesseraError::GraceTooLong
    );
    require!(args.ends_at > now, TesseraError::PlanEnded);
    let commission_bps = org.commission_bps.iter().sum();
    let shares = math::add(
        math::bps_of(args.price_floor, commission_bps),
        args.keeper_fee_cap,
    )?;
    require!(shares < args.price_floor, TesseraError::KeeperFeeTooHigh);
    Ok(())
}
