//! Tessera on Solana: referral links, loyalty points and subscription payments in tokens.
//!
//! Laws: the payer's debit is exactly what follows from the price that he signed; commission is
//! booked in ledgers and claimed from a vault that always holds at least what the ledgers say;
//! whatever an instruction did to the account it is about is one receipt, chained by hash in that
//! account.

#[cfg(any(not(target_os = "solana"), feature = "idl-build"))]
use anchor_lang::prelude::*;

mod access;
mod approval;
mod call;
mod clock;
mod create;
mod declare;
#[cfg(all(target_os = "solana", not(feature = "idl-build")))]
mod entry;
mod extensions;
#[cfg_attr(
    all(target_os = "solana", not(feature = "idl-build")),
    allow(
        unused_imports,
        reason = "for hosts what can be asked of an account comes with Anchor's names"
    )
)]
mod instructions;
mod load;
#[cfg(all(target_os = "solana", not(feature = "idl-build")))]
mod memory;
mod outcome;
mod quote;
mod receipt;
mod schedule;
mod settlement;
mod token;

use instructions::*;
pub use tessera_types::ID;
use tessera_types::args::*;

// For those who find a fault in the deployed program and have nothing but that.
#[cfg(all(target_os = "solana", not(feature = "idl-build")))]
solana_security_txt::security_txt! {
    name: "Tessera",
    project_url: "README.md",
    contacts: "other:privately to the maintainers",
    policy: "docs/security.md"
}

