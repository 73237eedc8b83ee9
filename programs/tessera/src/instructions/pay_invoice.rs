use super::{
    charge::{legs, payable_mint},
    subscribe::{Buyer, account::referral_ledgers, require_thawed},
};
use crate::{
    access, clock,
    create::Place,
    declare::accounts,
    load,
    outcome::{Result, require, require_same},
    quote,
    receipt::{Slip, note},
    settlement::{Books, settle},
    token::{self, Payment},
};
use anchor_lang::prelude::*;
use bytemuck::Zeroable;
use tessera_types::{
    TesseraError,
    accounts::{Invoice, Org, Plan},
    args::PayInvoiceArgs,
    events::InvoicePaid,
    quote::{INVOICE_DOMAIN, Quote},
    seeds,
};

accounts! {
    /// The org signed the invoice off-chain, as it signs quotes; the wallet pays it.
    PayInvoice {
        /// Pays the rent; may be the wallet itself.
        payer payer,
        signer wallet,
        org,
        /// Whose mint, destination and vault it is paid by.
        plan,
        mut member,
        mut invoice,
        mut payer_token,
        mut destination,
        /// Named so that it can be called; calls name the token program themselves.
        token_program,
        system system_program,
        /// This program, so that it can call itself.
        program,
        /// For Token-2022.
        optional mint,
        /// The Instructions sysvar.
        optional instructions,
        mut optional vault,
        mut optional ledger_1,
        mut optional ledger_2,
        mut optional ledger_3,
    }
}

impl PayInvoice {
    #[inline(never)]
    pub fn handle(&mut self, args: &PayInvoiceArgs) -> Result<()> {
        let plan: &Plan = load::owned(&self.plan)?;
        let org: &Org = load::named(&self.org, &plan.org, TesseraError::WrongOrg)?;
        require!(!org.is_paused(Org::PAUSE_CHARGE), TesseraError::Paused);
        let wallet = self.wallet.address();
        let member = access::member(&mut self.member, &plan.org, wallet)?;
        require_same(
            &plan.destination,
            self.destination.address(),
            TesseraError::WrongDestination,
        )?;
        let moment = clock::moment();
        let now = moment.now;
        require!(now <= args.deadline, TesseraError::QuoteExpired);
        require!(args.amount > 0, TesseraError::ZeroAmount);
        require!(
            args.consents & !(plan.flags & Plan::PERMANENT_DELEGATE) == 0 && args.spare == [0; 6],
            TesseraError::SpareNotZero
        );
        let buyer = Buyer {
            domain: INVOICE_DOMAIN,
            org,
            plan,
            plan_address: self.plan.address(),
            wallet,
            instructions: &self.instructions,
        };
        let mut quote = Quote::zeroed();
        quote.price = args.amount;
        quote.deadline = args.deadline;
        quote.nonce = args.id;
        quote.points = args.points;
        // SAFETY: nobody else refers to it.
        unsafe { buyer.sign_for(&mut quote) };
        let signer = &org.settings.quote_authority;
        quote::require_signed(&self.instructions, args.quote_index, signer, &quote)?;
        let payer = token::account(self.payer_token.account(), &plan.token_program)?;
        require_same(payer.mint(), &plan.mint, TesseraError::WrongMint)?;
        let consents = plan.flags & args.consents;
        let payable = payable_mint(&self.mint, self.destination.account(), plan, consents)?;

        let place = Place {
            payer: self.payer.account(),
            account: self.invoice.account(),
            seeds: &[
                seeds::INVOICE,
                self.plan.address().as_ref(),
                wallet.as_ref(),
                &args.id.to_le_bytes(),
            ],
        };
        let invoice: &mut Invoice = place.create(moment.slot)?;
        let accounts = [&self.ledger_1, &self.ledger_2, &self.ledger_3];
        invoice.levels = referral_ledgers(member, &accounts, plan, &mut invoice.ledgers)?;
        require_thawed(&payable, invoice.levels, &self.vault, plan)?;
        invoice.plan = *self.plan.address();
        invoice.wallet = *wallet;
        invoice.id = args.id;
        invoice.deadline = args.deadline;
        invoice.paid_at = now;
        invoice.debit = args.amount;
        invoice.commission_bps = org.settings.commission_bps;
        let mut books = Books {
            plan,
            org,
            member,
            vault: &self.vault,
            accounts,
            ledgers: &invoice.ledgers,
            commission_bps: &org.settings.commission_bps,
            levels: invoice.levels,
            hold_secs: org.settings.hold_secs,
            debit: args.amount,
            keeper_fee: 0,
            points: args.points,
            flags: 0,
            period: (now, now),
            now,
        };
        let mut slip = Slip::<InvoicePaid>::new();
        // SAFETY: a part of the event, which is written once; nobody else refers to the shares.
        let parts = unsafe {
            let settlement = &raw mut (*slip.event()).settlement;
            let parts = settle(&mut books, settlement, slip.shares.as_mut_ptr())?;
            invoice.points = (*settlement).points;
            invoice.flags = (*settlement).flags;
            parts
        };
        note!(slip: InvoicePaid {
            plan: self.plan.address(),
            wallet: wallet,
            payer_token: self.payer_token.address(),
            id: args.id,
            deadline: args.deadline,
            hold_secs: org.settings.hold_secs,
            commission_bps: org.settings.commission_bps,
            spare: [0; 6],
        } but settlement);
        let address = self.invoice.address();
        // SAFETY: the event is written, and `settle` wrote as many shares as it says.
        let tail = unsafe { slip.seal(&mut invoice.header, address, now, parts.levels)? };
        Payment {
            program: &plan.token_program,
            mint: payable.map(|payable| payable.mint),
            from: self.payer_token.account(),
            signer: self.wallet.account(),
            legs: legs(&parts, self.destination.account(), &self.vault, &None),
            approval: None,
            receipt: tail,
        }
        .send(&[])
    }
}
