//! Instructions as they are sent: signers, accounts, and what token accounts allow.
//!
//! Law: what [`State::judge`] accepts, the program does, with the same receipt and the same
//! transfers; what it refuses, the program refuses. Rent that a payer lacks, accounts that are not
//! marked writable, and compute units are the runtime's concern and not checked.

/// Binds the accounts of an instruction to names, in their order, each behind its
/// [`Place`](super::call::Place) as the program declares it; gives up when some are missing.
macro_rules! accounts {
    ($call:ident, $verdict:ident; $($place:ident $name:pat),* $(,)?) => {
        let [$($name),*] =
            $call.accounts([$($crate::model::call::Place::$place),*], $verdict)?;
    };
}

mod authority;
mod campaigns;
mod change_plan;
mod charge;
mod closing;
mod codes;
mod commission;
mod configuration;
mod create;
mod ending;
mod invoice;
mod member;
mod membership;
mod mints;
mod missed;
mod payer;
mod payment;
mod plans;
mod points;
mod pools;
mod quotes;
mod refund;
mod signature;
mod stakes;
mod standing;
mod subscribe;
mod sweeping;
mod transfer;
mod vouchers;

use super::{Call, Effects, Refusal, State, Verdict};
use crate::receipts::ReceiptState;
use tessera_types::args::InstructionNumber as Number;

impl State {
    /// The outcome of an instruction, as far as it can be decided, and the rules that were checked.
    /// Changes nothing.
    pub fn judge(&self, call: &Call) -> (Option<Effects>, Verdict) {
        let mut verdict = Verdict::default();
        let effects = number(call, &mut verdict).and_then(|number| {
            let judge = match number {
                Number::OpenLedger | Number::Release | Number::ClaimCommission => commission::judge,
                Number::SetConfig | Number::CreateOrg | Number::UpdateOrg | Number::PauseOrg => {
                    configuration::judge
                }
                Number::ProposeAuthority | Number::AcceptAuthority => authority::judge,
                Number::CreatePlan | Number::SunsetPlan | Number::SetIssuer => plans::judge,
                Number::RegisterMember => membership::judge,
                Number::CreateCode | Number::TransferCode | Number::AcceptCode => codes::judge,
                Number::MarkPastDue => missed::judge,
                Number::Cancel | Number::CancelNow => ending::judge,
                Number::Resume | Number::Pause => standing::judge,
                Number::Subscribe => subscribe::judge,
                Number::Charge | Number::ChargeUpTo => charge::judge,
                Number::ChangePlan => change_plan::judge,
                Number::PayInvoice => invoice::judge,
                Number::Refund => refund::judge,
                Number::Award | Number::Redeem => points::judge,
                Number::CreateCampaign | Number::SetRoot | Number::OpenPage => campaigns::judge,
                Number::ClaimVoucher => vouchers::judge,
                Number::CreatePool | Number::FundPool => pools::judge,
                Number::Stake | Number::Unstake | Number::Harvest => stakes::judge,
                Number::Close => closing::judge,
                Number::CloseVault | Number::CloseCampaign | Number::ClosePool => sweeping::judge,
                // Not an instruction of its own: the program calls itself with it.
                Number::Receipt => return None,
            };
            judge(self, number, call, &mut verdict)
        });
        (effects, verdict)
    }

    /// Runs an instruction.
    ///
    /// # Errors
    /// The rules that it breaks; nothing is changed then.
    pub fn run(&mut self, call: &Call) -> Result<Effects, Vec<Refusal>> {
        let (effects, verdict) = self.judge(call);
        let broken: Vec<Refusal> = verdict.refusals().collect();
        match effects {
            Some(effects) if broken.is_empty() => {
                if let Some(event) = &effects.event {
                    self.evolve(event);
                }
                for (account, payer) in &effects.created {
                    self.rent_payers.insert(*account, *payer);
                    // Accounts created without a receipt have a known life, too.
                    let life = ReceiptState::new(call.moment.slot);
                    self.chains.entry(*account).or_insert(life);
                }
                Ok(effects)
            }
            _ => Err(broken),
        }
    }
}

/// The instructions by their numbers.
const NUMBERS: [Number; 42] = [
    Number::CreateOrg,
    Number::CreatePlan,
    Number::RegisterMember,
    Number::CreateCode,
    Number::OpenLedger,
    Number::Subscribe,
    Number::Charge,
    Number::Cancel,
    Number::ClaimCommission,
    Number::SetIssuer,
    Number::Award,
    Number::Redeem,
    Number::SetConfig,
    Number::UpdateOrg,
    Number::ProposeAuthority,
    Number::AcceptAuthority,
    Number::PauseOrg,
    Number::SunsetPlan,
    Number::TransferCode,
    Number::AcceptCode,
    Number::MarkPastDue,
    Number::CancelNow,
    Number::Resume,
    Number::Pause,
    Number::ChangePlan,
    Number::Refund,
    Number::Release,
    Number::PayInvoice,
    Number::ChargeUpTo,
    Number::CreateCampaign,
    Number::SetRoot,
    Number::OpenPage,
    Number::ClaimVoucher,
    Number::CreatePool,
    Number::FundPool,
    Number::Stake,
    Number::Unstake,
    Number::Harvest,
    Number::Close,
    Number::CloseVault,
    Number::CloseCampaign,
    Number::ClosePool,
];

fn number(call: &Call, verdict: &mut Verdict) -> Option<Number> {
    let data = &call.instruction.data;
    let number = data
        .first()
        .and_then(|first| NUMBERS.get(usize::from(*first)).copied());
    let rule = Refusal::Runtime("no instruction has this number");
    verdict.require(number.is_some(), rule);
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instructions_stand_at_their_numbers() {
        for (number, instruction) in NUMBERS.iter().enumerate() {
            assert_eq!(*instruction as usize, number);
        }
    }
}
