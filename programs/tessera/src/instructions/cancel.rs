use crate::{approval, clock, extensions, load, receipt, token};
use anchor_lang::{address_eq, prelude::*};
use tessera_types::{
    TesseraError,
    accounts::{Authority, Plan, Subscription, SubscriptionState},
    args::CancelArgs,
    events::Cancelled,
};

/// Never paused: the way out is always open, whatever became of the token account.
#[derive(Accounts)]
pub struct Cancel {
    pub wallet: Signer,
    pub plan: UncheckedAccount,
    #[account(mut)]
    pub subscription: UncheckedAccount,
    #[account(mut)]
    pub authority: UncheckedAccount,
    #[account(mut)]
    pub payer_token: UncheckedAccount,
    /// Named so that it can be called.
    pub token_program: UncheckedAccount,
    /// This program, so that it can call itself.
    pub program: UncheckedAccount,
}

impl Cancel {
    #[inline(always)]
    pub fn handle(&mut self, args: &CancelArgs) -> Result<()> {
        let wallet = self.wallet.address();
        let address = *self.subscription.address();
        let subscription: &mut Subscription = load::owned_mut(&mut self.subscription)?;
        require!(
            address_eq(&subscription.wallet, wallet),
            TesseraError::WrongWallet
        );
        let plan: &Plan = load::named(&self.plan, &subscription.plan, TesseraError::WrongPlan)?;
        require!(
            SubscriptionState::is_live(subscription.state),
            TesseraError::NotLive
        );
        require!(
            subscription.header.life == args.life
                && subscription.agreement_seq == args.agreement_seq,
            TesseraError::WrongAgreement
        );
        require!(
            address_eq(&subscription.payer_token, self.payer_token.address()),
            TesseraError::WrongPayerToken
        );
        let delegate = *self.authority.account();
        let authority: &mut Authority = load::owned_mut(&mut self.authority)?;
        require!(
            address_eq(&authority.token_account, &subscription.payer_token),
            TesseraError::WrongTokenAuthority
        );
        approval::remove(authority, subscription)?;
        subscription.state = SubscriptionState::Cancelled as u8;

        let now = clock::moment()?.now;
        let mut slip = receipt::Slip::new();
        let event = Cancelled {
            receipt: slip.next(&mut subscription.header, &address, now)?,
            agreement_seq: subscription.agreement_seq,
            paid_through: subscription.paid_through,
            outstanding: authority.outstanding,
        };
        let tail = slip.seal(&mut subscription.header, event);

        let payer_token = self.payer_token.account();
        match lowered(payer_token, &delegate, plan, wallet, authority.outstanding) {
            None => receipt::carry(tail),
            Some(amount) => token::Payment {
                program: &plan.token_program,
                mint: None,
                from: payer_token,
                signer: self.wallet.account(),
                legs: [None, None, None],
                approval: Some((&delegate, amount)),
                receipt: tail,
            }
            .send(&[])?,
        }
        Ok(())
    }
}

/// What the token account is to approve from now on; `None` when it approves no more than that
/// already, or cannot be changed.
#[inline(always)]
fn lowered(
    view: &AccountView,
    delegate: &AccountView,
    plan: &Plan,
    wallet: &Address,
    outstanding: u64,
) -> Option<u64> {
    let account = token::thawed(view, &plan.token_program).ok()?;
    let approved = match approval::standing(account, delegate.address()) {
        approval::Standing::Ours(amount) => amount,
        _ => return None,
    };
    let can_be_changed = address_eq(account.owner(), wallet)
        && (outstanding == 0 || !extensions::is_cpi_guarded(view).ok()?);
    (approved > outstanding && can_be_changed).then_some(outstanding)
}
