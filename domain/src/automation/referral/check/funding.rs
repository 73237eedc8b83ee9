//! Wallets that sent means to other wallets before these paid. An exchange sends to strangers:
//! [`Shared::except`] names its wallets.

use super::{Scene, Shared, Suspicions};

pub(super) fn look(shared: &Shared, scene: &Scene) -> Suspicions {
    shared.look(scene, |member| &member.funding)
}
