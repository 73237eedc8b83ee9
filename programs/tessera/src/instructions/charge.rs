use crate::{
    clock, extensions, load,
    receipt::Slip,
    schedule,
    settlement::{Books, Entry, settle},
    token::{self, Leg, Payment},
};
use anchor_lang::{
    address_eq,
    cpi::{CpiSeed, CpiSigner},
    prelude::*,
};
use tessera_types::{
    TesseraError,
    accounts::{Authority, Member, Org, Plan, Subscription},
    carrier::TOKEN_PROGRAM,
    events::Charged,
    seeds,
};

/// Nobody signs: the terms did.
#[derive(Accounts)]
pub struct Charge {
    #[account(mut)]
    pub subscription: UncheckedAccount,
    pub plan: UncheckedAccount,
    pub org: UncheckedAccount,
    #[account(mut)]
    pub member: UncheckedAccount,
    /// The delegate. It brings no signature along, so the token program accepts it only with the
    /// one made here, from the token account that was signed: no other can stand here.
    #[account(mut)]
    pub authority: UncheckedAccount,
    #[account(mut)]
    pub payer_token: UncheckedAccount,
    #[account(mut)]
    pub destination: UncheckedAccount,
    /// Named so that it can be called; calls name the token program themselves.
    pub token_program: UncheckedAccount,
    /// For Token-2022.
    pub mint: Option<UncheckedAccount>,
    #[account(mut)]
    pub keeper_token: Option<UncheckedAccount>,
    #[account(mut)]
    pub vault: Option<UncheckedAccount>,
    #[account(mut)]
    pub ledger_1: Option<UncheckedAccount>,
    #[account(mut)]
    pub ledger_2: Option<UncheckedAccount>,
    #[account(mut)]
    pub ledger_3: Option<UncheckedAccount>,
}

impl Charge {
    /// How many accounts it has.
    pub const ACCOUNTS: usize = 14;

    #[inline(never)]
    pub fn handle(&mut self) -> Result<()> {
        let now = clock::moment_here()?.now;
        let address = *self.subscription.address();
        let subscription: &mut Subscription = load::owned_mut(&mut self.subscription)?;
        let plan: &Plan = load::named(&self.plan, &subscription.plan, TesseraError::WrongPlan)?;
        let org: &Org = load::named(&self.org, &plan.org, TesseraError::WrongOrg)?;
        require!(
            org.pause_flags & Org::PAUSE_CHARGE == 0,
            TesseraError::Paused
        );
        schedule::require_due(subscription, plan, now)?;
        let member: &mut Member = load::owned_mut(&mut self.member)?;
        require!(address_eq(&member.org, &plan.org), TesseraError::WrongOrg);
        require!(
            address_eq(&member.wallet, &subscription.wallet),
            TesseraError::WrongWallet
        );
        require!(
            address_eq(&plan.destination, self.destination.address()),
            TesseraError::WrongDestination
        );
        require!(
            address_eq(&subscription.payer_token, self.payer_token.address()),
            TesseraError::WrongPayerToken
        );
        let payable = payable_mint(&self.mint, self.destination.account(), plan, subscription)?;
        let signer = *self.authority.account();
        let authority = approved(
            &mut self.authority,
            self.payer_token.account(),
            plan,
            subscription,
        )?;

        let mut books = Books {
            plan,
            org,
            subscription,
            member,
            vault: self.vault.as_ref().map(AnchorAccount::account),
            ledgers: [&mut self.ledger_1, &mut self.ledger_2, &mut self.ledger_3],
            keeper: self.keeper_token.is_some(),
        };
        let period = schedule::period(books.subscription, now)?;
        let mut slip = Slip::<Charged>::new();
        let event = slip.event();
        // SAFETY: both are parts of the event, which is written once; nobody else refers to it.
        let settlement = unsafe { &mut *(&raw mut (*event).settlement).cast() };
        let shares = &mut slip.shares;
        let parts = settle(&mut books, period, now, Entry { settlement, shares })?;
        let subscription = books.subscription;
        authority.outstanding = authority
            .outstanding
            .saturating_sub(subscription.terms.price);
        let receipt = slip.next(&mut subscription.header, &address, now)?;
        // SAFETY: with the receipt the event is whole, and `settle` wrote that many shares.
        let tail = unsafe {
            (&raw mut (*event).receipt).write(receipt);
            slip.seal_written(&mut subscription.header, parts.levels)
        };

        let bump = [subscription.authority_bump];
        let seeds = [
            CpiSeed::from(seeds::AUTHORITY),
            CpiSeed::from(subscription.payer_token.as_ref()),
            CpiSeed::from(&bump[..]),
        ];
        Payment {
            program: &plan.token_program,
            mint: payable.map(|payable| payable.mint),
            from: self.payer_token.account(),
            signer: &signer,
            legs: [
                Some(Leg {
                    to: self.destination.account(),
                    amount: parts.merchant,
                }),
                leg(&self.vault, parts.commission),
                leg(&self.keeper_token, parts.keeper_fee),
            ],
            approval: None,
            receipt: tail,
        }
        .send(&[CpiSigner::from(&seeds)])
    }
}

