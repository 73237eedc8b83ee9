//! Members, their codes and their ledgers.

use super::{Attempt, Dice, Scene};
use solana_address::Address;
use tessera_client::{
    instructions::{AcceptCode, CreateCode, OpenLedger, RegisterMember, TransferCode},
    types::{
        NO_ADDRESS,
        accounts::{Code, Member, Org},
        args::TransferCodeArgs,
    },
};

impl Scene<'_> {
    pub(super) fn register_member(&self, dice: &mut Dice) -> Option<Attempt> {
        let orgs = self.books.all::<Org>();
        let wallets = self.people.wallets.iter();
        let pairs: Vec<(Address, Address)> = wallets
            .flat_map(|wallet| orgs.iter().map(move |(org, _)| (*org, *wallet)))
            .collect();
        let (org, wallet) = dice.likely(&pairs, |(org, wallet)| !self.is_member(org, wallet))?;
        let codes = self.copies::<Code>();
        let here: Vec<_> = codes.iter().filter(|(_, it)| it.org == org).collect();
        let code = match dice.once_in(4) {
            true => None,
            false => dice.pick(&here),
        };
        let register = RegisterMember {
            payer: self.payer(dice, wallet),
            wallet,
            org,
            referral: code.map(|(_, it)| (it.code, it.owner)),
        };
        Some(register.into())
    }

    pub(super) fn create_code(&self, dice: &mut Dice) -> Option<Attempt> {
        let (_, member) = dice.pick(&self.copies::<Member>())?;
        let code = match dice.once_in(10) {
            true => world::code("no"),
            false => world::code(&format!("CODE_{}", dice.below(40))),
        };
        let create = CreateCode {
            payer: self.payer(dice, member.wallet),
            wallet: member.wallet,
            org: member.org,
            code,
        };
        Some(create.into())
    }

    pub(super) fn transfer_code(&self, dice: &mut Dice) -> Option<Attempt> {
        let (_, code) = dice.pick(&self.copies::<Code>())?;
        let pending_owner = match dice.once_in(6) {
            true => NO_ADDRESS,
            false => dice.likely(&self.people.wallets, |it| self.is_member(&code.org, it))?,
        };
        let transfer = TransferCode {
            owner: code.owner,
            org: code.org,
            code: code.code,
            args: TransferCodeArgs {
                life: code.header.life,
                seq: code.header.receipt_seq,
                pending_owner,
            },
        };
        Some(transfer.into())
    }

    pub(super) fn accept_code(&self, dice: &mut Dice) -> Option<Attempt> {
        let offered = |(_, it): &(Address, Code)| it.pending_owner != NO_ADDRESS;
        let (_, code) = dice.likely(&self.copies::<Code>(), offered)?;
        let wallet = match code.pending_owner {
            NO_ADDRESS => dice.pick(&self.people.wallets)?,
            pending => pending,
        };
        let (org, code) = (code.org, code.code);
        Some(AcceptCode { wallet, org, code }.into())
    }

    pub(super) fn open_ledger(&self, dice: &mut Dice) -> Option<Attempt> {
        let members = self.copies::<Member>();
        let money = self.people.money.iter();
        let pairs: Vec<(Member, Address)> = money
            .flat_map(|money| members.iter().map(|(_, it)| (*it, money.mint)))
            .collect();
        let (member, mint) = dice.likely(&pairs, |(it, mint)| {
            !self.has_ledger(&it.org, &it.wallet, mint)
        })?;
        let open = OpenLedger {
            payer: self.payer(dice, member.wallet),
            org: member.org,
            wallet: member.wallet,
            mint,
        };
        Some(open.into())
    }
}
