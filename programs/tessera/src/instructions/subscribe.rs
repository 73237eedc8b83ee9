use crate::{
    clock, known, math, quote,
    receipt::{self, Entry},
    settlement::{Books, Payment, settle},
    token,
};
use anchor_lang::{AccountInitialize, address_eq, prelude::*};
use tessera_types::{
    ID, LAYOUT_VERSION, NO_ADDRESS, REFERRAL_LEVELS, TesseraError,
    accounts::{
        AccountType, Authority, Ledger, Member, Org, Plan, Subscription, SubscriptionState,
    },
    args::SubscribeArgs,
    events::Subscribed,
    quote::{QUOTE_DOMAIN, Quote},
    seeds,
};

#[derive(Accounts)]
pub struct Subscribe {
    /// Pays the rent; may be the wallet itself, and carries no data that could alias.
    #[account(mut, unsafe(dup))]
    pub payer: Signer,
    pub wallet: Signer,
    pub org: UncheckedAccount,
    pub plan: Account<Plan>,
    #[account(mut)]
    pub member: Account<Member>,
    #[account(
        init_if_needed,
        payer = payer,
        seeds = [seeds::SUBSCRIPTION, plan.address().as_ref(), wallet.address().as_ref()],
        bump
    )]
    pub subscription: Account<Subscription>,
    /// Created here when it is missing, so its address is derived only then.
    #[account(mut)]
    pub authority: UncheckedAccount,
    #[account(mut)]
    pub payer_token: UncheckedAccount,
    #[account(mut)]
    pub destination: UncheckedAccount,
    /// Named so that it can be called; calls name the token program themselves.
    pub token_program: UncheckedAccount,
    pub system_program: Program<System>,
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
    /// `bump` is the subscription's.
    #[inline(always)]
    pub fn handle(&mut self, args: &SubscribeArgs, bump: u8) -> Result<()> {
        let now = clock::unix_timestamp()?;
        let org: &Org = known::load(&self.org, &self.plan.org, TesseraError::WrongOrg)?;
        require!(
            org.pause_flags & Org::PAUSE_SUBSCRIBE == 0,
            TesseraError::Paused
        );
        self.require_accounts()?;
        self.require_terms(args, org, now)?;
        let ledgers = self.referral_ledgers()?;
        let wallet = *self.wallet.address();

        let approved = self.approval(args)?;
        let mut authority = self.load_authority()?;
        authority.live_subscriptions = authority
            .live_subscriptions
            .checked_add(1)
            .ok_or(TesseraError::ArithmeticOverflow)?;

        let subscription = &mut *self.subscription;
        if subscription.version == 0 {
            subscription.plan = *self.plan.address();
            subscription.wallet = wallet;
            subscription.rent_payer = *self.payer.address();
            subscription.version = LAYOUT_VERSION;
            subscription.bump = bump;
            subscription.authority_bump = authority.bump;
        }
        subscription.ledgers = ledgers;
        subscription.price = args.expected_price;
        subscription.subscribed_at = now;
        subscription.authority_generation = authority.generation;
        subscription.periods_paid = 0;
        subscription.approved_periods = args.approved_periods;
        subscription.commission_bps = org.commission_bps;
        subscription.state = SubscriptionState::Active as u8;
        subscription.attempts = 0;

        // Time that was paid before a cancellation is not sold twice.
        let start = subscription.paid_through.max(now);
        require!(start < self.plan.ends_at, TesseraError::PlanEnded);
        let paid_through = math::later(start, self.plan.period_secs)?;
        let payment = Payment {
            from: self.payer_token.account(),
            destination: self.destination.account(),
            vault: self.vault.as_ref().map(AnchorAccount::account),
            keeper: None,
            signer: self.wallet.account(),
            approval: Some((self.authority.account(), approved)),
        };
        let mut books = Books {
            plan: &self.plan,
            org,
            subscription: &mut self.subscription,
            member: &mut self.member,
            ledgers: [&mut self.ledger_1, &mut self.ledger_2, &mut self.ledger_3],
        };
        let mut entry = Entry::new();
        let (settlement, levels) = settle(
            &payment,
            &mut books,
            paid_through,
            now,
            &[],
            &mut entry.shares,
        )?;

        let address = *self.subscription.address();
        let subscription = &mut *self.subscription;
        let event = Subscribed {
            receipt: receipt::next(&address, &mut subscription.receipt_seq, now)?,
            plan: subscription.plan,
            wallet,
            settlement,
            period_secs: self.plan.period_secs,
            approved_periods: args.approved_periods,
            commission_bps: org.commission_bps,
            quoted: args.quoted,
            spare: [0; 1],
        };
        // SAFETY: `settle` wrote that many shares.
        unsafe { entry.emit(&mut subscription.receipt_head, event, levels) };
        Ok(())
    }

    #[inline(always)]
    fn require_accounts(&self) -> Result<()> {
        require!(
            address_eq(&self.member.org, &self.plan.org),
            TesseraError::WrongOrg
        );
        require!(
            address_eq(&self.member.wallet, self.wallet.address()),
            TesseraError::WrongWallet
        );
        require!(
            address_eq(&self.plan.destination, self.destination.address()),
            TesseraError::WrongDestination
        );
        Ok(())
    }

    #[inline(always)]
    fn require_terms(&self, args: &SubscribeArgs, org: &Org, now: i64) -> Result<()> {
        require!(
            args.spare == [0; 6] && args.quoted <= 1 && args.replace_delegate <= 1,
            TesseraError::SpareNotZero
        );
        require!(now <= args.deadline, TesseraError::DeadlinePassed);
        require!(args.approved_periods > 0, TesseraError::NoPeriodsApproved);
        require!(
            args.expected_period_secs == self.plan.period_secs,
            TesseraError::TermsChanged
        );
        require!(
            self.subscription.version == 0 || !SubscriptionState::is_live(self.subscription.state),
            TesseraError::AlreadySubscribed
        );
        if args.quoted == 0 {
            require!(args.quote_deadline == 0, TesseraError::QuoteUnexpected);
            require!(
                args.expected_price == self.plan.price,
                TesseraError::TermsChanged
            );
            return Ok(());
        }
        require!(now <= args.quote_deadline, TesseraError::QuoteExpired);
        require!(
            (self.plan.price_floor..=self.plan.price_ceiling).contains(&args.expected_price),
            TesseraError::QuoteOutOfRange
        );
        let instructions = self
            .instructions
            .as_ref()
            .ok_or(TesseraError::QuoteMissing)?;
        let expected = Quote {
            domain: QUOTE_DOMAIN,
            program: ID,
            org: *self.org.address(),
            plan: *self.plan.address(),
            wallet: *self.wallet.address(),
            price: args.expected_price,
            deadline: args.quote_deadline,
        };
        quote::require_signed(instructions, &org.quote_authority, &expected)
    }

    /// The ledgers of the member's referrers. None can be left out: the member's account names
    /// the referrers, and anyone can open the ledger that is missing.
    #[inline(always)]
    fn referral_ledgers(&self) -> Result<[Address; REFERRAL_LEVELS]> {
        let given = [&self.ledger_1, &self.ledger_2, &self.ledger_3];
        let mut ledgers = [NO_ADDRESS; REFERRAL_LEVELS];
        for level in 0..REFERRAL_LEVELS {
            let referrer = &self.member.referrers[level];
            if address_eq(referrer, &NO_ADDRESS) {
                continue;
            }
            let account = given[level].as_ref().ok_or(TesseraError::MissingLedger)?;
            let ledger = Account::<Ledger>::load(*account.account())?;
            require!(
                address_eq(&ledger.wallet, referrer) && address_eq(&ledger.org, &self.plan.org),
                TesseraError::WrongLedger
            );
            require!(
                address_eq(&ledger.mint, &self.plan.mint),
                TesseraError::WrongMint
            );
            ledgers[level] = *ledger.address();
        }
        Ok(ledgers)
    }

    /// What the delegate may move in all: what is left of earlier approvals, and the new periods.
    #[inline(always)]
    fn approval(&self, args: &SubscribeArgs) -> Result<u64> {
        let token = token::account(self.payer_token.account())?;
        require!(
            address_eq(token.owner(), self.wallet.address()),
            TesseraError::WrongTokenOwner
        );
        require!(
            address_eq(token.mint(), &self.plan.mint),
            TesseraError::WrongMint
        );
        let ours = address_eq(token.delegate_unchecked(), self.authority.address());
        require!(
            !token.has_delegate() || ours || args.replace_delegate == 1,
            TesseraError::ForeignDelegate
        );
        let remaining = match token.has_delegate() && ours {
            true => token.delegated_amount(),
            false => 0,
        };
        math::add(
            remaining,
            math::times(args.expected_price, args.approved_periods)?,
        )
    }

    /// The wallet's authority for the mint, created when it is missing.
    #[inline(always)]
    fn load_authority(&self) -> Result<Account<Authority>> {
        let view = *self.authority.account();
        let (wallet, mint) = (self.wallet.address(), &self.plan.mint);
        if view.owned_by(&ID) {
            // SAFETY: declared once and mutable, and duplicates of such accounts are refused.
            let authority = unsafe { Account::<Authority>::load_mut(view) }?;
            require!(
                address_eq(&authority.wallet, wallet) && address_eq(&authority.mint, mint),
                TesseraError::WrongTokenAuthority
            );
            return Ok(authority);
        }
        let (address, bump) =
            find_program_address(&[seeds::AUTHORITY, wallet.as_ref(), mint.as_ref()], &ID);
        require!(
            address_eq(&address, view.address()),
            TesseraError::WrongTokenAuthority
        );
        let mut authority = Account::<Authority>::create_and_initialize(
            self.payer.account(),
            &view,
            Authority::LEN,
            &ID,
            &(),
            Some(&[seeds::AUTHORITY, wallet.as_ref(), mint.as_ref(), &[bump]]),
            None,
        )?;
        *authority = Authority {
            wallet: *wallet,
            mint: *mint,
            rent_payer: *self.payer.address(),
            generation: 1,
            live_subscriptions: 0,
            version: LAYOUT_VERSION,
            bump,
            spare: [0; 14],
        };
        Ok(authority)
    }
}