/// A transfer that is made only when there is something to transfer.
#[inline(always)]
pub(super) fn leg(to: &Option<UncheckedAccount>, amount: u64) -> Option<Leg<'_>> {
    let to = to.as_ref().filter(|_| amount > 0)?.account();
    Some(Leg { to, amount })
}

/// A mint that is payable at the moment.
pub(super) struct Payable<'a> {
    /// The mint and its decimals.
    pub mint: (&'a AccountView, u8),
    /// What it means for token accounts.
    pub rules: extensions::AccountRules,
}

/// The mint, when the plan is paid in a token of Token-2022.
#[inline(always)]
pub(super) fn payable_mint<'a>(
    mint: &'a Option<UncheckedAccount>,
    destination: &AccountView,
    plan: &Plan,
    subscription: &Subscription,
) -> Result<Option<Payable<'a>>> {
    if address_eq(&plan.token_program, &TOKEN_PROGRAM) {
        return Ok(None);
    }
    let mint = mint.as_ref().ok_or(TesseraError::MintMissing)?.account();
    require!(
        address_eq(mint.address(), &plan.mint),
        TesseraError::WrongMint
    );
    let (data, decimals) = token::mint(mint, &plan.token_program)?;
    // A mint without supply can be closed and made again with others.
    require!(decimals == plan.decimals, TesseraError::WrongMint);
    let rules = extensions::require_payable(data, plan.flags & subscription.consents)?;
    token::account(destination, &plan.token_program)?;
    extensions::require_no_memo(destination)?;
    Ok(Some(Payable {
        mint: (mint, decimals),
        rules,
    }))
}

/// The authority, which the token account approves for another period under the generation that
/// was signed.
#[inline(always)]
fn approved<'a>(
    authority: &'a mut UncheckedAccount,
    payer_token: &AccountView,
    plan: &Plan,
    subscription: &Subscription,
) -> Result<&'a mut Authority> {
    let token = token::account(payer_token, &plan.token_program)?;
    // A token account that was sold, or closed and opened again, brings what its owner of today
    // approves in its mint of today.
    require!(
        address_eq(token.owner(), &subscription.wallet),
        TesseraError::WrongTokenOwner
    );
    require!(
        address_eq(token.mint(), &plan.mint),
        TesseraError::WrongMint
    );
    require!(
        token.has_delegate() && !authority.account().is_signer(),
        TesseraError::NotApproved
    );
    let authority: &mut Authority = load::named_mut(
        authority,
        token.delegate_unchecked(),
        TesseraError::NotApproved,
    )?;
    require!(
        authority.generation == subscription.authority_generation,
        TesseraError::StaleGeneration
    );
    require!(
        token.delegated_amount() >= subscription.terms.price,
        TesseraError::ApprovalTooSmall
    );
    Ok(authority)
}
