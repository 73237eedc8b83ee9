use crate::{clock, math, token};
use anchor_lang::{address_eq, cpi::create_account_signed, prelude::*};
use pinocchio_token::{instructions::InitializeAccount3, state::Account as TokenState};
use tessera_types::{
    LAYOUT_VERSION, TesseraError,
    accounts::{Org, Plan},
    args::CreatePlanArgs,
    limits::{MAX_PERIOD_SECS, MIN_PERIOD_SECS},
    seeds,
};

#[derive(Accounts)]
#[instruction(args: CreatePlanArgs)]
pub struct CreatePlan {
    /// Pays the rent; may be the authority itself, and carries no data that could alias.
    #[account(mut, unsafe(dup))]
    pub payer: Signer,
    pub authority: Signer,
    pub org: Account<Org>,
    #[account(
        init,
        payer = payer,
        seeds = [seeds::PLAN, org.address().as_ref(), &args.id.to_le_bytes()],
        bump
    )]
    pub plan: Account<Plan>,
    pub mint: UncheckedAccount,
    pub destination: UncheckedAccount,
    #[account(mut)]
    pub vault: UncheckedAccount,
    pub token_program: Program<Token>,
    pub system_program: Program<System>,
}

impl CreatePlan {
    pub fn handle(&mut self, args: &CreatePlanArgs, bump: u8) -> Result<()> {
        require!(
            address_eq(&self.org.authority, self.authority.address()),
            TesseraError::WrongAuthority
        );
        let now = clock::unix_timestamp()?;
        require_terms(args, &self.org, now)?;
        let decimals = token::decimals(self.mint.account())?;
        let destination = token::account(self.destination.account())?;
        require!(
            address_eq(destination.mint(), self.mint.address()),
            TesseraError::WrongMint
        );
        require!(
            address_eq(destination.owner(), &self.org.treasury),
            TesseraError::WrongDestination
        );
        let vault_bump = self.ensure_vault()?;
        *self.plan = Plan {
            org: *self.org.address(),
            mint: *self.mint.address(),
            token_program: *self.token_program.address(),
            destination: *self.destination.address(),
            vault: *self.vault.address(),
            id: args.id,
            price: args.price,
            price_floor: args.price_floor,
            price_ceiling: args.price_ceiling,
            points_per_charge: args.points_per_charge,
            keeper_fee_cap: args.keeper_fee_cap,
            created_at: now,
            ends_at: args.ends_at,
            period_secs: args.period_secs,
            trial_secs: 0,
            grace_secs: args.grace_secs,
            version: LAYOUT_VERSION,
            bump,
            vault_bump,
            decimals,
            spare: [0; 24],
        };
        Ok(())
    }

    /// The vault is its own owner, so only this program can move what it holds; an account of the
    /// token program at its address can only have been made here.
    fn ensure_vault(&self) -> Result<u8> {
        let vault = self.vault.account();
        let (org, mint) = (self.org.address(), self.mint.address());
        let (address, bump) =
            find_program_address(&[seeds::VAULT, org.as_ref(), mint.as_ref()], &crate::ID);
        require!(
            address_eq(&address, vault.address()),
            TesseraError::WrongVault
        );
        if !vault.owned_by(self.token_program.address()) {
            create_account_signed(
                self.payer.account(),
                vault,
                TokenState::LEN,
                self.token_program.address(),
                &[seeds::VAULT, org.as_ref(), mint.as_ref(), &[bump]],
            )?;
            InitializeAccount3::new(vault, self.mint.account(), vault.address()).invoke()?;
        }
        Ok(bump)
    }
}

fn require_terms(args: &CreatePlanArgs, org: &Org, now: i64) -> Result<()> {
    require!(args.spare == [0; 4], TesseraError::SpareNotZero);
    require!(args.trial_secs == 0, TesseraError::TrialUnsupported);
    require!(
        args.price_floor > 0 && args.price_floor <= args.price && args.price <= args.price_ceiling,
        TesseraError::PriceOutOfRange
    );
    require!(
        (MIN_PERIOD_SECS..=MAX_PERIOD_SECS).contains(&args.period_secs),
        TesseraError::PeriodOutOfRange
    );
    require!(
        args.grace_secs < args.period_secs,
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
