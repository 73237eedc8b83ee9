//! Members and their referrers.

use crate::model::command::RegisterMember;
use tessera_types::events::MemberRegistered;

pub(super) fn registered(event: &MemberRegistered) -> RegisterMember {
    let referred = event.code != [0; 16];
    RegisterMember {
        org: event.org,
        wallet: event.wallet,
        code: referred.then_some(event.code),
    }
}
