//! Devices that wallets were seen on. Households and offices share them as well.

use super::{Scene, Shared, Suspicions};

pub(super) fn look(shared: &Shared, scene: &Scene) -> Suspicions {
    shared.look(scene, |member| &member.devices)
}
