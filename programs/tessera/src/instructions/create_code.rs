use crate::{
    clock,
    create::Place,
    declare::accounts,
    load,
    outcome::{Result, require, require_same},
    receipt::{Slip, note},
};
use anchor_lang::prelude::*;
use tessera_types::{
    NO_ADDRESS, TesseraError,
    accounts::{Code, Member},
    args::{CreateCodeArgs, TransferCodeArgs},
    events::{CodeCreated, CodeOffered, CodeTransferred},
    seeds,
};

accounts! { CreateCode {
    /// Pays the rent; may be the wallet itself.
    payer payer,
    signer wallet,
    member,
    mut code,
    system system_program,
} }

accounts! { TransferCode {
    signer owner,
    mut code,
    /// This program, so that it can call itself.
    program,
} }

accounts! { AcceptCode {
    signer wallet,
    mut code,
    /// The wallet's own, in the code's org: a code that nobody earns by would refer nobody.
    member,
    /// This program, so that it can call itself.
    program,
} }

impl CreateCode {
    #[inline(never)]
    pub fn handle(&mut self, args: &CreateCodeArgs) -> Result<()> {
        let member: &Member = load::owned(&self.member)?;
        require_same(
            &member.wallet,
            self.wallet.address(),
            TesseraError::WrongWallet,
        )?;
        require!(Code::is_valid(&args.code), TesseraError::InvalidCode);
        let place = Place {
            payer: self.payer.account(),
            account: self.code.account(),
            seeds: &[seeds::CODE, member.org.as_ref(), &args.code],
        };
        let moment = clock::moment();
        let mut slip = Slip::<CodeCreated>::new();
        note!(slip: CodeCreated {
            org: &member.org,
            owner: &member.wallet,
            code: args.code,
        });
        // SAFETY: the event is written.
        let code: &mut Code = unsafe { place.create_with(&moment, &mut slip)? };
        code.created_at = moment.now;
        Ok(())
    }
}

impl TransferCode {
    #[inline(never)]
    pub fn handle(&mut self, args: &TransferCodeArgs) -> Result<()> {
        let place = *self.code.account();
        let address = place.address();
        let code: &mut Code = load::owned_mut(&mut self.code)?;
        require_same(&code.owner, self.owner.address(), TesseraError::WrongWallet)?;
        require!(code.header.life == args.life, TesseraError::WrongLife);
        require!(code.header.receipt_seq == args.seq, TesseraError::StaleSeq);
        code.pending_owner = args.pending_owner;
        let mut slip = Slip::<CodeOffered>::new();
        note!(slip: CodeOffered { pending_owner: &args.pending_owner, });
        let now = clock::now();
        // SAFETY: the event is written.
        unsafe { slip.leave(&mut code.header, address, now) }
    }
}

impl AcceptCode {
    #[inline(never)]
    pub fn handle(&mut self) -> Result<()> {
        let place = *self.code.account();
        let address = place.address();
        let code: &mut Code = load::owned_mut(&mut self.code)?;
        let member: &Member = load::owned(&self.member)?;
        let wallet = self.wallet.address();
        require_same(&code.pending_owner, wallet, TesseraError::WrongCode)?;
        require_same(&member.wallet, wallet, TesseraError::WrongWallet)?;
        require_same(&member.org, &code.org, TesseraError::WrongOrg)?;
        code.owner = *wallet;
        code.pending_owner = NO_ADDRESS;
        let mut slip = Slip::<CodeTransferred>::new();
        note!(slip: CodeTransferred { owner: wallet, });
        let now = clock::now();
        // SAFETY: the event is written.
        unsafe { slip.leave(&mut code.header, address, now) }
    }
}
