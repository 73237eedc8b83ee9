mod account;
mod authority;
mod terms;

use super::charge::{leg, payable_mint};
use crate::{
    approval, clock, load,
    receipt::Slip,
    settlement::{Books, Entry, settle},
    token::{self, Leg, Payment},
};
use anchor_lang::{address_eq, prelude::*};
use tessera_types::{
    TesseraError,
    accounts::{Member, Org, Plan, SubscriptionState},
    args::SubscribeArgs,
    events::Subscribed,
    math,
};

#[derive(Accounts)]
pub struct Subscribe {
    /// Pays the rent; may be the wallet itself, and carries no data that could alias.
    #[account(mut, unsafe(dup))]
    pub payer: Signer,
    pub wallet: Signer,
    pub org: UncheckedAccount,
    pub plan: UncheckedAccount,
    #[account(mut)]
    pub member: UncheckedAccount,
    /// Created here when it is missing.
    #[account(mut)]
    pub subscription: UncheckedAccount,
    /// Created here when it is missing.
    #[account(mut)]
    pub authority: UncheckedAccount,
    #[account(mut)]
    pub payer_token: UncheckedAccount,
    #[account(mut)]
    pub destination: UncheckedAccount,
    /// Named so that it can be called; calls name the token program themselves.
    pub token_program: UncheckedAccount,
    pub system_program: Program<System>,
    /// For Token-2022.
    pub mint: Option<UncheckedAccount>,
    /// For a quote.
    pub instructions: Option<Sysvar<SysvarInstructions>>,
    #[account(mut)]
    pub vault: Option<UncheckedAccount>,
    #[account(mut)]
    pub ledger_1: Option<UncheckedAccount>,
    #[account(mut)]
    pub ledger_2: Option<UncheckedAccount>,
    #[account(mut)]
    pub ledger_3: Option<UncheckedAccount>,
}

impl Subscribe {
    /// How many accounts it has.
    pub const ACCOUNTS: usize = 17;

    #[inline(never)]
    pub fn handle(&mut self, args: &SubscribeArgs) -> Result<()> {
        let moment = clock::moment_here()?;
        let now = moment.now;
        let plan: &Plan = load::owned(&self.plan)?;
        let org: &Org = load::named(&self.org, &plan.org, TesseraError::WrongOrg)?;
        require!(
            org.pause_flags & Org::PAUSE_SUBSCRIBE == 0,
            TesseraError::Paused
        );
        let standing = self.require_accounts(args, plan)?;
        self.require_terms(args, plan, now)?;

        let view = self.authority.account();
        let authority = self.load_authority(plan, standing, moment.slot)?;

        let subscription = self.load_subscription(moment.slot)?;
        let live = SubscriptionState::is_live(subscription.state);
        let same_account = address_eq(&subscription.payer_token, self.payer_token.address());
        let revoked = same_account && subscription.authority_generation != authority.generation;
        let over = same_account && !subscription.is_collectable(plan.ends_at, now);
        require!(!live || revoked || over, TesseraError::AlreadySubscribed);
        approval::remove(authority, subscription)?;

        self.require_quote(args, org, subscription)?;
        subscription.payer_token = *self.payer_token.address();
        // SAFETY: `require_accounts` took it as a member's; declared once and mutable, and duplicates
        // of such accounts are refused.
        let member: &mut Member = unsafe { load::data_mut(self.member.account()) };
        subscription.levels = account::referral_ledgers(
            member,
            &[&self.ledger_1, &self.ledger_2, &self.ledger_3],
            plan,
            &mut subscription.ledgers,
        )?;
        subscription.terms = terms::signed(args, org, plan);
        subscription.authority_generation = authority.generation;
        subscription.authority_bump = authority.header.bump;
        subscription.quote_nonce = subscription.quote_nonce.max(args.quote_nonce);
        subscription.quote_deadline = subscription.quote_deadline.max(args.quote_deadline);
        subscription.subscribed_at = now;
        subscription.period_refunded = 0;
        subscription.periods_paid = 0;
        subscription.state = SubscriptionState::Active as u8;
        subscription.attempts = 0;
        subscription.consents = args.consents;
        terms::require_shares(subscription, plan)?;
        let payable = payable_mint(&self.mint, self.destination.account(), plan, subscription)?;
        // A new vault of such a mint waits for its issuer; until then nobody is referred to the plan.
        if payable
            .as_ref()
            .is_some_and(|it| it.rules.frozen_by_default)
            && subscription.levels > 0
            && self
                .vault
                .as_ref()
                .is_some_and(|it| token::is_frozen(it.account()))
        {
            return Err(TesseraError::TokenAccountFrozen.into());
        }

        // Time that was paid before a cancellation is not sold twice.
        let start = subscription.paid_through.max(now);
        require!(start < plan.ends_at, TesseraError::PlanEnded);
        let end = math::later(start, plan.period_secs)?;
        let address = *self.subscription.address();
        let mut books = Books {
            plan,
            org,
            subscription,
            member,
            vault: self.vault.as_ref().map(AnchorAccount::account),
            ledgers: [&mut self.ledger_1, &mut self.ledger_2, &mut self.ledger_3],
            keeper: false,
        };
        let mut slip = Slip::<Subscribed>::new();
        let event = slip.event();
        // SAFETY: a part of the event, which is written once; nobody else refers to it.
        let settlement = unsafe { &mut *(&raw mut (*event).settlement).cast() };
        let shares = &mut slip.shares;
        let parts = settle(&mut books, (start, end), now, Entry { settlement, shares })?;
        let subscription = books.subscription;
        approval::add(authority, subscription)?;

        let receipt = slip.next(&mut subscription.header, &address, now)?;
        subscription.agreement_seq = receipt.seq;
        // SAFETY: with these fields the event is whole, and `settle` wrote that many shares.
        let tail = unsafe {
            (&raw mut (*event).receipt).write(receipt);
            (&raw mut (*event).plan).write(subscription.plan);
            (&raw mut (*event).wallet).write(subscription.wallet);
            (&raw mut (*event).payer_token).write(subscription.payer_token);
            (&raw mut (*event).terms).write(subscription.terms);
            (&raw mut (*event).authority_generation).write(authority.generation);
            (&raw mut (*event).outstanding).write(authority.outstanding);
            (&raw mut (*event).quote_nonce).write(args.quote_nonce);
            (&raw mut (*event).quote_deadline).write(args.quote_deadline);
            (&raw mut (*event).consents).write(args.consents);
            (&raw mut (*event).spare).write([0; 7]);
            slip.seal_written(&mut subscription.header, parts.levels)
        };
        Payment {
            program: &plan.token_program,
            mint: payable.map(|payable| payable.mint),
            from: self.payer_token.account(),
            signer: self.wallet.account(),
            legs: [
                Some(Leg {
                    to: self.destination.account(),
                    amount: parts.merchant,
                }),
                leg(&self.vault, parts.commission),
                None,
            ],
            approval: Some((view, authority.outstanding)),
            receipt: tail,
        }
        .send(&[])
    }
}
