//! Referral codes and their owners.

use crate::model::command::{AcceptCode, CreateCode, TransferCode};
use tessera_types::events::{CodeCreated, CodeOffered, CodeTransferred};

pub(super) fn created(event: &CodeCreated) -> CreateCode {
    CreateCode {
        org: event.org,
        owner: event.owner,
        code: event.code,
    }
}

pub(super) fn offered(event: &CodeOffered) -> TransferCode {
    TransferCode {
        code: event.receipt.account,
        pending_owner: event.pending_owner,
    }
}

pub(super) fn transferred(event: &CodeTransferred) -> AcceptCode {
    AcceptCode {
        code: event.receipt.account,
        wallet: event.owner,
    }
}
