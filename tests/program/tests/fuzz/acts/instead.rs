//! What leads to a step that makes no sense yet.

use super::{Dice, Scene};
use crate::step::Act;
use tessera_client::types::accounts::{Subscription, SubscriptionState};

impl Scene<'_> {
    /// Another act, after which this one may make sense.
    pub(crate) fn instead_of(&self, act: Act, dice: &mut Dice) -> Act {
        let live = |it: &Subscription| SubscriptionState::is_live(it.state);
        let subscriptions = self.books.all::<Subscription>();
        let live = subscriptions.iter().filter(|(_, it)| live(it)).count();
        match act {
            Act::Charge | Act::MarkPastDue if live > 2 => Act::Until,
            Act::ChargeUpTo if live > 12 => Act::Until,
            Act::Charge
            | Act::MarkPastDue
            | Act::ChargeUpTo
            | Act::Cancel
            | Act::CancelNow
            | Act::Pause
            | Act::ChangePlan => Act::Subscribe,
            Act::Refund => dice.of_these([Act::Charge, Act::PayInvoice, Act::Subscribe]),
            Act::Resume => Act::Cancel,
            Act::Subscribe => dice.of_these([Act::Until, Act::RegisterMember, Act::CreatePlan]),
            Act::ClaimCommission => dice.of_these([Act::Charge, Act::Until, Act::Thaw]),
            Act::Release => dice.of_these([Act::Charge, Act::Until]),
            Act::Redeem => Act::Award,
            Act::Award => dice.of_these([Act::SetIssuer, Act::Until]),
            Act::AcceptCode => Act::TransferCode,
            Act::TransferCode => Act::CreateCode,
            Act::AcceptAuthority => Act::ProposeAuthority,
            Act::SetRoot | Act::OpenPage => Act::CreateCampaign,
            Act::ClaimVoucher => dice.of_these([Act::Donate, Act::OpenPage, Act::CreateCampaign]),
            Act::Harvest => dice.of_these([Act::FundPool, Act::Stake, Act::Until]),
            Act::Unstake => Act::Stake,
            Act::Stake | Act::FundPool => Act::CreatePool,
            Act::ClosePool => dice.of_these([Act::Unstake, Act::Close, Act::CreatePool]),
            Act::CloseVault => dice.of_these([Act::SunsetPlan, Act::Close, Act::ClaimCommission]),
            Act::CloseCampaign => Act::Until,
            Act::SunsetPlan | Act::PayInvoice => Act::CreatePlan,
            Act::OpenLedger | Act::RegisterMember => Act::CreateOrg,
            other => other,
        }
    }
}
