//! Tessera on Solana: referral links, loyalty points and subscription payments in tokens.
//!
//! Laws: the payer's debit is exactly the price that he signed; commission is booked in ledgers
//! and claimed from a vault that always holds at least what the ledgers say; whatever an
//! instruction did to the account it is about is one receipt, chained by hash in that account.

use anchor_lang::prelude::*;

mod approval;
mod call;
mod clock;
mod create;
#[cfg(target_os = "solana")]
mod entry;
mod extensions;
#[allow(
    dead_code,
    unused_variables,
    reason = "Anchor's derive binds instruction arguments in every method that it generates, and \
              some accounts are named only so that they can be called"
)]
mod instructions;
mod load;
mod quote;
mod receipt;
mod schedule;
mod settlement;
mod token;

use instructions::*;
pub use tessera_types::ID;
use tessera_types::args::*;

/// The program, with `walked` among its instructions.
macro_rules! program {
    ($($walked:tt)*) => {
        #[program]
        pub mod tessera {
            use super::*;

            $($walked)*

            /// Creates a business.
            #[discrim = 0]
            pub fn create_org(ctx: &mut Context<CreateOrg>, args: CreateOrgArgs) -> Result<()> {
                ctx.accounts.handle(&args)
            }

            /// Creates something to subscribe to, and the org's vault for its mint when that is missing.
            #[discrim = 1]
            pub fn create_plan(ctx: &mut Context<CreatePlan>, args: CreatePlanArgs) -> Result<()> {
                ctx.accounts.handle(&args)
            }

            /// Makes a wallet a member of an org, with or without a referral code.
            #[discrim = 2]
            pub fn register_member(ctx: &mut Context<RegisterMember>) -> Result<()> {
                ctx.accounts.handle()
            }

            /// Claims a referral code for a member.
            #[discrim = 3]
            pub fn create_code(ctx: &mut Context<CreateCode>, args: CreateCodeArgs) -> Result<()> {
                ctx.accounts.handle(&args)
            }

            /// Opens a member's commission ledger in a mint; anyone may pay for it.
            #[discrim = 4]
            pub fn open_ledger(ctx: &mut Context<OpenLedger>) -> Result<()> {
                ctx.accounts.handle()
            }

            /// Ends a subscription; what is paid stays paid.
            #[discrim = 7]
            pub fn cancel(ctx: &mut Context<Cancel>, args: CancelArgs) -> Result<()> {
                ctx.accounts.handle(&args)
            }

            /// Pays released commission from the vault to its member.
            #[discrim = 8]
            pub fn claim_commission(
                ctx: &mut Context<ClaimCommission>,
                args: ClaimCommissionArgs,
            ) -> Result<()> {
                ctx.accounts.handle(&args)
            }

            /// Lets a key award points within a budget, or changes that budget.
            #[discrim = 9]
            pub fn set_issuer(ctx: &mut Context<SetIssuer>, args: SetIssuerArgs) -> Result<()> {
                ctx.accounts.handle(&args)
            }

            /// Gives a member points.
            #[discrim = 10]
            pub fn award(ctx: &mut Context<Award>, args: PointsArgs) -> Result<()> {
                ctx.accounts.handle(&args)
            }

            /// Spends a member's points.
            #[discrim = 11]
            pub fn redeem(ctx: &mut Context<Redeem>, args: PointsArgs) -> Result<()> {
                ctx.accounts.handle(&args)
            }

            /// Carries a receipt: what the program calls itself with where it calls nobody else.
            #[discrim = 255]
            pub fn receipt(_ctx: &mut Context<Receipt>) -> Result<()> {
                Ok(())
            }
        }
    };
}

// What `entry` walks is left out of Anchor's dispatch on the chain, where nothing would reach it;
// the IDL and hosts have it.
#[cfg(all(target_os = "solana", not(feature = "idl-build")))]
program! {}
#[cfg(not(all(target_os = "solana", not(feature = "idl-build"))))]
program! {
    /// Signs terms, approves later periods and pays the first.
    #[discrim = 5]
    pub fn subscribe(ctx: &mut Context<Subscribe>, args: SubscribeArgs) -> Result<()> {
        ctx.accounts.handle(&args)
    }

    /// Collects a due period; anyone may call it.
    #[discrim = 6]
    pub fn charge(ctx: &mut Context<Charge>) -> Result<()> {
        ctx.accounts.handle()
    }
}