/// The instructions, each with its number, accounts and arguments: for the chain as what `entry`
/// dispatches to, for hosts and the IDL as Anchor has them.
macro_rules! program {
    ($(
        $(#[doc = $doc:literal])*
        $number:literal $name:ident $accounts:ident($($arg:ident: $type:ident $(<[$($inner:tt)*]>)?),*);
    )*) => {
        #[cfg(any(not(target_os = "solana"), feature = "idl-build"))]
        #[program]
        pub mod tessera {
            use super::*;

            $(
                $(#[doc = $doc])*
                #[discrim = $number]
                pub fn $name(
                    ctx: &mut Context<$accounts>,
                    $($arg: $type $(<$($inner)*>)?,)*
                ) -> Result<()> {
                    ctx.accounts.handle($(&$arg),*).map_err(Into::into)
                }
            )*
        }

        /// What each instruction is handed, by its number.
        #[cfg(all(target_os = "solana", not(feature = "idl-build")))]
        static SHAPES: &[entry::Shape] = &[$(
            entry::Shape::of::<$accounts>(0 $(+ size!($type $(<[$($inner)*]>)?))*),
        )*];

        /// The last carries a receipt and is never looked up; all others stand at their numbers.
        #[cfg(all(target_os = "solana", not(feature = "idl-build")))]
        const _: () = {
            let numbers: &[u8] = &[$($number),*];
            let mut at = 0;
            while at + 1 < numbers.len() {
                assert!(numbers[at] as usize == at);
                at += 1;
            }
        };

        /// Runs the instruction of this number, which has a shape, and returns its code.
        ///
        /// # Safety
        /// The accounts and arguments are of that shape; `rest` is what follows the arguments.
        #[cfg(all(target_os = "solana", not(feature = "idl-build")))]
        #[inline(always)]
        unsafe fn run(number: u8, handed: entry::Handed) -> u64 {
            match number {
                // SAFETY: the caller's promise.
                $($number => unsafe {
                    entry::code(call!(handed, $accounts($($arg: $type $(<[$($inner)*]>)?),*)))
                },)*
                // SAFETY: there is no other shape.
                _ => unsafe { core::hint::unreachable_unchecked() },
            }
        }
    };
}

/// Length of an argument; of a list it is not known beforehand.
#[cfg(all(target_os = "solana", not(feature = "idl-build")))]
macro_rules! size {
    (Vec<[$item:ty]>) => {
        0
    };
    ($type:ident) => {
        size_of::<$type>()
    };
}

/// Hands an instruction its accounts and arguments.
#[cfg(all(target_os = "solana", not(feature = "idl-build")))]
macro_rules! call {
    ($handed:ident, $accounts:ident()) => {
        (*$handed.accounts.cast::<$accounts>()).handle()
    };
    ($handed:ident, $accounts:ident($arg:ident: $type:ident)) => {
        (*$handed.accounts.cast::<$accounts>()).handle(&*$handed.args.cast::<$type>())
    };
    ($handed:ident, $accounts:ident($arg:ident: $type:ident, $list:ident: Vec<[$item:ty]>)) => {
        match entry::list($handed.rest) {
            Some(list) => {
                (*$handed.accounts.cast::<$accounts>()).handle(&*$handed.args.cast::<$type>(), list)
            }
            None => return entry::INVALID_INSTRUCTION_DATA,
        }
    };
}

program! {
    /// Creates a business.
    0 create_org CreateOrg(args: CreateOrgArgs);
    /// Creates something to subscribe to, and the org's vault for its mint when that is missing.
    1 create_plan CreatePlan(args: CreatePlanArgs);
    /// Makes a wallet a member of an org, with or without a referral code.
    2 register_member RegisterMember();
    /// Claims a referral code for a member.
    3 create_code CreateCode(args: CreateCodeArgs);
    /// Opens a member's commission ledger in a mint; anyone may pay for it.
    4 open_ledger OpenLedger();
    /// Signs terms, approves later periods and pays the first, or begins a trial.
    5 subscribe Subscribe(args: SubscribeArgs);
    /// Collects a due period; anyone may call it.
    6 charge Charge();
    /// Ends a subscription; what is paid stays paid.
    7 cancel Cancel(args: CancelArgs);
    /// Pays released commission from the vault to its member.
    8 claim_commission ClaimCommission(args: ClaimCommissionArgs);
    /// Lets a key award points within a budget, or changes that budget.
    9 set_issuer SetIssuer(args: SetIssuerArgs);
    /// Gives a member points.
    10 award Award(args: AwardArgs);
    /// Spends a member's points.
    11 redeem Redeem(args: RedeemArgs);
    /// Makes or changes the program's own settings.
    12 set_config SetConfig(args: ConfigArgs);
    /// Changes an org's settings, for what is signed from now on.
    13 update_org UpdateOrg(args: UpdateOrgArgs);
    /// Proposes who shall hold an org or the config.
    14 propose_authority ProposeAuthority(args: ProposeAuthorityArgs);
    /// Accepts an org or the config.
    15 accept_authority AcceptAuthority();
    /// Pauses an org, by the program's admin.
    16 pause_org PauseOrg(args: PauseOrgArgs);
    /// Ends new subscriptions to a plan.
    17 sunset_plan SunsetPlan(args: SunsetPlanArgs);
    /// Offers a code to another member.
    18 transfer_code TransferCode(args: TransferCodeArgs);
    /// Takes a code that was offered.
    19 accept_code AcceptCode();
    /// Records a payment that was missed, or that nothing can be collected any more; anyone may call it.
    20 mark_past_due MarkPastDue();
    /// Ends a subscription and its service, by wallet and org together.
    21 cancel_now CancelNow(args: CancelArgs);
    /// Takes a cancellation back while the paid time lasts.
    22 resume Resume(args: ResumeArgs);
    /// Lets nothing be charged until a date.
    23 pause Pause(args: PauseArgs);
    /// Moves a subscription to another plan, now or when its period ends.
    24 change_plan ChangePlan(args: ChangePlanArgs);
    /// Gives a payment back, in part or in full.
    25 refund Refund(args: RefundArgs);
    /// Makes commission that was held claimable; anyone may call it.
    26 release Release();
    /// Pays an invoice that the org signed, once.
    27 pay_invoice PayInvoice(args: PayInvoiceArgs);
    /// Collects what a period of a metered plan came to, up to the cap.
    28 charge_up_to ChargeUpTo(args: ChargeUpToArgs);
    /// Creates a campaign of vouchers, and the token account that they are paid from.
    29 create_campaign CreateCampaign(args: CreateCampaignArgs);
    /// Replaces the root of a cumulative campaign.
    30 set_root SetRoot(args: SetRootArgs);
    /// Opens a page of vouchers; anyone may pay for it.
    31 open_page OpenPage(args: OpenPageArgs);
    /// Pays a voucher, as far as it has vested.
    32 claim_voucher ClaimVoucher(args: ClaimVoucherArgs, proof: Vec<[[u8; 32]]>);
    /// Creates a stake pool and its two token accounts.
    33 create_pool CreatePool(args: CreatePoolArgs);
    /// Puts rewards into a pool and streams them from now on.
    34 fund_pool FundPool(args: FundPoolArgs);
    /// Stakes tokens in a pool.
    35 stake Stake(args: StakeArgs);
    /// Takes out what was staked.
    36 unstake Unstake(args: StakeArgs);
    /// Pays the rewards that a stake earned.
    37 harvest Harvest();
    /// Closes an account that is not used any more; its rent goes back to who paid it.
    38 close Close();
    /// Closes a plan together with the vault that it created.
    39 close_vault CloseVault();
    /// Closes a campaign; what it still holds goes to the org.
    40 close_campaign CloseCampaign();
    /// Closes a stake pool; what it still holds goes to the org.
    41 close_pool ClosePool();
    /// Carries a receipt: what the program calls itself with where it calls nobody else.
    255 receipt Receipt();
}
